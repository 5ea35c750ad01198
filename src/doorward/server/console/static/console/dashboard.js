// The dashboard: its numbers, its chart and the last events stay as they are now.

import { get } from "./api.js";
import { connectionSign } from "./connection.js";
import { DeviceNames } from "./device_names.js";
import { fillRow, makeRow } from "./event_row.js";
import { number } from "./format.js";
import { Stream } from "./stream.js";
import { PersonNames } from "/static/people/person_names.js";

const MOST_EVENTS = 10;
const REFRESH_MILLISECONDS = 2000;
const LOOK_MILLISECONDS = 60000;
const page = JSON.parse(document.getElementById("dashboard-page").textContent);
const list = document.getElementById("events");
const names = new DeviceNames(page.names, () => showEvents());
const people = new PersonNames(page.people, () => showEvents());
let events = page.events;

// --- Last events ---

function showEvents() {
  if (list === null) return;
  const options = { deviceName: names.name, deviceAddress: page.device, people };
  const newest = events.slice(-MOST_EVENTS).reverse();
  while (list.children.length > newest.length) list.lastElementChild.remove();
  newest.forEach((event, place) => {
    if (!list.children[place]) list.append(makeRow());
    fillRow(list.children[place], event, options);
  });
  document.getElementById("events-empty").hidden = newest.length > 0;
}

let painting = false;
function takeEvent(event) {
  events.push(event);
  if (events.length > 10 * MOST_EVENTS) events = events.slice(-MOST_EVENTS);
  if (painting) return;
  painting = true;
  setTimeout(() => requestAnimationFrame(() => {
    painting = false;
    showEvents();
  }), 100);
}

// --- Numbers and chart ---

function valueOf(numbers, path) {
  return path.split(".").reduce((value, name) => value[name], numbers);
}

function showNumbers(numbers) {
  for (const element of document.querySelectorAll("[data-number]")) {
    element.textContent = number(valueOf(numbers, element.dataset.number));
  }
  for (const tile of document.querySelectorAll("[data-alert]")) {
    if (valueOf(numbers, tile.dataset.alert) > 0) tile.dataset.state = tile.dataset.alertKind;
    else delete tile.dataset.state;
  }
  showChart(numbers.hours);
}

/** As the server draws it; see chart.py. */
function showChart(hours) {
  const chart = document.querySelector("[data-chart]");
  if (chart === null || hours.length === 0) return;
  const base = 166;
  const top = roundUp(Math.max(...hours.map((hour) => hour.granted + hour.denied)));
  const scale = (base - 10) / top;
  for (const line of chart.querySelectorAll("[data-line]")) {
    line.querySelector("text").textContent = String(Math.floor((top * Number(line.dataset.line)) / 4));
  }
  for (const { hour, granted, denied } of hours) {
    const bar = chart.querySelector(`[data-hour="${hour}"]`);
    bar.querySelector("title").textContent = `${hour}:00 – ${granted} / ${denied}`;
    const place = (name, from, height) => {
      const shape = bar.querySelector(name);
      shape.setAttribute("y", from - height);
      shape.setAttribute("height", height);
    };
    place(".dw-chart-granted", base, granted * scale);
    place(".dw-chart-denied", base - granted * scale, denied * scale);
  }
}

function roundUp(value) {
  for (let step = 1; ; step *= 10) {
    for (const factor of [4, 8, 20]) if (factor * step >= value) return factor * step;
  }
}

let asked = null;
async function refresh() {
  asked = null;
  if (document.hidden) return;
  try {
    const numbers = await get(page.numbers);
    // What wants doing is written by the server, in words.
    showNumbers(numbers);
    if (numbers.todo.join() === page.todo.join()) return;
    // Not under the hands of somebody who is at it just now.
    const busy = document.querySelector("dialog[open], [aria-expanded=true]") || document.activeElement !== document.body;
    if (busy) setTimeout(refreshSoon, REFRESH_MILLISECONDS);
    else location.reload();
  } catch {
    // The sign of the connection tells it.
  }
}

function refreshSoon() {
  asked ??= setTimeout(refresh, REFRESH_MILLISECONDS);
}

// --- Warnings of the server ---

async function showWarnings() {
  if (!page.warnings) return;
  const holder = document.getElementById("warnings");
  const words = document.getElementById("warnings-words");
  let found;
  try {
    found = (await get(page.warnings)).warnings;
  } catch {
    return;
  }
  holder.replaceChildren(
    ...found.map((item) => {
      const line = document.createElement("li");
      line.dataset.kind = item.level === "error" ? "bad" : "warn";
      const icon = document.createElement("span");
      icon.className = "material-symbols-outlined";
      icon.setAttribute("aria-hidden", "true");
      icon.textContent = item.level === "error" ? "error" : "warning";
      const text = document.createElement("div");
      for (const [tag, content] of [["h3", gettext(item.subject)], ["p", item.words], ["p", item.advice]]) {
        if (!content) continue;
        const element = document.createElement(tag);
        element.textContent = content;
        text.append(element);
      }
      line.append(icon, text);
      return line;
    }),
  );
  holder.hidden = found.length === 0;
  words.hidden = found.length > 0;
  words.textContent = gettext("Disk, clocks, ports and certificates are well.");
}

showEvents();
if (page.kinds.length) {
  const sign = connectionSign();
  if (page.kinds.some((kind) => kind !== "alarm")) names.load();
  new Stream({
    kinds: page.kinds,
    parameters: { kind: page.kinds },
    after: page.position,
    onMessage(kind, data) {
      if (kind === "event") takeEvent(data);
      else if (kind === "device") names.refresh();
      refreshSoon();
    },
    onState(state, since) {
      sign(state, since);
      if (state === "live") refreshSoon();
    },
    onReset: () => location.reload(),
  }).open();
}
showWarnings();
setInterval(showWarnings, LOOK_MILLISECONDS);
setInterval(refreshSoon, LOOK_MILLISECONDS);
document.addEventListener("visibilitychange", () => document.hidden || refreshSoon());
