// The tree of devices: by group, live by the stream, chosen with pointer or keys, many done at once.

import { get, post } from "/static/console/api.js";
import { connectionSign } from "/static/console/connection.js";
import { ask } from "/static/console/dialog.js";
import { fill, number } from "/static/console/format.js";
import { Stream } from "/static/console/stream.js";
import { toast, toastError } from "/static/console/toast.js";
import { ACTIONS } from "./actions.js";
import { BulkDialog } from "./bulk.js";
import {
  attemptWords, driftWords, field, groupSelect, groupTree, hidden, holderLine, icon, isOff, make, may, modeWords,
  modelOf, moment, nameOf, option, pageOf, shown, stateBadge, stateOf, stateWords,
} from "./common.js";

const PAGE = 1000;
const LOOK_MILLISECONDS = 20_000;
const TICK_MILLISECONDS = 1000;
// A site of thousands begins with its groups closed.
const MOST_OPEN_AT_FIRST = 400;
const NO_GROUP = "none";

const devices = new Map();
const chosen = new Set();
const closed = new Set();
const rows = new Map();
let groups = [];
let focused = null;

const byId = (name) => document.getElementById(name);
const body = byId("tree").querySelector("tbody");
const filters = { q: byId("filter-q"), state: byId("filter-state"), mode: byId("filter-mode") };

// --- Reading -----------------------------------------------------------------------------------------------------------

async function readAll() {
  const found = [];
  let after = 0;
  do {
    const page = await get(`/api/v1/devices?limit=${PAGE}&after=${after}`);
    found.push(...page.items);
    after = page.next;
  } while (after);
  devices.clear();
  for (const device of found) devices.set(device.device_id, device);
  for (const numberOf of chosen) if (!devices.has(numberOf)) chosen.delete(numberOf);
}

async function readSome(numbers) {
  for (const one of numbers) {
    try {
      devices.set(one, await get(`/api/v1/devices/${one}`));
    } catch (error) {
      if (error.status === 404) devices.delete(one);
    }
  }
  draw();
}

const wanted = new Set();
let asking = null;

/** Ask for devices anew, all that change in a moment together. */
function readSoon(one) {
  wanted.add(one);
  asking ??= setTimeout(async () => {
    const some = [...wanted];
    wanted.clear();
    asking = null;
    if (some.length > 25) {
      await readAll().catch(() => {});
      draw();
    } else await readSome(some);
  }, 250);
}

// --- Filters -----------------------------------------------------------------------------------------------------------

const CHOICES = ["live", "lost", "released", "catching up", "connecting", "waiting for approval", "blocked", "disabled"];

function fits(device) {
  const text = filters.q.value.trim().toLowerCase();
  if (filters.state.value && stateOf(device) !== filters.state.value) return false;
  if (filters.mode.value && device.mode !== filters.mode.value) return false;
  if (!text) return true;
  const words = [device.name, device.device_id, modelOf(device), device.model, device.address, device.last_address, device.connected_address, device.group];
  return words.join("\n").toLowerCase().includes(text);
}

function beginFilters() {
  const query = new URLSearchParams(location.search);
  filters.state.append(option("", gettext("Any state")), ...CHOICES.map((state) => option(state, stateWords(state))));
  filters.mode.append(option("", gettext("Any mode")), option("server", modeWords("server")), option("direct", modeWords("direct")));
  for (const [name, input] of Object.entries(filters)) {
    input.value = query.get(name) || "";
    if (input.tagName === "SELECT" && input.selectedIndex < 0) input.selectedIndex = 0;
    input.addEventListener("input", () => {
      const now = new URLSearchParams();
      for (const [key, each] of Object.entries(filters)) if (each.value) now.set(key, each.value);
      history.replaceState(null, "", now.size ? `?${now}` : location.pathname);
      draw();
    });
  }
}

