// The live monitor: events as they come.

import { connectionSign } from "./connection.js";
import { DeviceNames } from "./device_names.js";
import { eventWords } from "./event_row.js";
import { fill, number, timeOfDay } from "./format.js";
import { LiveFilter } from "./live_filter.js";
import { LiveList } from "./live_list.js";
import { isOn, play, turn } from "./sound.js";
import { Stream } from "./stream.js";
import { PersonNames } from "/static/people/person_names.js";

const MOST_KEPT = 2000;
const AWAY_SLACK = 2000;
const page = JSON.parse(document.getElementById("live-page").textContent);
const list = document.getElementById("events");
const empty = document.getElementById("events-empty");
const pauseButton = document.getElementById("pause");
const soundButton = document.getElementById("sound");
const counter = document.getElementById("count");
const alarmWords = document.getElementById("alarm-words");

const state = {
  kept: [], // the newest events, whatever the filter takes
  waiting: [], // came while paused
  paused: false,
  received: 0,
  shown: 0,
  position: page.position,
  away: null, // {lost, back}: when the connection was away, by the server's clock
  skew: null, // the browser's clock minus the server's
};

// A filter may ask for a name.
const names = new DeviceNames(page.names, () => (filter.active ? showAgain() : rows.rename()));
const people = new PersonNames(page.people, () => (filter.active ? showAgain() : rows.rename()));
const rows = new LiveList(list, { deviceName: names.name, deviceAddress: page.device, people, painted: count });
const filter = new LiveFilter(document.getElementById("live-filter"), names.name, people, showAgain);

function count() {
  counter.textContent = fill(ngettext("%(count)s event since %(time)s", "%(count)s events since %(time)s", state.shown), {
    count: number(state.shown),
    time: timeOfDay(page.opened),
  });
  counter.dataset.received = state.received;
  counter.dataset.shown = state.shown;
  empty.hidden = list.children.length > 0;
}

function keep(item) {
  state.kept.push(item);
  if (state.kept.length > 2 * MOST_KEPT) state.kept.splice(0, state.kept.length - MOST_KEPT);
}

/** Whether an event belongs to the time in which this page had no connection. */
function isMissed(event) {
  if (state.away === null) return false;
  const { lost, back } = state.away;
  const within = (moment) => moment >= lost - AWAY_SLACK && moment < back;
  return within(Date.parse(event.utc)) || within(Date.parse(event.received));
}

function take(event) {
  if (event.position <= state.position) return;
  state.position = event.position;
  state.received += 1;
  const lag = Date.now() - Date.parse(event.received);
  // The shortest way here tells best how the clocks differ.
  if (state.skew === null || lag < state.skew) state.skew = lag;
  const item = { event, missed: isMissed(event) };
  keep(item);
  if (!filter.takes(event)) return;
  state.shown += 1;
  if (event.severity === "alarm") {
    play();
    alarmWords.textContent = `${names.name(event.origin)}: ${eventWords(event)}`;
  }
  if (!state.paused) {
    rows.add(event, item.missed);
    return;
  }
  state.waiting.push(item);
  if (state.waiting.length > 2 * MOST_KEPT) {
    state.dropped = (state.dropped || 0) + state.waiting.length - MOST_KEPT;
    state.waiting.splice(0, state.waiting.length - MOST_KEPT);
  }
  showWaiting();
}

let waitingPlanned = false;
function showWaiting() {
  if (waitingPlanned) return;
  waitingPlanned = true;
  requestAnimationFrame(() => {
    waitingPlanned = false;
    const words = pauseButton.querySelector("[data-words]");
    const waiting = state.waiting.length + (state.dropped || 0);
    if (!state.paused) words.textContent = gettext("Pause");
    else if (waiting) words.textContent = fill(gettext("Go on (%(count)s waiting)"), { count: number(waiting) });
    else words.textContent = gettext("Go on");
    pauseButton.setAttribute("aria-pressed", String(state.paused));
    pauseButton.querySelector(".material-symbols-outlined").textContent = state.paused ? "play_arrow" : "pause";
    pauseButton.dataset.waiting = waiting;
    count();
  });
}

function pause() {
  state.paused = !state.paused;
  if (!state.paused) {
    for (const item of state.waiting.splice(0)) rows.add(item.event, item.missed);
    state.dropped = 0;
  }
  showWaiting();
}

/** The filter changed: show what is kept of what it takes. */
function showAgain() {
  rows.clear();
  state.waiting.length = 0;
  for (const item of state.kept) if (filter.takes(item.event)) rows.add(item.event, item.missed);
  requestAnimationFrame(count);
}

function showSound() {
  soundButton.setAttribute("aria-pressed", String(isOn()));
  soundButton.querySelector(".material-symbols-outlined").textContent = isOn() ? "volume_up" : "volume_off";
}

const sign = connectionSign();
const stream = new Stream({
  kinds: page.kinds,
  parameters: { kind: ["event", ...page.kinds] },
  after: page.position,
  whileHidden: true, // its alarms are to be heard
  onMessage(kind, data) {
    if (kind === "event") take(data);
    else if (kind === "person") people.forget(data.number);
    else names.refresh();
  },
  onState(connection, since) {
    sign(connection, since);
    const server = (moment) => moment.getTime() - Math.max(0, state.skew ?? 0);
    if (connection === "lost" && (state.away === null || state.away.back !== Infinity)) {
      state.away = { lost: server(since), back: Infinity, since };
    } else if (connection === "live" && state.away?.back === Infinity) {
      state.away.back = server(since);
      rows.divide(
        fill(gettext("The connection was away from %(lost)s to %(back)s. What happened meanwhile stands above."), {
          lost: timeOfDay(state.away.since),
          back: timeOfDay(since),
        }),
      );
    }
  },
  onReset(data) {
    state.position = data.position;
    rows.divide(gettext("The server's database was restored or changed for another one: events go on from here."));
  },
});

pauseButton.addEventListener("click", pause);
soundButton.addEventListener("click", () => {
  turn(!isOn());
  showSound();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "p" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(input|textarea|select)$/i.test(event.target.tagName) || document.querySelector("dialog[open]")) return;
  pause();
});
list.addEventListener("click", (event) => {
  const button = event.target.closest(".dw-event-picture");
  const row = button?.closest(".dw-event");
  if (!row?.event) return;
  const dialog = document.getElementById("picture");
  const image = dialog.querySelector("img");
  const words = dialog.querySelector("[data-words]");
  words.textContent = `${timeOfDay(row.event.utc)} · ${names.name(row.event.origin)} · ${eventWords(row.event)}`;
  image.hidden = false;
  dialog.querySelector("[data-missing]").hidden = true;
  image.alt = words.textContent;
  image.onerror = () => {
    image.hidden = true;
    dialog.querySelector("[data-missing]").hidden = false;
  };
  image.src = page.picture.replace("/0/", `/${row.event.position}/`);
  dialog.showModal();
});

showSound();
for (const event of page.events) {
  const item = { event, missed: false };
  keep(item);
  if (filter.takes(event)) rows.add(event);
}
if (page.events.length) {
  rows.divide(fill(gettext("Opened at %(time)s. Older events stand below."), { time: timeOfDay(page.opened) }));
}
count();
names.load();
stream.open();
