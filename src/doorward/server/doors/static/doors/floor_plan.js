// One floor plan: doors as markers with their live state; placing them by pointer and by keyboard.

import { patch, put, remove, request } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { toast, toastError } from "/static/console/toast.js";
import { fill } from "/static/console/format.js";
import { element, icon, hiddenWords, pageData } from "./elements.js";
import { describe, leftWords, sinceWords } from "./door_state.js";
import { DoorStore } from "./door_store.js";
import { actionButtons } from "./door_actions.js";

const STEP = 0.01;
const FINE_STEP = 0.002;
const SAVE_AFTER_MILLISECONDS = 500;
const ZOOMS = [1, 1.5, 2, 3, 4];
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const data = pageData("plan-data");
const plan = document.getElementById("plan");
const markers = document.getElementById("markers");
const side = document.getElementById("door-side");
const edit = document.getElementById("edit-plan");
const unplaced = document.getElementById("unplaced");
const unplacedList = document.getElementById("unplaced-list");
const places = new Map(data.doors.filter((door) => door.place).map((door) => [door.id, { x: door.place[0], y: door.place[1] }]));
const saving = new Map();
let chosen = null;
let editing = false;
let zoom = 0;

const store = new DoorStore(data, {
  onDoor: (door) => {
    drawMarker(door);
    if (chosen === door.id) drawSide();
  },
  onTick: () => {
    for (const door of store.doors.values()) {
      if (door.lock !== "unlocked") continue;
      drawMarker(door);
      if (chosen === door.id) drawSide();
    }
  },
});

// --- Markers ---

const found = (id) => markers.querySelector(`[data-door="${id}"]`);

function drawMarker(door) {
  const place = places.get(door.id);
  let marker = found(door.id);
  if (!place) {
    marker?.parentElement.remove();
    return;
  }
  if (!marker) {
    marker = element("button", { type: "button", class: "dr-marker", "data-door": String(door.id), onclick: () => choose(door.id) });
    marker.addEventListener("pointerdown", (event) => startDrag(event, door, marker));
    marker.addEventListener("keydown", (event) => moveByKey(event, door));
    markers.append(element("li", {}, marker));
  }
  const state = describe(door);
  const drawn = JSON.stringify([state, door.name, editing]);
  if (marker.dataset.drawn !== drawn) {
    marker.dataset.drawn = drawn;
    marker.dataset.tone = state.tone;
    marker.dataset.connected = String(door.connected);
    marker.setAttribute("aria-describedby", editing ? "unplaced-help" : "");
    if (!editing) marker.removeAttribute("aria-describedby");
    marker.replaceChildren(
      element("span", { class: "dr-marker-sign" }, icon(state.icon)),
      element("span", { class: "dr-marker-name", text: door.name }),
      hiddenWords(`: ${[state.words, state.more].filter(Boolean).join(", ")}`),
    );
  }
  marker.setAttribute("aria-pressed", String(chosen === door.id));
  marker.parentElement.style.left = `${place.x * 100}%`;
  marker.parentElement.style.top = `${place.y * 100}%`;
  // Near the right edge the name stands on the other side.
  marker.parentElement.classList.toggle("dr-turned", place.x > 0.6);
}

function drawAll() {
  for (const door of store.doors.values()) drawMarker(door);
  drawSide();
  drawUnplaced();
}

function choose(id) {
  chosen = id;
  for (const marker of markers.querySelectorAll(".dr-marker")) marker.setAttribute("aria-pressed", String(marker.dataset.door === String(id)));
  drawSide();
}

// --- Beside the plan ---

let sideDrawn = "";

function drawSide() {
  const door = chosen === null ? null : store.doors.get(chosen);
  if (!door || !places.has(door.id)) {
    sideDrawn = "";
    side.replaceChildren(element("p", { class: "dw-quiet", text: emptyWords() }));
    return;
  }
  const state = describe(door);
  const left = leftWords(door);
  const now = JSON.stringify([door, state, left, editing]);
  if (now === sideDrawn) return;
  sideDrawn = now;
  const focused = side.contains(document.activeElement) ? document.activeElement.dataset.action : null;
  side.dataset.tone = state.tone;
  side.replaceChildren(
    element("div", { class: "dr-door-title" }, element("h2", { text: door.name })),
    element(
      "div",
      { class: "dr-state" },
      element("span", { class: "dr-sign" }, icon(state.icon)),
      element(
        "div",
        {},
        element("p", { class: "dr-state-words" }, element("span", { class: "dw-strong", text: state.words }), state.more ? element("span", { class: "dw-quiet", text: ` · ${state.more}` }) : null),
        element("p", { class: "dw-quiet", text: [sinceWords(door, state), left].filter(Boolean).join(" · ") }),
      ),
    ),
    (editing ? takeOffButton(door) : actionButtons(door, (answered) => store.put(answered))) || "",
  );
  if (focused) (side.querySelector(`[data-action="${focused}"]:not(:disabled)`) || side.querySelector("button:not(:disabled)"))?.focus();
}

function emptyWords() {
  if (!places.size) {
    return data.may_edit ? gettext("No door lies on this plan yet. Choose “Place doors”.") : gettext("No door lies on this plan yet.");
  }
  return editing ? gettext("Drag a door, or choose one and move it with the arrow keys.") : gettext("Choose a door on the plan to see its state and open it.");
}

