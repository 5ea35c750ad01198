// One device: its state live, what is known of it, what can be done with it, its history, and its settings.

import { get, remove } from "/static/console/api.js";
import { connectionSign } from "/static/console/connection.js";
import { ask } from "/static/console/dialog.js";
import { dateTime, fill, number, span } from "/static/console/format.js";
import { Stream } from "/static/console/stream.js";
import { toast, toastError } from "/static/console/toast.js";
import { ACTIONS, unfit } from "./actions.js";
import {
  attemptWords, badge, driftWords, icon, isOff, make, may, modeWords, modelOf, moment, nameOf, shown,
  stateBadge, stateOf, stateWords,
} from "./common.js";
import { HoldCard } from "/static/holds/hold.js";
import { PersonNames } from "/static/people/person_names.js";
import { beginSettings } from "./settings.js";

const API = `/api/v1/devices/${shown.device_id}`;
const MOST_EVENTS = 20;
const LOOK_MILLISECONDS = 15_000;
const byId = (name) => document.getElementById(name);
let device = null;
let isGone = false;

// --- State -------------------------------------------------------------------------------------------------------------

const next = make("p", { class: "dw-quiet dw-small", "aria-live": "off" });

function drawState() {
  const parts = [make("div", { class: "dv-state-line" }, stateBadge(stateOf(device)), device.since ? make("span", { class: "dw-quiet dw-small" }, gettext("since"), " ", moment(device.since)) : null)];
  if (device.reason) parts.push(make("p", {}, device.reason));
  parts.push(next);
  const isAway = device.approval === "approved" && device.enabled && ["lost", "connecting", "identifying"].includes(device.state);
  if (isAway && shown.addresses.probe) {
    parts.push(make("a", { class: "dw-link", href: shown.addresses.probe.replace("/0/", `/${device.device_id}/`) }, gettext("Why is it not reached?")));
  }
  byId("state").replaceChildren(...parts);
  tick();
}

function tick() {
  if (device) next.textContent = attemptWords(device);
}

// --- Facts -------------------------------------------------------------------------------------------------------------

function facts(holder, pairs) {
  holder.replaceChildren(...pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").flatMap(([name, value]) => [
    make("dt", {}, name), make("dd", {}, value),
  ]));
}

function drawFacts() {
  const clock = make("span", { class: isOff(device.clock_drift_seconds) ? "dv-warn" : "" }, driftWords(device.clock_drift_seconds));
  const checked = device.clock_checked ? make("span", { class: "dw-quiet dw-small" }, ` ${fill(gettext("when it was read at %(time)s"), { time: dateTime(device.clock_checked) })}`) : null;
  const approved = device.approval_at ? fill(gettext("%(time)s by %(who)s"), { time: dateTime(device.approval_at), who: device.approval_by }) : null;
  facts(byId("facts"), [
    [gettext("Number"), String(device.device_id)],
    [gettext("Model"), modelOf(device)],
    [gettext("Group"), device.group || gettext("none")],
    [gettext("Mode"), device.mode === "direct" ? fill(gettext("direct mode: the server dials %(address)s"), { address: device.port ? `${device.address}:${device.port}` : device.address }) : gettext("server mode: the device dials the server")],
    [gettext("Through the agent"), device.agent === null ? null : may("agents.view") ? make("a", { class: "dw-link", href: `${shown.addresses.agents}${device.agent}/` }, device.agent_name) : device.agent_name],
    [gettext("Connected"), device.connected_address ? (device.mode === "direct" ? fill(gettext("at %(address)s"), { address: device.connected_address }) : fill(gettext("from %(address)s"), { address: device.connected_address })) : gettext("no")],
    [gettext("Let in"), approved && device.approval === "approved" ? approved : stateWords(device.approval)],
    [gettext("Let in at"), device.approved_address],
    [gettext("Record complete until"), moment(device.complete_until, { none: gettext("nothing was read yet") })],
    [gettext("Why not further"), device.hindrance ? make("span", { class: "dv-warn" }, device.hindrance) : null],
    [gettext("Clock"), device.clock_checked || device.clock_drift_seconds !== null ? make("span", {}, clock, checked) : gettext("not read yet")],
    [gettext("Clock is set"), device.time_sync ? gettext("by the server") : gettext("not by the server")],
    [gettext("Zone"), device.zone || fill(gettext("%(zone)s, as the site"), { zone: shown.site_zone })],
    [gettext("Password"), device.has_password ? gettext("kept, not shown") : null],
    [gettext("First seen"), moment(device.first_seen)],
    [gettext("Last seen"), device.last_seen ? make("span", {}, moment(device.last_seen), device.last_address ? ` ${fill(gettext("from %(address)s"), { address: device.last_address })}` : "") : null],
  ]);
  const edit = byId("edit");
  edit.hidden = !may("devices.edit", device.group_id);
  edit.href = shown.addresses.edit.replace("/0/", `/${device.device_id}/`);
}