function drawCounts() {
  const counts = new Map();
  for (const device of devices.values()) counts.set(stateOf(device), (counts.get(stateOf(device)) || 0) + 1);
  const order = ["live", "lost", "released", "waiting for approval", "catching up", "connecting", "identifying", "blocked", "disabled", "unknown"];
  byId("counts").replaceChildren(
    ...order.filter((state) => counts.has(state)).map((state) =>
      make("li", {}, make("button", {
        type: "button", class: "dv-count", "aria-pressed": String(filters.state.value === state),
        on: { click: () => {
          filters.state.value = filters.state.value === state || !CHOICES.includes(state) ? "" : state;
          filters.state.dispatchEvent(new Event("input"));
        } },
      }, make("span", { class: "dv-count-number" }, number(counts.get(state))), stateBadge(state)))),
  );
}

// --- Drawing -----------------------------------------------------------------------------------------------------------

/** The lines of the tree: groups and devices with their depth, those that fit and whose groups are open. */
function lines() {
  const inGroup = new Map();
  let count = 0;
  const known = new Set(groups.map((group) => group.id));
  for (const device of devices.values()) {
    if (!fits(device)) continue;
    count += 1;
    const key = known.has(device.group_id) ? device.group_id : NO_GROUP;
    if (!inGroup.has(key)) inGroup.set(key, []);
    inGroup.get(key).push(device);
  }
  const isFiltered = Object.values(filters).some((input) => input.value);
  const found = [];
  const put = (key, depth) => {
    const members = (inGroup.get(key) || []).toSorted((one, other) => nameOf(one).localeCompare(nameOf(other), undefined, { numeric: true }));
    for (const device of members) found.push({ kind: "device", key: `d${device.device_id}`, device, depth });
  };
  const tree = groupTree(groups);
  const all = new Map(); // devices in a group and below it
  for (let place = tree.length - 1; place >= 0; place -= 1) {
    const group = tree[place];
    const own = [...(inGroup.get(group.id) || []), ...(all.get(group.id) || [])];
    all.set(group.id, own);
    if (known.has(group.parent_id)) all.set(group.parent_id, [...(all.get(group.parent_id) || []), ...own]);
  }
  let hiddenBelow = Infinity;
  for (const group of tree) {
    if (group.depth > hiddenBelow) continue;
    hiddenBelow = Infinity;
    const members = all.get(group.id);
    if (isFiltered && !members.length) continue;
    const open = !closed.has(group.id);
    found.push({ kind: "group", key: `g${group.id}`, id: group.id, name: group.name, depth: group.depth, members, open });
    if (open) put(group.id, group.depth + 1);
    else hiddenBelow = group.depth;
  }
  const loose = inGroup.get(NO_GROUP) || [];
  if (loose.length && tree.length) {
    const open = !closed.has(NO_GROUP);
    found.push({ kind: "group", key: "gnone", id: NO_GROUP, name: gettext("Without a group"), depth: 0, members: loose, open });
    if (open) put(NO_GROUP, 1);
  } else put(NO_GROUP, 0);
  return { found, count };
}

function draw() {
  const { found, count } = lines();
  const used = new Set();
  let before = null;
  for (const line of found) {
    used.add(line.key);
    let row = rows.get(line.key);
    if (!row) {
      row = line.kind === "group" ? groupRow(line) : deviceRow(line);
      rows.set(line.key, row);
    }
    row.update(line);
    const place = before ? before.nextSibling : body.firstChild;
    if (row.element !== place) body.insertBefore(row.element, place);
    before = row.element;
  }
  for (const [key, row] of rows) {
    if (!used.has(key)) {
      row.element.remove();
      rows.delete(key);
    }
  }
  if (!focused || !rows.has(focused)) focused = found[0]?.key ?? null;
  for (const [key, row] of rows) row.element.tabIndex = key === focused ? 0 : -1;
  byId("tree").hidden = !found.length;
  byId("empty").hidden = devices.size > 0 || groups.length > 0;
  byId("nothing-found").hidden = found.length > 0 || !byId("empty").hidden;
  const words = count === devices.size
    ? ngettext("%(count)s device", "%(count)s devices", count)
    : ngettext("%(count)s of %(all)s device", "%(count)s of %(all)s devices", devices.size);
  byId("found").textContent = fill(words, { count: number(count), all: number(devices.size) });
  drawCounts();
  drawChosen();
}

