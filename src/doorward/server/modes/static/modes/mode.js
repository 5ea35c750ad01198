// A device is brought to server mode and back: what will be sent, each step as it is done, and the way back.

import { get, post, remove } from "/static/console/api.js";
import { connectionSign } from "/static/console/connection.js";
import { ask } from "/static/console/dialog.js";
import { dateTime, fill, number, span } from "/static/console/format.js";
import { Stream } from "/static/console/stream.js";
import { toastError } from "/static/console/toast.js";
import { badge, icon, make, may, modeWords, moment, shown } from "/static/devices/common.js";
import { step } from "/static/ports_pages/lines.js";

const API = `/api/v1/devices/${shown.device_id}/mode`;
const LOOK_MILLISECONDS = 2000;
const byId = (name) => document.getElementById(name);
const KINDS = { running: "running", done: "good", failed: "bad" };
const STATES = {
  "under way": ["info", () => gettext("under way")],
  overdue: ["warn", () => gettext("overdue")],
  done: ["good", () => gettext("done")],
  failed: ["bad", () => gettext("failed")],
  ended: ["neutral", () => gettext("ended")],
};
const TITLES = {
  look: () => gettext("Ask the device how it is set up"),
  write: () => gettext("Send it the new settings"),
  call: () => gettext("Wait for its call"),
  dial: () => gettext("Dial it"),
  ask: () => gettext("Ask the device by UDP why"),
  note: () => gettext("Note its mode here"),
};
const STEP_WORDS = { running: () => gettext("under way"), done: () => gettext("well"), failed: () => gettext("problem") };

let now = null;
const touched = new Set();

const mayChange = () => ["devices.configure", "devices.edit", "devices.approve"].every((right) => may(right, shown.group_id));
const isUnderWay = () => now?.change?.state === "under way";
const target = () => (now.mode === "direct" ? "server" : "direct");

function note(kind, name, ...lines) {
  return make("div", { class: `dv-note dv-note-${kind}` }, icon(name), make("div", {}, lines.filter(Boolean).map((line) => make("p", {}, line))));
}

// --- Now ---------------------------------------------------------------------------------------------------------------

function drawNow() {
  const words = now.mode === "direct"
    ? gettext("Direct mode is meant for temporary use, such as setting a device up: it serves one client at a time and tells its events only when it is asked. In server mode the device dials the server, tells each event at once, and everybody shares it.")
    : gettext("In server mode the device dials the server, tells each event at once and is shared by everybody: this is the mode for every day. Direct mode is meant for temporary use.");
  byId("now").replaceChildren(
    make("p", { class: "dv-state-line" }, badge(now.mode === "direct" ? "warn" : "good", modeWords(now.mode), { dot: true })),
    make("p", {}, words),
  );
}

// --- What will be sent -------------------------------------------------------------------------------------------------

function drawPlan() {
  const toServer = target() === "server";
  byId("server-fields").hidden = !toServer;
  const usual = { "server-address": now.server_address, "server-port": now.server_port ?? "" };
  for (const [name, value] of Object.entries(usual)) if (!touched.has(name)) byId(name).value = value;
  const lines = [];
  if (!mayChange()) lines.push(note("warn", "lock", gettext("Your roles do not include changing how this device is set up and reached.")));
  if (!now.way) lines.push(note("warn", "help", gettext("It is not known where the device is: search for it first.")));
  else if (toServer) lines.push(make("p", {}, fill(gettext("Sent: server mode, and the address and port of this server – %(way)s. The device then restarts its network, dials this server and is let in; the connection that the server keeps to it ends."), { way: now.way })));
  else lines.push(make("p", {}, fill(gettext("Sent: direct mode – %(way)s. The device then restarts its network and listens; the server dials it, asks who it is and keeps that connection."), { way: now.way })));
  lines.push(make("p", { class: "dw-quiet" }, gettext("The mode noted here changes only when the device was seen in it. If it does not come back, the likely reasons are told and the way back is offered.")));
  byId("plan").replaceChildren(...lines);
  const titles = { server: gettext("Bring it to server mode"), direct: gettext("Bring it to direct mode") };
  const buttons = [button(titles[target()], target(), true)];
  // What was sent and did not come true can be taken back, whatever is noted here.
  if (["overdue", "failed"].includes(now.change?.state)) buttons.push(button(now.mode === "direct" ? gettext("Set it back to direct mode") : gettext("Set it back to server mode"), now.mode, false));
  byId("buttons").replaceChildren(...buttons);
}