// --- What can be done --------------------------------------------------------------------------------------------------

const ORDER = ["approve", "sync_time", "fetch_log", "fetch_whole_log", "reconnect", "reboot", "reset", "block"];
const WITHOUT_A_LINE = new Set(["approve", "block", "reset"]);

function drawActions() {
  const buttons = ORDER.filter((name) => may(ACTIONS[name].right, device.group_id) && !ACTIONS[name].fits(device)).map((name) => {
    const action = ACTIONS[name];
    const needsLine = !WITHOUT_A_LINE.has(name);
    const isFirst = name === "approve";
    return make("button", {
      type: "button", class: `dw-button dw-button-small${isFirst ? " dw-button-primary" : ""}`,
      disabled: needsLine && (device.approval !== "approved" || !device.enabled),
      on: { click: (event) => run(action, event.currentTarget) },
    }, icon(action.icon), action.title());
  });
  const isInUse = device.approval === "approved" && device.enabled;
  if (may("devices.edit", device.group_id) && !isInUse) {
    buttons.push(make("button", { type: "button", class: "dw-button dw-button-small", on: { click: forget } }, icon("delete"), gettext("Remove")));
  }
  const holder = byId("actions");
  const had = holder.contains(document.activeElement) ? document.activeElement.textContent : null;
  holder.replaceChildren(...buttons);
  if (had) buttons.find((button) => button.textContent === had)?.focus();
}

async function run(action, button) {
  const reason = unfit(action, device);
  if (reason) {
    toast(reason, { kind: "warning" });
    return;
  }
  const title = `${action.title()}: ${nameOf(device)}`;
  if (!(await ask({ title, words: action.words(), confirm: action.title(), dangerous: action.dangerous }))) return;
  button.disabled = true;
  try {
    toast(await action.run(device), { kind: "success" });
  } catch (error) {
    toastError(error);
  }
  button.disabled = false;
  await look();
}

async function forget() {
  const agreed = await ask({
    title: fill(gettext("Remove %(name)s"), { name: nameOf(device) }),
    words: [gettext("The device is forgotten: its name, group, settings and connection history. Its events, gaps and alarms stay."), gettext("If it calls again, it is shown as a new one that waits for approval.")],
    confirm: gettext("Remove"), dangerous: true,
  });
  if (!agreed) return;
  try {
    isGone = true;
    await remove(API);
    location.assign(shown.addresses.devices);
  } catch (error) {
    isGone = false;
    toastError(error);
  }
}

// --- What it says of itself --------------------------------------------------------------------------------------------

byId("ask-information").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    const found = await get(`${API}/information`);
    facts(byId("information"), [
      [gettext("Product"), found.product_name || found.title],
      [gettext("Firmware"), found.firmware_version],
      [gettext("Board"), found.board_version],
      [gettext("Hardware address"), found.mac_address],
      ...Object.entries({ coprocessor_version: gettext("Coprocessor"), kernel_version: gettext("Kernel") }).map(([name, words]) => [words, found.details[name]]),
      [gettext("Its clock shows"), found.device_time.replace("T", " ")],
      [gettext("That is"), driftWords(found.clock_drift_seconds)],
      [gettext("Events in its log"), number(found.events_in_log)],
    ]);
    await look();
  } catch (error) {
    toastError(error);
  }
  button.disabled = false;
});

// --- History and gaps --------------------------------------------------------------------------------------------------

function paged(name, line, none) {
  const holder = byId(name);
  const more = byId(`${name}-more`);
  let before = null;
  const read = async (again = false) => {
    if (again) before = null;
    try {
      const page = await get(`${API}/${name}?limit=8${before ? `&before=${before}` : ""}`);
      if (again || before === null) holder.replaceChildren();
      holder.append(...page.items.map(line));
      before = page.next;
      more.parentElement.hidden = !before;
      if (!holder.children.length) holder.append(make("p", { class: "dv-none" }, none));
    } catch (error) {
      toastError(error);
    }
  };
  more.addEventListener("click", () => read());
  return read;
}

