// The hours of a week as rows of bars: drawn, moved and stretched by pointer, by keys, or typed as text.

import { fill } from "/static/console/format.js";
import { button, freshId, icon, iconButton, make } from "/static/console/elements.js";
import { added, clock, DAY, freePart, gapAt, moved, readClock, readDay, spoken, STEP, stepped, stretched, textOf, WrongHours } from "./intervals.js";

const HOURS_SHOWN = [0, 3, 6, 9, 12, 15, 18, 21, 24];
const EDGE_PIXELS = { mouse: 7, pen: 10, touch: 14 };
const HOUR = 60;

/** A row of the grid: a day, or a holiday. */
class Row {
  constructor(grid, { key, name, intervals, note = "", onRemove = null }) {
    this.grid = grid;
    this.key = key;
    this.name = name;
    this.intervals = intervals;
    this.wrong = false;
    const id = freshId("row");
    this.bars = make("div", { class: "wg-track", role: "group", "aria-labelledby": id });
    this.text = make("input", {
      type: "text", class: "dw-input wg-text", spellcheck: false, autocomplete: "off", readOnly: grid.readOnly,
      "aria-label": fill(gettext("%(day)s, hours as text"), { day: name }), on: { change: () => this.#typed() },
    });
    this.error = make("p", { class: "dw-error wg-error", role: "alert", hidden: true });
    const tools = grid.readOnly ? null : make("div", { class: "wg-tools" },
      iconButton(fill(gettext("Add hours on %(day)s"), { day: name }), "add", () => this.#addSome()),
      iconButton(fill(gettext("Copy %(day)s to other days"), { day: name }), "content_copy", () => grid.onCopy(this)),
      onRemove && iconButton(fill(gettext("Take %(day)s away"), { day: name }), "close", onRemove));
    this.element = make("li", { class: "wg-row", data: { key } },
      make("div", { class: "wg-name", id }, make("span", {}, name), note && make("span", { class: "dw-quiet dw-small" }, note)), this.bars, this.text, tools, this.error);
    if (!grid.readOnly) {
      this.bars.addEventListener("pointerdown", (event) => this.#begin(event));
      this.bars.addEventListener("pointermove", (event) => this.#point(event));
    }
    this.draw();
  }

  draw({ keepText = false } = {}) {
    while (this.bars.children.length > this.intervals.length) this.bars.lastElementChild.remove();
    this.intervals.forEach((part, place) => {
      const bar = this.bars.children[place] || this.bars.appendChild(this.#bar());
      const [start, end] = part;
      bar.style.insetInlineStart = `${(100 * start) / DAY}%`;
      bar.style.width = `${(100 * (end - start)) / DAY}%`;
      const words = `${this.name}, ${spoken(part)}`;
      bar.setAttribute("aria-label", words);
      bar.title = `${clock(start)}–${clock(end)}`;
      bar.firstElementChild.dataset.hours = bar.title;
    });
    this.bars.classList.toggle("wg-closed", this.intervals.length === 0);
    if (!keepText) {
      this.text.value = textOf(this.intervals);
      this.text.placeholder = gettext("closed");
      this.#complain("");
    }
  }

  set(intervals, options) {
    this.intervals = intervals;
    this.draw(options);
    this.grid.changed();
  }

  focus(place) {
    (this.bars.children[Math.min(place, this.intervals.length - 1)] || this.element.querySelector("button") || this.text).focus();
  }

  #bar() {
    return make("button", {
      type: "button", class: "wg-bar", "aria-describedby": this.grid.helpId,
      on: { keydown: (event) => this.#key(event), focus: (event) => this.grid.choose(this, [...this.bars.children].indexOf(event.currentTarget)) },
    }, make("span", {}));
  }

  // --- Typed as text ---

  #typed() {
    try {
      this.set(readDay(this.text.value, this.grid.most));
      this.grid.say(this.intervals.length ? `${this.name}: ${this.intervals.map(spoken).join(", ")}` : fill(gettext("%(day)s: closed"), { day: this.name }));
    } catch (error) {
      if (!(error instanceof WrongHours)) throw error;
      this.#complain(error.message);
      this.grid.changed();
    }
  }

  #complain(words) {
    this.wrong = Boolean(words);
    this.error.textContent = words;
    this.error.hidden = !words;
    this.text.setAttribute("aria-invalid", String(this.wrong));
  }

  // --- By keys ---

  #key(event) {
    const place = [...this.bars.children].indexOf(event.currentTarget);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.grid.edit();
      return;
    }
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      this.grid.goTo(this, event.key === "ArrowUp" ? -1 : 1, place);
      return;
    }
    if (this.grid.readOnly) return;
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.remove(place);
      return;
    }
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const direction = event.key === "ArrowLeft" ? -1 : 1;
    const [start, end] = this.intervals[place];
    if (event.shiftKey) this.change(stretched(this.intervals, place, "end", stepped(end, direction)), place);
    else if (event.ctrlKey || event.altKey) this.change(stretched(this.intervals, place, "start", stepped(start, direction)), place);
    else this.change(moved(this.intervals, place, stepped(start, direction)), place);
  }

  /** Take another list of parts and say what one of them is now. */
  change(intervals, place) {
    this.set(intervals);
    this.grid.choose(this, place);
    this.grid.say(`${this.name}, ${spoken(intervals[place])}`);
  }

  remove(place) {
    const gone = this.intervals[place];
    this.set(this.intervals.toSpliced(place, 1));
    this.grid.say(fill(gettext("%(day)s, %(hours)s taken away"), { day: this.name, hours: spoken(gone) }));
    this.grid.choose(this, this.intervals.length ? Math.min(place, this.intervals.length - 1) : -1);
    this.focus(place);
  }

  #addSome() {
    if (this.#isFull()) return;
    const part = freePart(this.intervals);
    if (part === null) {
      this.#complain(gettext("The whole day is taken already."));
      return;
    }
    const { list, place } = added(this.intervals, part);
    this.change(list, place);
    this.focus(place);
  }

  #isFull() {
    if (this.intervals.length < this.grid.most) return false;
    this.#complain(fill(gettext("A day has at most %(most)s parts."), { most: this.grid.most }));
    return true;
  }

  // --- By pointer ---

  #minute(event) {
    const box = this.bars.getBoundingClientRect();
    const share = (event.clientX - box.left - this.bars.clientLeft) / this.bars.clientWidth;
    return Math.min(Math.max(share, 0), 1) * DAY;
  }

  /** What a pointer has hold of: an end of a bar, or the bar. */
  #hold(event) {
    const bar = event.target.closest(".wg-bar");
    if (bar === null) return null;
    const box = bar.getBoundingClientRect();
    const edge = Math.min(EDGE_PIXELS[event.pointerType] || EDGE_PIXELS.mouse, box.width / 3);
    const place = [...this.bars.children].indexOf(bar);
    if (event.clientX - box.left < edge) return { place, part: "start" };
    if (box.right - event.clientX < edge) return { place, part: "end" };
    return { place, part: "whole" };
  }

  #point(event) {
    if (this.dragging) return;
    const hold = this.#hold(event);
    this.bars.style.cursor = hold === null ? "crosshair" : hold.part === "whole" ? "grab" : "ew-resize";
  }

  #begin(event) {
    if (event.button !== 0) return;
    const from = this.#minute(event);
    let hold = this.#hold(event);
    const isNew = hold === null;
    if (isNew && this.#isFull()) return;
    event.preventDefault();
    if (!isNew) this.bars.children[hold.place].focus();
    const before = this.intervals;
    this.bars.setPointerCapture(event.pointerId);
    this.dragging = true;
    const move = (at) => {
      const minute = Math.round(this.#minute(at) / STEP) * STEP;
      if (isNew) {
        const part = this.#drawn(before, from, minute);
        if (part === null) return;
        const made = added(before, part);
        hold = { place: made.place, part: "new" };
        this.#preview(made.list, made.place);
        return;
      }
      if (hold.part === "whole") this.#preview(moved(before, hold.place, before[hold.place][0] + Math.round((this.#minute(at) - from) / STEP) * STEP), hold.place);
      else this.#preview(stretched(before, hold.place, hold.part, minute), hold.place);
    };
    const end = (at) => {
      for (const [name, handler] of Object.entries(handlers)) this.bars.removeEventListener(name, handler);
      this.dragging = false;
      if (at.type === "pointercancel") {
        this.set(before);
        return;
      }
      // A click in the free is an hour there.
      if (hold === null) {
        const gap = gapAt(before, from);
        if (gap === null) return;
        const start = Math.max(gap[0], Math.min(Math.floor(from / HOUR) * HOUR, gap[1] - STEP));
        const made = added(before, [start, Math.min(start + HOUR, gap[1])]);
        hold = { place: made.place, part: "new" };
        this.intervals = made.list;
      }
      this.change(this.intervals, hold.place);
      this.focus(hold.place);
    };
    const handlers = { pointermove: move, pointerup: end, pointercancel: end };
    for (const [name, handler] of Object.entries(handlers)) this.bars.addEventListener(name, handler);
  }

  #preview(intervals, place) {
    this.intervals = intervals;
    this.draw();
    this.grid.choose(this, place);
  }

  /** The part between where the pointer went down and where it is, as far as the day is free; null when it has no length. */
  #drawn(intervals, from, to) {
    const gap = gapAt(intervals, from);
    if (gap === null) return null;
    const begun = Math.round(from / STEP) * STEP;
    const start = Math.max(gap[0], Math.min(begun, to));
    const end = Math.min(gap[1], Math.max(begun, to));
    return end - start >= STEP ? [start, end] : null;
  }
}