const button = (words, mode, isFirst) => make("button", {
  type: "button", class: `dw-button${isFirst ? " dw-button-primary" : ""}`, disabled: !mayChange() || isUnderWay(), on: { click: () => begin(mode) },
}, icon(mode === "server" ? "dns" : "cable"), words);

async function begin(mode) {
  const isServer = mode === "server";
  const address = byId("server-address").value.trim() || now.server_address;
  const port = Number(byId("server-port").value) || now.server_port;
  const agreed = await ask({
    title: isServer ? gettext("Bring it to server mode") : gettext("Bring it to direct mode"),
    words: [
      isServer ? fill(gettext("The device is told to dial %(address)s on TCP port %(port)s."), { address, port }) : gettext("The device is told to wait for clients; one at a time can use it."),
      gettext("It restarts its network: it is away for up to a minute, and whoever is connected to it is cut off."),
    ],
    confirm: gettext("Begin"),
  });
  if (!agreed) return;
  const body = { mode, seconds: Number(byId("seconds").value) };
  if (isServer) Object.assign(body, { server_address: address, server_port: port });
  if (byId("udp-port").value) body.udp_port = Number(byId("udp-port").value);
  try {
    await post(API, body);
    await look();
    byId("last").scrollIntoView({ block: "nearest" });
  } catch (error) {
    toastError(error);
  }
}

// --- The last change ---------------------------------------------------------------------------------------------------

function drawChange() {
  const { change } = now;
  byId("last").hidden = !change;
  if (!change) return;
  byId("last-title").textContent = change.target === "server" ? gettext("To server mode") : gettext("To direct mode");
  byId("last-by").textContent = fill(gettext("%(who)s, %(time)s"), { who: change.by, time: dateTime(change.begun) });
  const [kind, words] = STATES[change.state];
  const parts = [make("p", { class: "dv-state-line" }, badge(kind, words(), { dot: true }), waitingWords(change))];
  if (change.words) parts.push(make("p", { class: "dw-strong" }, change.words));
  if (change.state !== "done") {
    if (change.reasons.length) parts.push(make("p", {}, gettext("Likely reasons, the most likely first:")), make("ol", { class: "md-reasons" }, change.reasons.map((line) => make("li", {}, line))));
    if (change.advice) parts.push(make("p", { class: "dw-quiet" }, change.advice));
  }
  if (change.state === "overdue" && mayChange()) parts.push(make("div", { class: "dv-actions" }, make("button", { type: "button", class: "dw-button dw-button-small", on: { click: endWaiting } }, gettext("Wait no more"))));
  byId("outcome").replaceChildren(...parts);
  byId("steps").replaceChildren(...change.steps.map((each) => step({
    kind: KINDS[each.state], title: (TITLES[each.key] || (() => each.title))(), texts: [each.sends, each.text].filter(Boolean),
    end: each.seconds === null ? "" : fill(gettext("%(seconds)s s"), { seconds: number(each.seconds) }), hidden: STEP_WORDS[each.state](),
  })));
}

function waitingWords(change) {
  if (change.state === "under way" && change.deadline) {
    const seconds = (new Date(change.deadline) - Date.now()) / 1000;
    return make("span", { class: "dw-quiet dw-small" }, seconds > 0 ? fill(gettext("it has %(span)s left"), { span: span(seconds) }) : gettext("its time is over"));
  }
  return change.finished ? make("span", { class: "dw-quiet dw-small" }, moment(change.finished)) : null;
}

async function endWaiting() {
  try {
    await remove(API);
  } catch (error) {
    toastError(error);
  }
  await look();
}

// --- Life --------------------------------------------------------------------------------------------------------------

async function look() {
  try {
    now = await get(API);
  } catch (error) {
    toastError(error);
    return;
  }
  drawNow();
  drawPlan();
  drawChange();
}

let looking = null;
function lookSoon() {
  looking ??= setTimeout(() => {
    looking = null;
    look();
  }, 150);
}

byId("change").addEventListener("submit", (event) => event.preventDefault());
byId("server-fields").addEventListener("input", (event) => touched.add(event.target.id));
look();
new Stream({
  kinds: ["device"], parameters: { kind: ["device"], device: String(shown.device_id) }, after: shown.position,
  onMessage: lookSoon, onState: connectionSign(), onReset: lookSoon,
}).open();
setInterval(() => !document.hidden && isUnderWay() && look(), LOOK_MILLISECONDS);