const readHistory = paged("history", (item) => make("div", { class: "dv-list-line" }, make("span", {}, moment(item.since)),
  make("div", { class: "dv-stack" }, make("span", {}, stateBadge(item.state)), make("span", {}, item.reason), item.by ? make("span", { class: "dw-quiet dw-small" }, item.by) : null)),
gettext("Nothing happened to its connections yet."));

const readGaps = paged("gaps", (item) => make("div", { class: "dv-list-line" }, make("span", {}, moment(item.found)),
  make("div", { class: "dv-stack" }, make("span", {}, item.reason), make("span", { class: "dw-quiet dw-small" }, gapWords(item)))),
gettext("No event of this device is known to be missing."));

function gapWords(gap) {
  const missing = gap.missing ? `${fill(ngettext("at least %(count)s event", "at least %(count)s events", gap.missing), { count: number(gap.missing) })}, ` : "";
  if (!gap.since) return missing + fill(gettext("before %(until)s"), { until: dateTime(gap.until) });
  return missing + fill(gettext("between %(since)s and %(until)s (%(span)s)"), {
    since: dateTime(gap.since), until: dateTime(gap.until), span: span((new Date(gap.until) - new Date(gap.since)) / 1000),
  });
}

// --- Events ------------------------------------------------------------------------------------------------------------

const KINDS = { info: "neutral", notice: "info", warning: "warn", alarm: "bad" };

const people = new PersonNames(shown.people, () => drawEvents());
let events = [];

function personWords(event) {
  if (event.pseudonym || !event.person) return event.pseudonym;
  const known = people.known(event.person);
  return known ? `${known.name} (${event.person})` : fill(gettext("person %(number)s"), { number: event.person });
}

function eventLine(event) {
  const words = make("span", {}, event.severity === "info" ? event.words : badge(KINDS[event.severity] || "neutral", event.words));
  const details = [event.how, personWords(event)].filter(Boolean).join(" · ");
  return make("div", { class: "dv-list-line" }, make("span", {}, moment(event.utc)), make("div", { class: "dv-stack" }, words, details ? make("span", { class: "dw-quiet dw-small" }, details) : null));
}

function beginEvents() {
  const data = byId("events-data");
  if (!data) return;
  events = JSON.parse(data.textContent);
  drawEvents();
}

function drawEvents() {
  byId("events").replaceChildren(...(events.length ? events.map(eventLine) : [make("p", { class: "dv-none" }, gettext("No event of this device is kept yet."))]));
}

function newEvent(event) {
  const holder = byId("events");
  if (!holder) return;
  events = [event, ...events].slice(0, MOST_EVENTS);
  if (events.length === 1) holder.replaceChildren();
  holder.prepend(eventLine(event));
  while (holder.children.length > MOST_EVENTS) holder.lastElementChild.remove();
}

// --- Life --------------------------------------------------------------------------------------------------------------

const holdCard = new HoldCard(byId("hold-card"), () => look());

/** Who asked for the device; nobody can where nobody has it. */
async function requests() {
  const isKept = device.holder && !["server", "other"].includes(device.holder.kind);
  return isKept ? (await get(`${API}/hold`)).requests : [];
}

function draw() {
  drawState();
  drawFacts();
  drawActions();
}

async function look() {
  if (isGone) return;
  try {
    device = await get(API);
    holdCard.draw(device, await requests());
    draw();
  } catch (error) {
    if (error.status === 404) location.assign(shown.addresses.devices);
    else toastError(error);
  }
}

let looking = null;
function lookSoon() {
  looking ??= setTimeout(() => {
    looking = null;
    if (isGone) return;
    look();
    readHistory(true);
  }, 200);
}

async function begin() {
  await look();
  beginEvents();
  readHistory();
  readGaps();
  const isKnown = device && device.approval === "approved";
  byId("information-card").hidden = !(isKnown && may("devices.command", device.group_id));
  if (device && may("devices.configure", device.group_id)) beginSettings(device);
  const kinds = ["device", "record", "gap"];
  new Stream({
    kinds,
    parameters: { kind: may("events.view", device?.group_id) ? [...kinds, "event"] : kinds, device: String(shown.device_id) },
    after: shown.position,
    onMessage: (kind, data) => {
      if (kind === "event") newEvent(data);
      else {
        if (kind === "gap") readGaps(true);
        lookSoon();
      }
    },
    onState: connectionSign(),
    onReset: lookSoon,
  }).open();
  setInterval(() => !document.hidden && tick(), 1000);
  setInterval(() => !document.hidden && look(), LOOK_MILLISECONDS);
}

begin();
