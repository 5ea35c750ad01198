// Forms that send JSON: one thing at a time, and what the server refuses stands above the form, in its own words.

import { make } from "./elements.js";

/** Show what went wrong above a form, or nothing any more. */
export function complain(form, error) {
  let note = form.querySelector(":scope > .dw-form-error");
  if (!error) {
    note?.remove();
    return;
  }
  if (!note) {
    note = make("div", { class: "dw-message dw-message-error dw-form-error", role: "alert", tabIndex: -1 });
    form.prepend(note);
  }
  note.replaceChildren(make("p", {}, error.message || String(error)), error.advice ? make("p", {}, error.advice) : "");
  note.focus();
  note.scrollIntoView({ block: "nearest" });
}

/**
 * Let a form be sent by a function.
 *
 * @param {HTMLFormElement} form
 * @param {() => Promise<void>} send What sends it; what it throws is shown.
 */
export function sends(form, send) {
  const buttons = form.querySelectorAll("button[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    complain(form, null);
    for (const item of buttons) item.disabled = true;
    try {
      await send();
    } catch (error) {
      complain(form, error);
    } finally {
      for (const item of buttons) item.disabled = false;
    }
  });
  for (const item of buttons) item.disabled = false;
}

/** Ask before a page is left on which something was changed and not saved; gives what says whether that is so. */
export function warnsUnsaved() {
  let isChanged = false;
  window.addEventListener("beforeunload", (event) => {
    if (isChanged) event.preventDefault();
  });
  return (changed) => {
    isChanged = changed;
  };
}
