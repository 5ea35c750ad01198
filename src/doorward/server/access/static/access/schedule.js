// One schedule: its name, the hours of its week, and what holds on holidays instead.

import { patch, post, remove } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { button, make, option, pageData, tick } from "/static/console/elements.js";
import { fill, language } from "/static/console/format.js";
import { sends, warnsUnsaved } from "/static/console/sending.js";
import { toastError } from "/static/console/toast.js";
import { WeekGrid } from "./week_grid.js";

const data = pageData();
const form = document.getElementById("schedule");
const name = document.getElementById("name");
const tools = document.getElementById("holiday-tools");
const dayName = new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" });
// Days of a schedule begin with Sunday; 7 January 2024 was one. They are shown from Monday on.
const DAYS = [1, 2, 3, 4, 5, 6, 0].map((place) => ({ key: `day-${place}`, place, name: dayName.format(new Date(Date.UTC(2024, 0, 7 + place))) }));
const WEEKDAYS = new Set([1, 2, 3, 4, 5]);
const chosen = data.schedule.holidays.map(({ holiday }) => holiday);
const hours = new Map(DAYS.map(({ key, place }) => [key, data.schedule.days[place] || []]));
for (const { holiday, intervals } of data.schedule.holidays) hours.set(`holiday-${holiday}`, intervals);
const unsaved = warnsUnsaved();

const holidayName = (number) => data.holidays.find((item) => item.number === number)?.name ?? String(number);
const rows = () => [
  ...DAYS.map(({ key, name: day }) => ({ key, name: day, intervals: hours.get(key) })),
  ...chosen.map((number) => ({
    key: `holiday-${number}`, name: holidayName(number), note: gettext("instead of the day"), intervals: hours.get(`holiday-${number}`) ?? [],
    onRemove: data.may_edit ? () => without(number) : null,
  })),
];
const grid = new WeekGrid(document.getElementById("grid"), {
  rows: rows(), most: data.most_parts, readOnly: !data.may_edit, onCopy: copy,
  onChange: () => {
    for (const row of grid.rows) hours.set(row.key, row.intervals);
    unsaved(true);
  },
});

// --- Holidays ---

function drawTools() {
  const left = data.holidays.filter((item) => !chosen.includes(item.number));
  if (chosen.length >= data.most_holidays) {
    tools.replaceChildren(make("span", { class: "dw-quiet dw-small" }, fill(gettext("A schedule knows at most %(most)s tables of holidays."), { most: data.most_holidays })));
  } else if (!left.length) {
    tools.replaceChildren(make("a", { class: "dw-link", href: data.holidays_address }, data.holidays.length ? gettext("More tables of holidays") : gettext("Make a table of holidays first, to have other hours on them")));
  } else {
    const select = make("select", { class: "dw-input", "aria-label": gettext("Table of holidays") }, left.map((item) => option(item.number, item.name)));
    tools.replaceChildren(select, button(gettext("Other hours on these holidays"), () => withHoliday(Number(select.value)), { small: true, picture: "add" }));
  }
}

function withHoliday(number) {
  chosen.push(number);
  grid.setRows(rows());
  grid.rows.at(-1).focus(0);
  unsaved(true);
  drawTools();
}

function without(number) {
  chosen.splice(chosen.indexOf(number), 1);
  hours.delete(`holiday-${number}`);
  grid.setRows(rows());
  unsaved(true);
  drawTools();
}

// --- Copying a day ---

async function copy(from) {
  const boxes = grid.rows.filter((row) => row !== from).map((row) => [row, tick(row.name, { checked: from.key.startsWith("day-") && isWeekday(from.key) && isWeekday(row.key) })]);
  const quick = [[gettext("Monday to Friday"), (row) => isWeekday(row.key)], [gettext("All days"), (row) => row.key.startsWith("day-")], [gettext("None"), () => false]];
  const content = make("div", { class: "wg-copy" },
    make("div", { class: "dw-buttons" }, quick.map(([words, fits]) => button(words, () => { for (const [row, { input }] of boxes) input.checked = fits(row); }, { small: true }))),
    make("fieldset", {}, make("legend", { class: "dw-hidden-words" }, gettext("Days")), boxes.map(([, { label }]) => label)));
  const agreed = await ask({ title: fill(gettext("Copy %(day)s to"), { day: from.name }), words: from.text.value || gettext("closed"), confirm: gettext("Copy"), content });
  if (!agreed) return;
  for (const [row, { input }] of boxes) if (input.checked) row.set(from.intervals.map((part) => [...part]));
}

const isWeekday = (key) => WEEKDAYS.has(Number(key.replace("day-", "")));

// --- Saving ---

async function save() {
  if (!name.value.trim()) {
    name.focus();
    throw new Error(gettext("The schedule needs a name."));
  }
  if (grid.wrong.length) {
    grid.wrong[0].text.focus();
    throw new Error(fill(gettext("The hours of %(day)s are not understood."), { day: grid.wrong[0].name }));
  }
  const days = [];
  for (const { key, place } of DAYS) days[place] = hours.get(key);
  const body = { name: name.value.trim(), days, holidays: chosen.map((holiday) => ({ holiday, intervals: hours.get(`holiday-${holiday}`) ?? [] })) };
  if (data.schedule.number === null) await post(data.api, body);
  else await patch(`${data.api}/${data.schedule.number}`, body);
  unsaved(false);
  location.assign(data.list);
}

if (data.may_edit) {
  name.addEventListener("input", () => unsaved(true));
  drawTools();
  sends(form, save);
}

document.getElementById("remove")?.addEventListener("click", async () => {
  const agreed = await ask({ title: fill(gettext("Remove %(name)s?"), { name: data.schedule.name }), words: gettext("A schedule that a right uses cannot be removed."), confirm: gettext("Remove"), dangerous: true });
  if (!agreed) return;
  try {
    await remove(`${data.api}/${data.schedule.number}`);
    unsaved(false);
    location.assign(data.list);
  } catch (error) {
    toastError(error);
  }
});
