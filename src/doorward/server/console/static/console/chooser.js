// A dialog to pick some of many: searched as one types, picked by ticking, kept while one goes on searching.

import { fill, number } from "./format.js";
import { button, freshId, icon, make } from "./elements.js";

const WAIT_MILLISECONDS = 180;

/**
 * @param {{
 *   title: string, words?: string, search?: string, nothing?: string, confirm: (count: number) => string,
 *   load: (query: string, signal: AbortSignal) => Promise<{items: {key: string | number, title: string, note?: string}[], more?: number}>,
 *   content?: Element | null, several?: boolean,
 * }} options `load` gives what fits a search, `more` how many further ones there are; `content` is put below the list;
 *     without `several` one alone is picked.
 * @returns {Promise<{key: string | number, title: string, note?: string}[] | null>} What was picked; null when nothing was.
 */
export function choose({ title, words = "", search = gettext("Search"), nothing = gettext("Nothing fits."), confirm, load, content = null, several = true }) {
  const picked = new Map();
  const id = freshId("chooser");
  const list = make("ul", { class: "dw-chooser-list", "aria-label": title });
  const status = make("p", { class: "dw-quiet dw-small", role: "status" });
  const go = button(confirm(0), () => dialog.close("confirm"), { primary: true, disabled: true });
  const input = make("input", { type: "search", class: "dw-input", placeholder: search, "aria-label": search, autocomplete: "off" });
  const dialog = make("dialog", { class: "dw-dialog dw-chooser", "aria-labelledby": id },
    make("h2", { id }, title), words && make("p", { class: "dw-quiet" }, words),
    make("div", { class: "dw-search" }, icon("search"), input), list, status, content,
    make("div", { class: "dw-dialog-buttons" }, button(gettext("Cancel"), () => dialog.close("cancel")), go));

  const showPicked = () => {
    go.disabled = picked.size === 0;
    go.textContent = confirm(picked.size);
  };
  const line = (item) => {
    const box = make("input", { type: several ? "checkbox" : "radio", name: id, class: "dw-tick-box", checked: picked.has(item.key) });
    box.addEventListener("change", () => {
      if (!several) picked.clear();
      if (box.checked) picked.set(item.key, item);
      else picked.delete(item.key);
      showPicked();
    });
    return make("li", {}, make("label", { class: "dw-tick" }, box, make("span", {}, make("span", { class: "dw-strong" }, item.title), item.note && make("span", { class: "dw-help" }, item.note))));
  };

  let asking = null;
  const look = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const found = await load(input.value.trim(), asking.signal);
      list.replaceChildren(...found.items.map(line));
      if (!found.items.length) status.textContent = nothing;
      else status.textContent = found.more ? fill(gettext("and %(count)s more: search to see them"), { count: number(found.more) }) : "";
    } catch (error) {
      if (error.name === "AbortError") return;
      status.textContent = [error.message, error.advice].filter(Boolean).join(" ");
    }
  };
  let timer = null;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MILLISECONDS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "Enter" && list.children.length === 1) list.querySelector("input").click();
  });
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
  look();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      asking?.abort();
      resolve(dialog.returnValue === "confirm" && picked.size ? [...picked.values()] : null);
      dialog.remove();
    }, { once: true });
  });
}

/** A `load` for what is known already. */
export const among = (items, most = 200) => async (query) => {
  const wanted = query.toLocaleLowerCase();
  const found = items.filter((item) => `${item.title} ${item.note || ""}`.toLocaleLowerCase().includes(wanted));
  return { items: found.slice(0, most), more: Math.max(0, found.length - most) };
};
