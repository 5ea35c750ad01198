// The page of the doors: a card for each, kept up to date by the stream.

import { toastError } from "/static/console/toast.js";
import { fill } from "/static/console/format.js";
import { element, icon, hiddenWords, pageData } from "./elements.js";
import { describe, leftWords, sinceWords } from "./door_state.js";
import { DoorStore } from "./door_store.js";
import { actionButtons, editDoor } from "./door_actions.js";
import { AlarmList } from "./alarm_list.js";

const data = pageData("doors-data");
const holder = document.getElementById("doors");
const search = document.getElementById("door-search");
const count = document.getElementById("door-count");
const nothing = document.getElementById("no-doors");
const cards = new Map();
let filter = "all";

// --- Alarms ---

const alarmCard = document.getElementById("door-alarms");
const alarmList = alarmCard
  ? new AlarmList(document.getElementById("alarm-list"), data.alarms, {
      wanted: (alarm) => alarm.kind.startsWith("door-"),
      mayAcknowledge: data.may_acknowledge,
      onChange: (list) => {
        alarmCard.hidden = list.size === 0;
      },
    })
  : null;

const store = new DoorStore(data, {
  onDoor: (door) => {
    draw(door);
    choose();
  },
  onAlarm: (message) => {
    if (message.name?.startsWith("door-")) alarmList?.take(message).catch(toastError);
  },
  onTick: tick,
});

// --- Cards ---

function makeCards() {
  const groups = new Map();
  for (const door of store.doors.values()) {
    const name = door.group || "";
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(door);
  }
  for (const [name, doors] of groups) {
    const list = element("ul", { class: "dr-doors" });
    for (const door of doors) {
      const card = element("li", { class: "dw-card dr-door", "data-door": String(door.id) });
      cards.set(door.id, card);
      list.append(card);
      draw(door);
    }
    const section = element("section", { class: "dr-group" });
    if (groups.size > 1) {
      const id = `group-${holder.children.length}`;
      section.setAttribute("aria-labelledby", id);
      section.append(element("h2", { id, class: "dr-group-name", text: name || gettext("Without a group") }));
    }
    section.append(list);
    holder.append(section);
  }
}

function draw(door) {
  const card = cards.get(door.id);
  const focused = card.contains(document.activeElement) ? document.activeElement.dataset.action : null;
  const state = describe(door);
  const since = sinceWords(door, state);
  card.dataset.tone = state.tone;
  card.dataset.unusual = String(state.unusual);
  card.dataset.text = [door.name, door.device_name, door.device, door.group || ""].join(" ").toLocaleLowerCase();
  const title = element("div", { class: "dr-door-title" }, element("h3", { text: door.name }));
  if (door.may_edit) {
    title.append(
      element(
        "button",
        { type: "button", class: "dw-icon-button", "data-action": "edit", onclick: () => editDoor(door, (answered) => store.put(answered)) },
        hiddenWords(fill(gettext("Settings of %(door)s"), { door: door.name })),
        icon("more_horiz"),
      ),
    );
  }
  card.replaceChildren(
    title,
    element(
      "div",
      { class: "dr-state" },
      element("span", { class: "dr-sign" }, icon(state.icon)),
      element(
        "div",
        {},
        element("p", { class: "dr-state-words" }, element("span", { class: "dw-strong", text: state.words }), state.more ? element("span", { class: "dw-quiet", text: ` · ${state.more}` }) : null),
        since ? element("p", { class: "dw-quiet dr-since" }, since, element("span", { class: "dr-left" })) : null,
      ),
    ),
    actionButtons(door, (answered) => store.put(answered)) || "",
  );
  drawLeft(door);
  if (focused) (card.querySelector(`[data-action="${focused}"]:not(:disabled)`) || card.querySelector("button:not(:disabled)"))?.focus();
}

function drawLeft(door) {
  const left = leftWords(door);
  const place = cards.get(door.id).querySelector(".dr-left");
  if (place) place.textContent = left ? ` · ${left}` : "";
}

const shownAs = new Map();

function tick() {
  for (const door of store.doors.values()) {
    if (door.lock !== "unlocked") continue;
    // An opening time that is over is drawn as such; until then only the seconds change.
    const words = describe(door).words;
    if (shownAs.get(door.id) !== words) {
      shownAs.set(door.id, words);
      draw(door);
    } else {
      drawLeft(door);
    }
  }
}

// --- Which are shown ---

function choose() {
  if (!search) return;
  const wanted = search.value.trim().toLocaleLowerCase();
  let shown = 0;
  for (const card of cards.values()) {
    card.hidden = !card.dataset.text.includes(wanted) || (filter === "attention" && card.dataset.unusual !== "true");
    if (!card.hidden) shown += 1;
  }
  for (const section of holder.children) section.hidden = !section.querySelector(".dr-door:not([hidden])");
  nothing.hidden = shown > 0;
  const all = fill(ngettext("%(count)s door", "%(count)s doors", cards.size), { count: String(cards.size) });
  const words = shown === cards.size ? all : fill(gettext("%(shown)s of %(all)s"), { shown: String(shown), all });
  if (count.textContent !== words) count.textContent = words;
}

makeCards();
choose();
search?.addEventListener("input", choose);
for (const button of document.querySelectorAll("[data-filter]")) {
  button.addEventListener("click", () => {
    filter = button.dataset.filter;
    for (const other of document.querySelectorAll("[data-filter]")) other.setAttribute("aria-pressed", String(other === button));
    choose();
  });
}