function takeOffButton(door) {
  return element(
    "div",
    { class: "dr-actions" },
    element("button", { type: "button", class: "dw-button dw-button-small", "data-action": "off", onclick: () => takeOff(door) }, icon("wrong_location"), gettext("Take off the plan")),
  );
}

// --- Placing ---

function drawUnplaced() {
  if (!unplaced) return;
  unplaced.hidden = !editing;
  document.getElementById("plan-settings").hidden = !editing;
  const waiting = [...store.doors.values()].filter((door) => !places.has(door.id) && door.may_edit);
  unplacedList.replaceChildren(
    ...waiting.map((door) =>
      element("li", {}, element("button", { type: "button", class: "dw-button dw-button-small", onclick: () => putOn(door) }, icon("add_location_alt"), door.name)),
    ),
  );
  if (!waiting.length) unplacedList.append(element("li", { class: "dw-quiet", text: gettext("Every door is on the plan.") }));
}

function setEditing(wanted) {
  editing = wanted;
  edit.setAttribute("aria-pressed", String(editing));
  edit.querySelector("span:last-child").textContent = editing ? gettext("Done") : gettext("Place doors");
  plan.classList.toggle("dr-editing", editing);
  sideDrawn = "";
  drawAll();
}

async function save(door) {
  const place = places.get(door.id);
  saving.delete(door.id);
  if (!place) return;
  try {
    await put(`/api/v1/floor-plans/${data.plan}/doors/${door.id}`, place);
    plan.dataset.saved = String(Number(plan.dataset.saved || 0) + 1);
  } catch (error) {
    toastError(error);
  }
}

function saveSoon(door) {
  clearTimeout(saving.get(door.id));
  saving.set(door.id, setTimeout(() => save(door), SAVE_AFTER_MILLISECONDS));
}

const within = (value) => Math.min(1, Math.max(0, value));

function moveTo(door, x, y) {
  places.set(door.id, { x: within(x), y: within(y) });
  drawMarker(door);
}

function putOn(door) {
  // One after another they do not cover each other.
  const offset = ((places.size * 7) % 20) / 100;
  moveTo(door, 0.4 + offset, 0.4 + offset);
  saveSoon(door);
  drawUnplaced();
  choose(door.id);
  found(door.id).focus();
}

async function takeOff(door) {
  clearTimeout(saving.get(door.id));
  try {
    await remove(`/api/v1/floor-plans/${data.plan}/doors/${door.id}`);
    places.delete(door.id);
    chosen = null;
    drawAll();
    unplacedList.querySelector("button")?.focus();
  } catch (error) {
    toastError(error);
  }
}

function moveByKey(event, door) {
  if (!editing || !door.may_edit) return;
  if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    takeOff(door);
    return;
  }
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const size = event.shiftKey ? FINE_STEP : STEP;
  const place = places.get(door.id);
  moveTo(door, place.x + step[0] * size, place.y + step[1] * size);
  choose(door.id);
  saveSoon(door);
}

function startDrag(event, door, marker) {
  if (!editing || !door.may_edit || event.button !== 0) return;
  event.preventDefault();
  marker.focus();
  choose(door.id);
  const area = plan.getBoundingClientRect();
  const place = places.get(door.id);
  const grip = { x: event.clientX - (area.left + place.x * area.width), y: event.clientY - (area.top + place.y * area.height) };
  marker.setPointerCapture(event.pointerId);
  const move = (at) => {
    const now = plan.getBoundingClientRect();
    moveTo(door, (at.clientX - grip.x - now.left) / now.width, (at.clientY - grip.y - now.top) / now.height);
  };
  const end = () => {
    marker.removeEventListener("pointermove", move);
    saveSoon(door);
  };
  marker.addEventListener("pointermove", move);
  marker.addEventListener("pointerup", end, { once: true });
  marker.addEventListener("pointercancel", end, { once: true });
}

// --- Size ---

for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => {
    zoom = Math.min(ZOOMS.length - 1, Math.max(0, zoom + Number(button.dataset.zoom)));
    plan.style.width = `${ZOOMS[zoom] * 100}%`;
    for (const other of document.querySelectorAll("[data-zoom]")) {
      other.disabled = Number(other.dataset.zoom) < 0 ? zoom === 0 : zoom === ZOOMS.length - 1;
    }
  });
}
document.querySelector('[data-zoom="-1"]').disabled = true;

// --- The plan itself ---

edit?.addEventListener("click", () => setEditing(!editing));

document.getElementById("plan-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    const file = form.elements.picture.files[0];
    const name = form.elements.name.value.trim();
    if (name !== data.name) await patch(`/api/v1/floor-plans/${data.plan}`, { name });
    if (file) {
      const body = new FormData();
      body.append("picture", file);
      await request("POST", `/api/v1/floor-plans/${data.plan}/picture`, body);
    }
    toast(gettext("Saved."), { kind: "success" });
    if (file || name !== data.name) window.location.reload();
  } catch (error) {
    toastError(error);
  }
});

document.getElementById("remove-plan")?.addEventListener("click", async () => {
  const agreed = await ask({
    title: fill(gettext("Remove the floor plan %(name)s?"), { name: data.name }),
    words: [gettext("The picture and the places of the doors on it are gone then. The doors themselves stay.")],
    confirm: gettext("Remove"),
    dangerous: true,
  });
  if (!agreed) return;
  try {
    await remove(`/api/v1/floor-plans/${data.plan}`);
    window.location.assign(data.plans_address);
  } catch (error) {
    toastError(error);
  }
});

if (data.may_edit && window.location.hash === "#place") setEditing(true);
else drawAll();