export class WeekGrid {
  /**
   * @param {HTMLElement} holder Where it goes.
   * @param {{
   *   rows: {key: string, name: string, intervals: number[][], note?: string, onRemove?: () => void}[],
   *   most?: number, readOnly?: boolean, onChange?: () => void, onCopy?: (row: Row) => void,
   * }} options `most` is how many parts a day may have.
   */
  constructor(holder, { rows, most = 5, readOnly = false, onChange = () => {}, onCopy = () => {} }) {
    this.most = most;
    this.readOnly = readOnly;
    this.onChange = onChange;
    this.onCopy = onCopy;
    this.helpId = freshId("grid-help");
    this.chosen = null;
    this.list = make("ol", { class: "wg-rows" });
    this.live = make("p", { class: "dw-hidden-words", role: "status" });
    this.panel = make("div", { class: "wg-panel" });
    const scale = make("div", { class: "wg-scale", "aria-hidden": "true" }, make("span"), make("div", { class: "wg-hours" }, HOURS_SHOWN.map((hour) => {
      const mark = make("span", {}, String(hour));
      mark.style.insetInlineStart = `${(100 * hour) / 24}%`;
      return mark;
    })));
    const help = gettext("Arrow keys left and right move these hours, with Shift they move the end, with Ctrl the beginning. Enter lets you type them, Delete takes them away, up and down lead to other days.");
    holder.replaceChildren(make("div", { class: readOnly ? "wg wg-read-only" : "wg" }, scale, this.list, readOnly ? null : this.panel, this.live, make("p", { class: "dw-hidden-words", id: this.helpId }, help)));
    this.rows = [];
    this.setRows(rows);
  }

