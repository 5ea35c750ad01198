// The list of the live page: newest on top, at most a thousand lines, painted in batches, lines used again.

import { fillRow, makeRow } from "./event_row.js";

const MOST_ROWS = 1000;
const PAINT_MILLISECONDS = 80;

export class LiveList {
  /** @param {HTMLOListElement} element */
  constructor(element, options) {
    this.element = element;
    this.options = options;
    this.ahead = [];
    this.spare = [];
    this.painted = 0;
    this.planned = false;
  }

  /** Put an event on top with the next batch; of what waits only the newest thousand is ever shown. */
  add(event, missed = false) {
    this.ahead.push({ event, missed });
    if (this.ahead.length > 2 * MOST_ROWS) this.ahead.splice(0, this.ahead.length - MOST_ROWS);
    this.#plan();
  }

  /** Put a line of words between the events, such as that the connection was lost. */
  divide(words) {
    this.ahead.push({ words });
    this.#plan();
  }

  clear() {
    this.ahead.length = 0;
    for (const row of [...this.element.children]) this.#takeAway(row);
  }

  /** Write device names anew. */
  rename() {
    for (const row of this.element.children) {
      if (row.event) fillRow(row, row.event, { ...this.options, missed: row.missed });
    }
  }

  #plan() {
    if (this.planned) return;
    this.planned = true;
    const wait = this.painted + PAINT_MILLISECONDS - performance.now();
    const paint = () => requestAnimationFrame(() => this.#paint());
    if (wait > 0) setTimeout(paint, wait);
    else paint();
  }

  #paint() {
    this.planned = false;
    this.painted = performance.now();
    const batch = this.ahead.splice(0).slice(-MOST_ROWS);
    const over = this.element.children.length + batch.length - MOST_ROWS;
    for (let count = 0; count < over; count += 1) this.#takeAway(this.element.lastElementChild);
    const fragment = document.createDocumentFragment();
    for (const item of batch) fragment.prepend(item.words === undefined ? this.#row(item) : this.#divider(item.words));
    // Who reads further down is not pushed away from what he reads.
    const scroller = document.scrollingElement;
    const before = scroller.scrollTop > 200 ? this.element.offsetHeight : null;
    this.element.prepend(fragment);
    if (before !== null) scroller.scrollTop += this.element.offsetHeight - before;
    this.options.painted();
  }

  #row({ event, missed }) {
    const row = this.spare.pop() || makeRow();
    row.event = event;
    row.missed = missed;
    fillRow(row, event, { ...this.options, missed });
    return row;
  }

  #divider(words) {
    const row = document.createElement("li");
    row.className = "dw-event-divider";
    row.textContent = words;
    return row;
  }

  #takeAway(row) {
    row.remove();
    if (row.event && this.spare.length < MOST_ROWS) {
      row.event = null;
      this.spare.push(row);
    }
  }
}
