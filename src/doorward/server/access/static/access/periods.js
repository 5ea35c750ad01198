// The days of a table of holidays, as rows that are typed: which day, how many days, every year or one.

import { fill, language } from "/static/console/format.js";
import { hidden, iconButton, make, option, tick } from "/static/console/elements.js";

const MONTHS = 12;
const LONGEST = 100;
// A leap year, in which every day there is exists.
const LEAP = 2024;
const monthName = new Intl.DateTimeFormat(language, { month: "long", timeZone: "UTC" });
const dayAndMonth = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", timeZone: "UTC" });
const utc = (year, month, day) => new Date(Date.UTC(year, month - 1, day));

/** "24 December to 26 December 2026", or "... every year". */
export function periodWords({ month, day, length, year }) {
  const first = utc(year ?? LEAP, month, day);
  const last = new Date(first.getTime() + (length - 1) * 86_400_000);
  const days = length > 1 ? fill(gettext("%(first)s to %(last)s"), { first: dayAndMonth.format(first), last: dayAndMonth.format(last) }) : dayAndMonth.format(first);
  return year === null ? fill(gettext("%(days)s, every year"), { days }) : `${days} ${year}`;
}

/** Whether a day exists, in its year or in some year. */
const exists = ({ month, day, year }) => utc(year ?? LEAP, month, day).getUTCMonth() === month - 1;

class PeriodRow {
  constructor(editor, period) {
    this.editor = editor;
    const place = editor.rows.length + 1;
    const named = (words) => fill(gettext("%(field)s of line %(line)s"), { field: words, line: place });
    const count = (words, value, least, most) => make("input", { type: "number", class: "dw-input", min: String(least), max: String(most), value: String(value), required: true, "aria-label": named(words) });
    this.day = count(gettext("Day"), period.day, 1, 31);
    this.month = make("select", { class: "dw-input", "aria-label": named(gettext("Month")) }, Array.from({ length: MONTHS }, (_, month) => option(month + 1, monthName.format(utc(LEAP, month + 1, 1)), month + 1 === period.month)));
    this.length = count(gettext("Number of days"), period.length, 1, LONGEST);
    this.year = count(gettext("Year"), period.year ?? new Date().getFullYear(), 2000, 2099);
    const yearly = tick(gettext("every year"), { checked: period.year === null, "aria-label": named(gettext("Every year")) });
    this.yearly = yearly.input;
    this.words = make("span", { class: "dw-quiet" });
    this.element = make("tr", {},
      make("td", {}, make("div", { class: "hd-date" }, this.day, this.month)), make("td", { data: { unit: gettext("days") } }, this.length),
      make("td", {}, make("div", { class: "hd-year" }, yearly.label, this.year)), make("td", { "aria-live": "polite" }, this.words),
      make("td", {}, iconButton(fill(gettext("Take line %(line)s away"), { line: place }), "delete", () => editor.remove(this))));
    this.element.addEventListener("input", () => this.#changed());
    this.#changed();
  }

  get value() {
    return {
      month: Number(this.month.value), day: Number(this.day.value), length: Number(this.length.value),
      year: this.yearly.checked ? null : Number(this.year.value),
    };
  }

  #changed() {
    this.year.hidden = this.yearly.checked;
    this.year.disabled = this.yearly.checked;
    this.day.setCustomValidity(exists(this.value) ? "" : gettext("There is no such day."));
    const isWhole = [this.day, this.length, this.year].every((input) => input.disabled || input.checkValidity());
    this.words.textContent = isWhole ? periodWords(this.value) : exists(this.value) ? "" : gettext("There is no such day.");
    this.editor.onChange();
  }
}

export class PeriodEditor {
  /**
   * @param {HTMLElement} holder
   * @param {{periods: {month: number, day: number, length: number, year: number | null}[], most?: number, onChange?: () => void}} options
   */
  constructor(holder, { periods, most = 32, onChange = () => {} }) {
    this.most = most;
    this.onChange = onChange;
    this.rows = [];
    this.body = make("tbody");
    this.add = make("button", { type: "button", class: "dw-button dw-button-small", on: { click: () => this.#more() } }, gettext("Add days"));
    const head = [gettext("First day"), gettext("Days"), gettext("Year"), gettext("In words")].map((words) => make("th", { scope: "col" }, words));
    holder.replaceChildren(
      make("div", { class: "dw-table-wrap", tabIndex: 0, role: "region", "aria-label": gettext("Days of this table") }, make("table", { class: "dw-table hd-table" }, make("thead", {}, make("tr", {}, head, make("th", { scope: "col" }, hidden(gettext("Take away"))))), this.body)),
      make("div", { class: "hd-more" }, this.add),
    );
    for (const period of periods) this.#put(period);
    this.#count();
  }

  get value() {
    return this.rows.map((row) => row.value);
  }

  remove(row) {
    const place = this.rows.indexOf(row);
    this.rows.splice(place, 1);
    row.element.remove();
    (this.rows[place] || this.rows.at(-1))?.day.focus();
    if (!this.rows.length) this.add.focus();
    this.#count();
    this.onChange();
  }

  #put(period) {
    const row = new PeriodRow(this, period);
    this.rows.push(row);
    this.body.append(row.element);
    return row;
  }

  #more() {
    const now = new Date();
    this.#put({ month: now.getMonth() + 1, day: now.getDate(), length: 1, year: null }).day.select();
    this.#count();
  }

  #count() {
    this.add.disabled = this.rows.length >= this.most;
    this.add.title = this.add.disabled ? fill(gettext("A table has at most %(most)s lines."), { most: this.most }) : "";
  }
}
