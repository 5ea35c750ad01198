// Something done with many, one after another: how far it is, what failed and why; it can be stopped.

import { button, freshId, make } from "./elements.js";
import { fill, number } from "./format.js";

const AT_ONCE = 4;
const MOST_SHOWN = 200;

/**
 * Do something with many and show it. What was begun is finished, also when it is stopped.
 *
 * @param {{
 *   title: string, items: any[], act: (item: any) => Promise<any>, nameOf: (item: any) => string, sizeOf?: (item: any) => number,
 *   atOnce?: number,
 * }} work `sizeOf` says for how many an item stands.
 * @returns {Promise<{done: number, failed: number}>} After the dialog was closed.
 */
export function runMany({ title, items, act, nameOf, sizeOf = () => 1, atOnce = AT_ONCE }) {
  const id = freshId("bulk");
  const total = items.reduce((sum, item) => sum + sizeOf(item), 0);
  const counts = { done: 0, failed: 0 };
  let isStopped = false;
  let isRunning = true;
  const words = make("span", { role: "status" });
  const bar = make("progress", { max: total, value: 0, "aria-label": title });
  const failures = make("ul", { class: "dw-failures", tabIndex: 0, "aria-label": gettext("What failed"), hidden: true });
  const stop = button(gettext("Stop"), () => {
    isStopped = true;
    stop.disabled = true;
    tell();
  });
  const close = button(gettext("Close"), () => dialog.close(), { primary: true, hidden: true });
  const dialog = make("dialog", { class: "dw-dialog", "aria-labelledby": id }, make("h2", { id }, title),
    make("div", { class: "dw-progress" }, make("div", { class: "dw-progress-words" }, words), bar), failures, make("div", { class: "dw-dialog-buttons" }, stop, close));
  dialog.addEventListener("cancel", (event) => isRunning && event.preventDefault());

  function tell() {
    const values = { done: number(counts.done), failed: number(counts.failed), total: number(total) };
    bar.value = counts.done + counts.failed;
    if (isRunning && isStopped) words.textContent = gettext("stopping: what was begun is finished first");
    else if (counts.failed) words.textContent = fill(gettext("%(done)s of %(total)s done, %(failed)s failed"), values);
    else words.textContent = fill(gettext("%(done)s of %(total)s done"), values);
  }

  function fail(item, error) {
    counts.failed += sizeOf(item);
    failures.hidden = false;
    if (failures.children.length < MOST_SHOWN) {
      failures.append(make("li", {}, make("span", { class: "dw-strong" }, `${nameOf(item)}: `), [error.message, error.advice].filter(Boolean).join(" ")));
    }
  }

  async function run() {
    let next = 0;
    const worker = async () => {
      while (next < items.length && !isStopped) {
        const item = items[next];
        next += 1;
        try {
          await act(item);
          counts.done += sizeOf(item);
        } catch (error) {
          fail(item, error);
        }
        tell();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    isRunning = false;
    tell();
    stop.hidden = true;
    close.hidden = false;
    close.focus();
  }

  document.body.append(dialog);
  dialog.showModal();
  tell();
  run();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(counts);
    }, { once: true });
  });
}

/** Cut a list into parts of at most so many. */
export const inParts = (items, most) => Array.from({ length: Math.ceil(items.length / most) }, (_, place) => items.slice(place * most, (place + 1) * most));