  /** Show these rows; what was changed in rows of before has to be given again. */
  setRows(rows) {
    this.rows = rows.map((row) => new Row(this, row));
    this.list.replaceChildren(...this.rows.map((row) => row.element));
    this.choose(null, -1);
  }

  /** The hours of a row; null where there is none. */
  hoursOf(key) {
    return this.rows.find((row) => row.key === key)?.intervals ?? null;
  }

  /** The rows in which something is typed that is no hours. */
  get wrong() {
    return this.rows.filter((row) => row.wrong);
  }

  changed() {
    this.onChange();
  }

  say(words) {
    this.live.textContent = words;
  }

  goTo(row, direction, place) {
    this.rows[this.rows.indexOf(row) + direction]?.focus(place);
  }

  /** Show the chosen part below the rows, to be typed or taken away. */
  choose(row, place) {
    for (const bar of this.list.querySelectorAll(".wg-chosen")) bar.classList.remove("wg-chosen");
    this.chosen = row && place >= 0 ? { row, place } : null;
    if (this.readOnly) return;
    if (this.chosen === null) {
      this.panel.replaceChildren(make("p", { class: "dw-quiet" }, icon("info"), gettext("Draw hours into a row, pull their ends, or type them at its side. A day without hours is closed.")));
      return;
    }
    row.bars.children[place]?.classList.add("wg-chosen");
    if (this.panel.contains(document.activeElement)) return;
    const [start, end] = row.intervals[place];
    const input = (label, value, which) => make("label", {}, label, make("input", {
      type: "text", class: "dw-input wg-clock", value: clock(value), inputmode: "numeric", autocomplete: "off", data: { which },
      on: { change: (event) => this.#typed(event.currentTarget), keydown: (event) => event.key === "Enter" && this.#done(event) },
    }));
    this.panel.replaceChildren(
      make("span", { class: "dw-strong" }, row.name), input(gettext("from"), start, "start"), input(gettext("to"), end, "end"),
      button(gettext("Take away"), () => row.remove(this.chosen.place), { picture: "delete", small: true }),
      make("p", { class: "dw-error", role: "alert", hidden: true }),
    );
  }

  /** Go to where the chosen part is typed. */
  edit() {
    this.panel.querySelector("input")?.select();
  }

  #done(event) {
    event.preventDefault();
    this.#typed(event.currentTarget);
    if (this.chosen && this.panel.querySelector(".dw-error").hidden) this.chosen.row.focus(this.chosen.place);
  }

  #typed(input) {
    const { row, place } = this.chosen;
    const error = this.panel.querySelector(".dw-error");
    try {
      const part = row.intervals[place].with(input.dataset.which === "start" ? 0 : 1, readClock(input.value));
      const list = readDay(textOf(row.intervals.with(place, part)), this.most);
      row.change(list, list.findIndex(([start]) => start === part[0]));
      error.hidden = true;
      input.value = clock(readClock(input.value));
    } catch (wrong) {
      if (!(wrong instanceof WrongHours)) throw wrong;
      error.textContent = wrong.message;
      error.hidden = false;
    }
  }
}