function box(words, onChange) {
  const input = make("input", { type: "checkbox", class: "dv-box", tabIndex: -1 });
  const label = make("label", { class: "dv-box-label" }, input, hidden(words));
  input.addEventListener("change", () => onChange(input.checked));
  return { input, label };
}

function groupRow(first) {
  const toggle = make("button", { type: "button", class: "dv-toggle", tabIndex: -1 }, icon("chevron_right"), hidden(gettext("Open or close the group")));
  const pick = box(fill(gettext("Choose all in %(name)s"), { name: first.name }), (checked) => {
    for (const device of row.line.members) checked ? chosen.add(device.device_id) : chosen.delete(device.device_id);
    draw();
  });
  const name = make("span", { class: "dv-group-name" });
  const count = make("span", { class: "dw-quiet dw-small" });
  const states = make("span", { class: "dv-group-states" });
  const inner = make("div", { class: "dv-device-cell" }, toggle, pick.label, icon("folder"), name, count, states);
  const element = make("tr", { role: "row", class: "dv-group" }, make("td", { role: "gridcell", colSpan: 5 }, inner));
  element.dataset.key = first.key;
  toggle.addEventListener("click", () => open(row.line, !row.line.open));
  const row = {
    element,
    line: first,
    update(line) {
      row.line = line;
      element.setAttribute("aria-level", line.depth + 1);
      element.setAttribute("aria-expanded", String(line.open));
      inner.dataset.depth = Math.min(line.depth, 6);
      name.textContent = line.name;
      count.textContent = number(line.members.length);
      const some = line.members.filter((device) => chosen.has(device.device_id)).length;
      pick.input.checked = some > 0 && some === line.members.length;
      pick.input.indeterminate = some > 0 && some < line.members.length;
      pick.input.disabled = !line.members.length;
      const lost = line.members.filter((device) => stateOf(device) === "lost").length;
      const waits = line.members.filter((device) => stateOf(device) === "waiting for approval").length;
      states.replaceChildren(
        ...(lost ? [make("span", { class: "dw-badge dw-badge-bad" }, fill(gettext("%(count)s lost"), { count: lost }))] : []),
        ...(waits ? [make("span", { class: "dw-badge dw-badge-warn" }, fill(gettext("%(count)s waiting"), { count: waits }))] : []),
      );
    },
  };
  return row;
}

function deviceRow(first) {
  const pick = box("", (checked) => {
    checked ? chosen.add(first.device.device_id) : chosen.delete(first.device.device_id);
    draw();
  });
  const link = make("a", { class: "dw-link dv-name", href: pageOf(first.device.device_id), tabIndex: -1 });
  const detail = make("span", { class: "dw-quiet dw-small" });
  const inner = make("div", { class: "dv-device-cell" }, pick.label, make("span", { class: "dv-stack" }, link, detail));
  const state = make("td", { role: "gridcell" });
  const address = make("td", { role: "gridcell" });
  const record = make("td", { role: "gridcell" });
  const clock = make("td", { role: "gridcell" });
  state.dataset.title = gettext("State");
  address.dataset.title = gettext("Address");
  record.dataset.title = gettext("Record complete until");
  clock.dataset.title = gettext("Clock");
  const next = make("span", { class: "dw-quiet dw-small dv-next" });
  const element = make("tr", { role: "row", class: "dv-device" }, make("td", { role: "gridcell" }, inner), state, address, record, clock);
  element.dataset.key = first.key;
  const row = {
    element,
    line: first,
    tick() {
      next.textContent = [holderLine(row.line.device), attemptWords(row.line.device)].filter(Boolean).join(" ");
    },
    update(line) {
      const { device } = line;
      const isChosen = chosen.has(device.device_id);
      row.line = line;
      element.setAttribute("aria-level", line.depth + 1);
      element.setAttribute("aria-selected", String(isChosen));
      inner.dataset.depth = Math.min(line.depth, 6);
      pick.input.checked = isChosen;
      const key = JSON.stringify(device);
      if (row.drawn === key) return;
      row.drawn = key;
      pick.label.querySelector(".dw-hidden-words").textContent = fill(gettext("Choose %(name)s"), { name: nameOf(device) });
      link.textContent = nameOf(device);
      detail.textContent = [device.name ? device.device_id : "", modelOf(device)].filter(Boolean).join(" · ");
      state.replaceChildren(
        make("div", { class: "dv-state-line" }, stateBadge(stateOf(device)), device.since ? make("span", { class: "dw-quiet dw-small" }, gettext("since"), " ", moment(device.since)) : null),
        ...(device.reason && device.state !== "live" ? [make("p", { class: "dv-reason" }, device.reason)] : []),
        next,
      );
      const at = device.connected_address || device.last_address || device.address;
      address.replaceChildren(make("span", { class: "dv-stack" }, at || "–", make("span", { class: "dw-quiet dw-small" }, modeWords(device.mode))));
      record.replaceChildren(make("span", { class: "dv-stack" }, moment(device.complete_until), device.hindrance ? make("span", { class: "dv-warn dw-small" }, device.hindrance) : null));
      clock.replaceChildren(make("span", { class: isOff(device.clock_drift_seconds) ? "dv-warn" : "" }, driftWords(device.clock_drift_seconds)));
      row.tick();
    },
  };
  return row;
}

