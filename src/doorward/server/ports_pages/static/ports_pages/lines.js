// Work that tells its steps as they come: lines of JSON in one answer, read while they arrive.

import { Refused } from "/static/console/api.js";

/**
 * Send a form's question and hand over each line of the answer.
 *
 * @param {HTMLFormElement} form Where to, and the token against forged requests.
 * @param {object} body What is asked.
 * @param {(line: any) => void} onLine Gets each line.
 * @param {AbortSignal} signal Ends it, here and on the server.
 * @throws {Refused}
 */
export async function follow(form, body, onLine, signal) {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    body: JSON.stringify(body),
    credentials: "same-origin",
    signal,
  }).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Refused(gettext("The server cannot be reached."));
  });
  const kind = answer.headers.get("Content-Type") || "";
  if (answer.redirected) throw new Refused(gettext("You are not signed in any more."), gettext("Load the page again and sign in."), 401);
  if (!answer.ok || !kind.includes("ndjson")) {
    const told = kind.includes("json") ? await answer.json() : null;
    throw new Refused((told && told.error) || gettext("The server could not do that."), (told && told.advice) || "", answer.status);
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line) continue;
      const told = JSON.parse(line);
      if (told.error) throw new Refused(told.error, told.advice || "");
      onLine(told);
    }
  }
}

const ICONS = { running: "progress_activity", good: "check_circle", info: "info", warn: "warning", bad: "error", neutral: "remove" };

export function make(name, className = "", words = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (words) element.textContent = words;
  return element;
}

export function icon(kind) {
  const sign = make("span", "material-symbols-outlined", ICONS[kind] || "info");
  sign.setAttribute("aria-hidden", "true");
  return sign;
}

/** A line of the list: sign, title, words, and what stands at its end. */
export function step({ kind, title, texts = [], commands = [], end = "", hidden = "" }) {
  const item = make("li", "pp-step");
  item.dataset.kind = kind;
  const words = make("div", "pp-step-words");
  words.append(...texts.filter(Boolean).map((text) => make("p", "", text)), ...commands.map((command) => make("code", "pp-command dw-mono", command)));
  const name = make("p", "pp-step-title", title);
  if (hidden) name.append(make("span", "dw-hidden-words", `: ${hidden}`));
  item.append(icon(kind), name, words, make("span", "pp-step-time", end));
  return item;
}

/** Run one thing at a time; gives what starts it. The page's button waits, switched off, until this script is there. */
export function runner(button, stopButton, work) {
  let current = null;
  button.disabled = false;
  stopButton.addEventListener("click", () => current?.abort());
  addEventListener("pagehide", () => current?.abort());
  return async () => {
    if (current) return;
    current = new AbortController();
    button.disabled = true;
    stopButton.hidden = false;
    try {
      await work(current.signal);
    } finally {
      current = null;
      button.disabled = false;
      stopButton.hidden = true;
    }
  };
}
