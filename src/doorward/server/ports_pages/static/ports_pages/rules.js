// The rules of one machine, in the language that is chosen, to copy or take away.

import { get } from "/static/console/api.js";
import { toast } from "/static/console/toast.js";

const form = document.getElementById("rules-form");

if (form) {
  const text = document.getElementById("rules-text");
  const copy = document.getElementById("rules-copy");
  const download = document.getElementById("rules-download");
  let asked = 0;

  const address = (more) => {
    const query = new URLSearchParams(form.dataset.query);
    for (const [name, value] of new FormData(form)) query.set(name, value);
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    return `${form.action}?${query}`;
  };

  const show = (words, isRefused) => {
    text.textContent = words;
    text.toggleAttribute("data-refused", isRefused);
    copy.disabled = isRefused;
    download.hidden = isRefused;
  };

  const draw = async () => {
    const number = (asked += 1);
    try {
      const answer = await get(address({}));
      if (number !== asked) return;
      show(answer.text, !answer.file);
      download.href = address({ download: "1" });
      download.setAttribute("download", answer.file);
    } catch (error) {
      if (number === asked) show([error.message, error.advice].filter(Boolean).join("\n"), true);
    }
  };

  form.addEventListener("change", draw);
  form.addEventListener("submit", (event) => event.preventDefault());
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      toast(gettext("Copied."), { kind: "success" });
    } catch {
      // A page without TLS has no clipboard: what is marked can be copied by hand.
      getSelection().selectAllChildren(text);
      toast(gettext("The text is marked: copy it with Ctrl+C."), { kind: "info" });
    }
  });
  draw();
}