// --- Keys --------------------------------------------------------------------------------------------------------------

function focusRow(key) {
  focused = key;
  for (const [each, row] of rows) row.element.tabIndex = each === key ? 0 : -1;
  rows.get(key)?.element.focus();
}

function open(line, isOpen) {
  isOpen ? closed.delete(line.id) : closed.add(line.id);
  draw();
}

function toggleChosen(line) {
  const members = line.kind === "group" ? line.members : [line.device];
  const all = members.every((device) => chosen.has(device.device_id));
  for (const device of members) all ? chosen.delete(device.device_id) : chosen.add(device.device_id);
  draw();
}

body.addEventListener("focusin", (event) => {
  const key = event.target.closest("tr")?.dataset.key;
  if (key && key !== focused) {
    focused = key;
    for (const [each, row] of rows) row.element.tabIndex = each === key ? 0 : -1;
  }
});

body.addEventListener("keydown", (event) => {
  const element = event.target.closest("tr");
  if (!element || event.ctrlKey || event.metaKey || event.altKey) return;
  const { line } = rows.get(element.dataset.key);
  const onRow = event.target === element;
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (step) {
    const other = element[step];
    if (other) focusRow(other.dataset.key);
  } else if (event.key === "Home" || event.key === "End") {
    focusRow((event.key === "Home" ? body.firstElementChild : body.lastElementChild).dataset.key);
  } else if (event.key === "ArrowRight" && line.kind === "group" && !line.open) open(line, true);
  else if (event.key === "ArrowLeft" && line.kind === "group" && line.open) open(line, false);
  else if (event.key === "ArrowLeft") {
    let above = element.previousElementSibling;
    while (above && Number(above.getAttribute("aria-level")) >= line.depth + 1) above = above.previousElementSibling;
    if (above) focusRow(above.dataset.key);
  } else if (event.key === " " && onRow) toggleChosen(line);
  else if (event.key === "Enter" && onRow && line.kind === "device") location.assign(pageOf(line.device.device_id));
  else if (event.key === "Enter" && onRow) open(line, !line.open);
  else return;
  event.preventDefault();
});

// --- Many at once ------------------------------------------------------------------------------------------------------

const BULK = ["approve", "block", "sync_time", "fetch_log", "reboot", "reset", "move"];
const bulk = new BulkDialog(byId("bulk"), { onChanged: (numbers) => numbers.forEach(readSoon) });

function drawChosen() {
  const count = chosen.size;
  byId("bulk-bar").hidden = !count;
  byId("chosen-count").textContent = fill(ngettext("%(count)s chosen", "%(count)s chosen", count), { count: number(count) });
}

