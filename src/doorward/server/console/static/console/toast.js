// A short note at the edge of the page that goes away by itself; an error stays until it is closed.

const SHOWN_MILLISECONDS = 6000;

/**
 * @param {string} words What happened.
 * @param {{kind?: "info" | "success" | "warning" | "error", advice?: string}} options
 */
export function toast(words, { kind = "info", advice = "" } = {}) {
  const holder = document.getElementById("toasts");
  if (holder === null) return;
  const note = document.createElement("div");
  note.className = `dw-toast dw-toast-${kind}`;
  if (kind === "error") note.setAttribute("role", "alert");
  const text = document.createElement("div");
  const first = document.createElement("p");
  first.textContent = words;
  text.append(first);
  if (advice) {
    const second = document.createElement("p");
    second.className = "dw-quiet";
    second.textContent = advice;
    text.append(second);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "dw-icon-button";
  const name = document.createElement("span");
  name.className = "dw-hidden-words";
  name.textContent = gettext("Close");
  const icon = document.createElement("span");
  icon.className = "material-symbols-outlined";
  icon.setAttribute("aria-hidden", "true");
  icon.textContent = "close";
  close.append(name, icon);
  close.addEventListener("click", () => note.remove());
  note.append(text, close);
  holder.append(note);
  while (holder.children.length > 4) holder.firstElementChild.remove();
  if (kind !== "error") setTimeout(() => note.remove(), SHOWN_MILLISECONDS);
}

/** Show an error that was thrown: a Refused of api.js with its advice, or anything else. */
export function toastError(error) {
  toast(error.message || String(error), { kind: "error", advice: error.advice || "" });
}
