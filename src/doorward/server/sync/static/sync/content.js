// What is on a device before it is switched on: read over its connection, and shown in the question.

import { get } from "/static/console/api.js";
import { make } from "/static/console/elements.js";
import { fill, number } from "/static/console/format.js";

const TABLES = { holidays: gettext("holidays"), schedules: gettext("schedules"), access_groups: gettext("access groups") };
const FATES = {
  unknown: {
    count: (content) => content.unknown,
    words: (count) => ngettext("%(count)s person is not known here and stays until you decide; overwritten, the person is deleted from it:", "%(count)s people are not known here and stay until you decide; overwritten, they are deleted from it:", count),
  },
  "no-right": {
    count: (content) => content.no_right,
    words: (count) => ngettext("%(count)s person is known here, without a right at this device, and stays until you decide; overwritten, the person is deleted from it:", "%(count)s people are known here, without a right at this device, and stay until you decide; overwritten, they are deleted from it:", count),
  },
  "no-place": {
    count: (content) => content.no_place,
    words: (count) => ngettext("%(count)s person does not fit on this model and is deleted from it:", "%(count)s people do not fit on this model and are deleted from it:", count),
  },
};

const progress = () => make("div", { class: "dw-progress", role: "status" }, make("div", { class: "dw-progress-words" }, make("span", {}, gettext("Looking at what is on it"))), make("progress", { "aria-label": gettext("Looking at what is on it") }));

const line = (words, values) => make("li", {}, fill(words, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, number(value)]))));

function counts(content) {
  const { people, capacity, stay, change, come } = content;
  return make("ul", { class: "sy-counts" },
    line(ngettext("%(people)s person is on it; it holds %(capacity)s.", "%(people)s people are on it; it holds %(capacity)s.", people), { people, capacity }),
    stay ? line(ngettext("%(stay)s is there as it should be, and stays.", "%(stay)s are there as they should be, and stay.", stay), { stay }) : null,
    change ? line(ngettext("%(change)s is written anew, as the data here say.", "%(change)s are written anew, as the data here say.", change), { change }) : null,
    come ? line(ngettext("%(come)s is added.", "%(come)s are added.", come), { come }) : null);
}

function leaving(content, fate) {
  const count = FATES[fate].count(content);
  if (!count) return null;
  const named = content.leave.filter((one) => one.fate === fate);
  const names = named.map((one) => (one.name ? `${one.name} (${one.number})` : String(one.number)));
  const rest = count - named.length;
  if (rest) names.push(fill(ngettext("%(rest)s more", "%(rest)s more", rest), { rest: number(rest) }));
  return make("div", { class: "sy-leave" }, make("p", {}, fill(FATES[fate].words(count), { count: number(count) })), names.length ? make("p", { class: "sy-names" }, names.join(", ")) : null);
}

function tables(content) {
  const replaced = content.tables.filter((table) => table.replaced);
  if (!replaced.length) return make("p", {}, gettext("Its schedules, holidays and access groups are as those from here already."));
  const list = replaced.map((table) => fill(gettext("%(name)s (%(there)s there, %(here)s from here)"), { name: TABLES[table.name], there: number(table.there), here: number(table.here) })).join(", ");
  return make("p", {}, fill(gettext("Replaced by those from here: %(list)s."), { list }));
}

function advice(content, takeOver) {
  if (!content.unknown) return null;
  const words = gettext("To keep them, take the device over first. Their access groups are numbers, which mean from now on what they mean here.");
  return make("p", { class: "sy-advice" }, words, takeOver ? [" ", make("a", { class: "dw-link", href: takeOver }, gettext("Take it over"))] : null);
}

/**
 * Read what is on a device, and show it.
 *
 * @param {string} api The address of the device.
 * @param {string} takeOver The page that takes devices over; empty where the reader may not.
 * @returns {{element: Element, ready: Promise<boolean>}} What to show, and whether the device may be switched on.
 */
export function contentOf(api, takeOver) {
  const element = make("div", { class: "sy-content", "aria-live": "polite" }, progress());
  const ready = get(`${api}/content`).then(
    (content) => {
      const doors = content.doors.map((words) => make("p", { class: "sy-refused", role: "alert" }, words));
      element.replaceChildren(...[...doors, counts(content), ...Object.keys(FATES).map((fate) => leaving(content, fate)), advice(content, takeOver), tables(content)].filter(Boolean));
      return !doors.length;
    },
    (error) => {
      element.replaceChildren(make("p", { class: "sy-advice" }, `${error.message} ${error.advice || ""}`.trim()), make("p", {}, gettext("What is on it cannot be shown now. Switched on, it is read as soon as it is connected, and people on it who are not known here stay until you decide on each.")));
      return true;
    });
  return { element, ready };
}