for (const name of BULK.filter((each) => may(ACTIONS[each].right))) {
  const action = ACTIONS[name];
  byId("bulk-buttons").append(make("button", {
    type: "button", class: "dw-button dw-button-small",
    on: { click: () => {
      const some = [...chosen].map((each) => devices.get(each)).filter(Boolean);
      if (name !== "move") bulk.ask(action, some);
      else {
        const select = groupSelect(groups, null, "devices.edit");
        bulk.ask(action, some, { content: field(gettext("To which group"), select), value: () => select.value });
      }
    } },
  }, icon(action.icon), action.title()));
}

byId("choose-none").addEventListener("click", () => {
  chosen.clear();
  draw();
  if (focused) focusRow(focused);
});

// --- Adding ------------------------------------------------------------------------------------------------------------

if (may("devices.edit") && may("devices.approve")) byId("add-device").hidden = false;

byId("add-device").addEventListener("click", async () => {
  const input = (attributes) => make("input", { class: "dw-input", autocomplete: "off", ...attributes });
  const parts = {
    device_id: input({ inputmode: "numeric", pattern: "[0-9]+", required: true }),
    address: input({ required: true }),
    port: input({ inputmode: "numeric", placeholder: gettext("that of the model") }),
    name: input({ maxLength: 100 }),
    password: input({ type: "password", autocomplete: "new-password", maxLength: 64 }),
  };
  const group = groupSelect(groups, null, "devices.edit");
  const content = make("div", { class: "dw-form" },
    field(gettext("Number of the device"), parts.device_id, gettext("The serial number; a search shows it.")),
    field(gettext("Address"), parts.address), field(gettext("Port"), parts.port), field(gettext("Name"), parts.name), field(gettext("Group"), group),
    field(gettext("Communication password"), parts.password, gettext("Only where one is set at the device. It is never shown again.")));
  const agreed = await ask({
    title: gettext("Add a device in direct mode"),
    words: gettext("The server dials the device from now on, and it is let in. Devices in server mode need not be added: they call by themselves."),
    confirm: gettext("Add"), content,
  });
  if (!agreed) return;
  try {
    const added = await post("/api/v1/devices", {
      device_id: Number(parts.device_id.value), address: parts.address.value.trim(), port: parts.port.value ? Number(parts.port.value) : null,
      name: parts.name.value.trim(), group_id: group.value ? Number(group.value) : null, password: parts.password.value,
    });
    devices.set(added.device_id, added);
    draw();
    toast(fill(gettext("%(name)s was added."), { name: nameOf(added) }), { kind: "success" });
  } catch (error) {
    toastError(error);
  }
});

// --- Life --------------------------------------------------------------------------------------------------------------

function heard(kind, data) {
  if (data.device === null || data.device === undefined) return;
  const device = devices.get(data.device);
  if (kind === "device" && data.what === "state" && device) {
    devices.set(data.device, { ...device, state: data.state, reason: data.reason, since: data.state === device.state ? device.since : data.at, connected_address: data.address, next_attempt: null });
    drawSoon();
  }
  readSoon(data.device);
}

let drawing = null;
function drawSoon() {
  drawing ??= requestAnimationFrame(() => {
    drawing = null;
    draw();
  });
}

async function begin() {
  beginFilters();
  try {
    [groups] = await Promise.all([get("/api/v1/devices/groups"), readAll()]);
  } catch (error) {
    toastError(error);
  }
  if (devices.size > MOST_OPEN_AT_FIRST) for (const key of [...groups.map((group) => group.id), NO_GROUP]) closed.add(key);
  byId("loading").remove();
  draw();
  const stream = new Stream({
    kinds: ["device", "record"],
    parameters: { kind: ["device", "record"] },
    after: shown.position,
    onMessage: heard,
    onState: connectionSign(),
    onReset: () => readAll().then(draw, toastError),
  });
  stream.open();
  setInterval(() => {
    if (!document.hidden) for (const row of rows.values()) row.tick?.();
  }, TICK_MILLISECONDS);
  setInterval(() => {
    if (!document.hidden) readAll().then(draw, () => {});
  }, LOOK_MILLISECONDS * Math.ceil(Math.max(1, devices.size) / PAGE));
}

begin();
