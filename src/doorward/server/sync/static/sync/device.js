// One device: what it holds of people and rights, who does not fit and why, and what was changed at it.

import { get, patch, post } from "/static/console/api.js";
import { connectionSign } from "/static/console/connection.js";
import { ask } from "/static/console/dialog.js";
import { badge, button, make, moment, option, pageData } from "/static/console/elements.js";
import { dateTime, fill, number } from "/static/console/format.js";
import { PersonNames } from "/static/people/person_names.js";
import { Stream } from "/static/console/stream.js";
import { toast, toastError } from "/static/console/toast.js";
import { contentOf } from "./content.js";
import { badges, connection, progressBar, readWords } from "./standing.js";

const LOOK_MILLISECONDS = 500;
const SHOWN = 100;
const data = pageData();
const byId = (id) => document.getElementById(id);
const API = `${data.api}/devices/${data.device}`;
const names = new PersonNames(data.names, () => drawLists());
let device = null;
let differences = [];
let problems = [];

// --- State ---

const fact = (value, words) => make("div", {}, make("strong", {}, number(value)), make("span", { class: "dw-quiet" }, words));

function drawState() {
  const parts = [make("div", { class: "sy-badges" }, connection(device), badges(device))];
  if (device.words) parts.push(make("p", { class: "sy-words" }, device.words));
  const bar = progressBar(device);
  if (bar) parts.push(bar);
  if (device.managed) {
    parts.push(
      make("div", { class: "sy-facts" }, fact(device.held, gettext("people from here")), fact(device.waiting, gettext("wait to be sent")), fact(device.problems, gettext("do not fit")), fact(device.differences, gettext("differences"))),
      make("p", { class: "dw-quiet" }, [fill(gettext("Switched on %(time)s by %(who)s"), { time: dateTime(device.since), who: device.by }), readWords(device)].filter(Boolean).join(" · ")), handEdits());
  } else {
    parts.push(make("p", {}, gettext("People and rights on this device do not come from here: nothing on it is touched.")),
      make("p", { class: "dw-quiet" }, gettext("Switch it on, and it holds the people who may pass one of its doors. Whoever is on it already and is not known here is shown first, and stays until you decide.")));
  }
  byId("state").replaceChildren(...parts);
}

function handEdits() {
  const words = { ask: gettext("are shown, and somebody decides"), overwrite: gettext("are overwritten") };
  if (!data.may_manage) return make("p", { class: "dw-quiet" }, `${gettext("Changes at its own menu")} ${words[device.hand_edits]}`);
  const select = make("select", { class: "dw-input", on: { change: () => doing(() => patch(API, { hand_edits: select.value }), gettext("Saved.")) } }, Object.entries(words).map(([value, title]) => option(value, title, value === device.hand_edits)));
  return make("label", { class: "sy-hand" }, gettext("Changes at its own menu"), select);
}

function drawActions() {
  const holder = byId("actions");
  if (!data.may_manage || holder.contains(document.activeElement)) return;
  holder.replaceChildren(...(device.managed
    ? [button(gettext("Check now"), () => doing(() => post(`${API}/check`), gettext("It is read as soon as it is connected.")), { small: true, picture: "sync" }), button(gettext("Switch off"), switchOff, { small: true, picture: "sync_disabled" })]
    : [button(gettext("Switch on"), switchOn, { primary: true, picture: "sync" })]));
}

async function doing(act, words) {
  try {
    await act();
    if (words) toast(words, { kind: "success" });
    document.activeElement?.blur();
    await load();
  } catch (error) {
    toastError(error);
  }
}

async function switchOn() {
  const { element, ready } = contentOf(API, data.take_over);
  const agreed = await ask({
    content: element,
    ready,
    title: fill(gettext("Switch on %(name)s?"), data), confirm: gettext("Switch on"),
    words: [gettext("The device is read first. Then it gets the people who may pass one of its doors, with their cards, PINs, fingers and faces, and the schedules, holidays and access groups of their rights.")],
  });
  if (agreed) await doing(() => post(`${API}/switch-on`, { hand_edits: "ask" }), gettext("Switched on."));
}

async function switchOff() {
  const agreed = await ask({ title: fill(gettext("Switch off %(name)s?"), data), confirm: gettext("Switch off"), words: [gettext("What is on the device stays there, and nothing more is sent: a right that is withdrawn here holds there still.")], dangerous: true });
  if (agreed) await doing(() => post(`${API}/switch-off`), gettext("Switched off."));
}

// --- Who and what ---

/** A person by name, with the way to the page; the tables where it is about them. */
function who(row) {
  if (row.person === null) return make("span", { class: "dw-strong" }, gettext("Schedules, holidays, access groups"));
  const known = names.known(row.person);
  // Whoever is on the device alone has no page here.
  if (!data.person || known === null || row.kind === "unknown") return make("span", { class: "dw-strong" }, known?.name || fill(gettext("person %(number)s"), { number: row.person }));
  return make("span", {}, make("a", { class: "dw-link", href: data.person.replace("/0/", `/${row.person}/`) }, known?.name || String(row.person)), known ? make("span", { class: "dw-quiet dw-small" }, ` ${row.person}`) : null);
}

const KINDS = { unknown: gettext("on the device alone"), missing: gettext("gone from the device"), changed: gettext("changed at the device"), tables: gettext("changed at the device") };
const REPLIES = {
  keep: [gettext("Keep"), gettext("The device stays as it is, until the person's data change here.")],
  "take-over": [gettext("Take over"), gettext("What the device holds goes into the data here, and from here to the other devices.")],
  overwrite: [gettext("Overwrite"), gettext("What the data here say goes to the device. Whoever is on it alone is deleted from it.")],
};

function reply(row, answer) {
  const [title, words] = REPLIES[answer];
  return button(title, async () => {
    const asked = answer === "keep" || (await ask({ title, words: [words, row.words], confirm: title, dangerous: answer === "overwrite" }));
    if (asked) await doing(() => post(`${data.api}/differences/${row.id}/answer`, { answer }));
  }, { small: true, title: words });
}

function table(heads, body) {
  return make("div", { class: "dw-table-wrap", tabIndex: 0, role: "region", "aria-label": heads[0] }, make("table", { class: "dw-table sy-table" }, make("thead", {}, make("tr", {}, heads.map((words) => make("th", { scope: "col" }, words)))), make("tbody", {}, body)));
}

function drawLists() {
  byId("differences-card").hidden = !differences.length;
  byId("problems-card").hidden = !problems.length;
  const open = differences.filter((row) => row.answer === "open");
  byId("differences").replaceChildren(table([gettext("Who"), gettext("How it differs"), gettext("Found"), ""], differences.map((row) => make("tr", {},
    make("td", {}, who(row)), make("td", { class: "sy-words" }, badge("warn", KINDS[row.kind]), " ", row.words), make("td", {}, moment(row.found_at)),
    make("td", {}, row.answer === "open" && data.may_manage ? make("div", { class: "sy-answers" }, reply(row, "keep"), row.person === null ? null : reply(row, "take-over"), reply(row, "overwrite")) : row.answer === "kept" ? make("span", { class: "dw-quiet dw-small" }, fill(gettext("kept by %(who)s"), { who: row.answered_by })) : null)))));
  byId("difference-tools").replaceChildren(...(open.length > 1 && data.may_manage ? [all("keep"), all("overwrite")] : []));
  byId("problems").replaceChildren(table([gettext("Who"), gettext("Why"), gettext("Since"), gettext("Tried again")], problems.map((row) => make("tr", {},
    make("td", {}, who(row)), make("td", { class: "sy-words" }, row.words), make("td", {}, moment(row.since)), make("td", { class: "dw-quiet" }, row.next_try ? moment(row.next_try) : gettext("once the data change"))))));
}

function all(answer) {
  const titles = { keep: gettext("Keep all"), overwrite: gettext("Overwrite all") };
  return button(titles[answer], async () => {
    if (await ask({ title: titles[answer], words: [REPLIES[answer][1]], confirm: titles[answer], dangerous: answer === "overwrite" })) await doing(() => post(`${API}/answer`, { answer }));
  }, { small: true });
}

// --- Life ---

async function load() {
  const [state, different, unfit] = await Promise.all([get(API), get(`${data.api}/differences?device=${data.device}&limit=${SHOWN}`), get(`${data.api}/problems?device=${data.device}&limit=${SHOWN}`)]);
  device = state;
  const stamp = JSON.stringify([different.items, unfit.items]);
  const isSame = stamp === load.stamp;
  load.stamp = stamp;
  differences = different.items;
  problems = unfit.items;
  if (!byId("state").contains(document.activeElement)) drawState();
  drawActions();
  names.ask([...differences, ...problems].map((row) => row.person).filter(Boolean));
  if (!isSame) drawLists();
}

let timer = null;
const soon = () => {
  timer ??= setTimeout(() => {
    timer = null;
    load().catch(toastError);
  }, LOOK_MILLISECONDS);
};
new Stream({ kinds: ["sync", "device"], parameters: { kind: ["sync", "device"], device: String(data.device) }, after: data.position, onMessage: soon, onState: connectionSign(), onReset: soon }).open();
load().catch(toastError);
