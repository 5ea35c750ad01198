// One agent: how it does, its machine, what it may reach, its devices; a fresh code, revoking and removing it.

import { get, patch, post, remove } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { fill, number } from "/static/console/format.js";
import { toast, toastError } from "/static/console/toast.js";
import { field, icon, make, may, modelOf, moment, nameOf, pageOf, shown, stateBadge as deviceBadge, stateOf } from "/static/devices/common.js";
import { latencyWords, reachFields, showCode, stateBadge } from "./common.js";

const API = `/api/v1/agents/${shown.agent_id}`;
const LOOK_MILLISECONDS = 5000;
const MEGABYTE = 1024 * 1024;
const byId = (name) => document.getElementById(name);
let agent = null;

function facts(holder, pairs) {
  holder.replaceChildren(...pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

function draw() {
  const parts = [make("div", { class: "dv-state-line" }, stateBadge(agent.state), agent.connected_since ? make("span", { class: "dw-quiet dw-small" }, gettext("since"), " ", moment(agent.connected_since)) : null)];
  if (agent.state === "waiting for enrollment") parts.push(make("p", {}, gettext("It has not called yet. Run the command that was shown with its code in the branch; a fresh code can be made at any time.")));
  if (agent.state === "away") parts.push(make("p", {}, gettext("It is not connected: its machine is off, its line is cut, or a firewall does not let it call this server. Devices that are dialled through it are not reached meanwhile.")));
  if (agent.revoked) parts.push(make("p", {}, fill(gettext("Revoked by %(who)s."), { who: agent.revoked_by }), " ", agent.revoked_reason));
  byId("state").replaceChildren(...parts);
  facts(byId("facts"), [
    [gettext("Latency"), latencyWords(agent)],
    [gettext("Last contact"), moment(agent.last_contact, { none: gettext("never") })],
    [gettext("Calls from"), agent.last_address],
    [gettext("Version"), agent.version],
    [gettext("Machine"), agent.system],
    [gettext("Memory of its process"), agent.memory_bytes ? fill(gettext("%(count)s MB"), { count: number(Math.round(agent.memory_bytes / MEGABYTE)) }) : ""],
    [gettext("Network cards"), agent.cards.length ? make("span", {}, agent.cards.filter((card) => card.up && !card.loopback).map((card) => `${card.name} ${card.address}/${card.mask}`).join(", ") || "–") : ""],
    [gettext("Enrolled"), moment(agent.enrolled, { none: gettext("not yet") })],
    [gettext("Its certificate is valid until"), moment(agent.certificate_expires, { none: "" })],
    [gettext("Added"), make("span", {}, moment(agent.created), " ", fill(gettext("by %(who)s"), { who: agent.created_by }))],
  ]);
  facts(byId("reach"), [
    [gettext("Networks"), agent.networks.length ? agent.networks.join(", ") : gettext("the private networks of its own cards")],
    [gettext("TCP ports"), agent.tcp_ports.join(", ")],
    [gettext("UDP ports"), agent.udp_ports.join(", ")],
  ]);
  const isManager = may("agents.manage");
  byId("edit-reach").hidden = !isManager;
  const action = (words, picture, act) => make("button", { type: "button", class: "dw-button dw-button-small", on: { click: act } }, icon(picture), words);
  const buttons = isManager ? [action(gettext("Make a fresh code"), "key", freshCode)] : [];
  if (isManager && !agent.revoked) buttons.push(action(gettext("Revoke"), "block", revoke));
  if (isManager && !agent.devices) buttons.push(action(gettext("Remove"), "delete", forget));
  const had = byId("actions").contains(document.activeElement) ? document.activeElement.textContent : null;
  byId("actions").replaceChildren(...buttons);
  if (had) buttons.find((button) => button.textContent === had)?.focus();
}

async function drawDevices() {
  if (!may("devices.view")) return;
  const found = [];
  let after = 0;
  do {
    const page = await get(`/api/v1/devices?mode=direct&limit=1000&after=${after}`);
    found.push(...page.items.filter((device) => device.agent === agent.id));
    after = page.next;
  } while (after);
  byId("devices").replaceChildren(...(found.length ? found.map((device) => make("div", { class: "dv-list-line" }, make("span", {}, deviceBadge(stateOf(device))),
    make("div", { class: "dv-stack" }, make("a", { class: "dw-link", href: pageOf(device.device_id) }, nameOf(device)), make("span", { class: "dw-quiet dw-small" }, `${modelOf(device)} · ${device.address}`)))) : [make("p", { class: "dv-none" }, gettext("None. Choose this agent when a device in direct mode is added, or on the page Find devices."))]));
}

async function freshCode() {
  const hours = make("input", { class: "dw-input", type: "number", min: 1, max: shown.hours.most });
  hours.value = String(shown.hours.usual);
  const agreed = await ask({
    title: fill(gettext("A fresh code for %(name)s"), { name: agent.name }),
    words: [gettext("Codes before it end. Once it is used, the certificate that the agent had before is refused: this is how an agent moves to another machine.")],
    content: field(gettext("Hours that the code can be used"), hours), confirm: gettext("Make a code"),
  });
  if (!agreed) return;
  try {
    showCode(await post(`${API}/code`, { hours: Number(hours.value) }));
  } catch (error) {
    toastError(error);
  }
  await look();
}

async function revoke() {
  const reason = make("input", { class: "dw-input", maxLength: 500, autocomplete: "off" });
  const agreed = await ask({
    title: fill(gettext("Revoke %(name)s"), { name: agent.name }),
    words: [gettext("Its line is closed at once, and its certificate and its codes are refused from now on. The devices behind it are not reached until it gets a fresh code.")],
    content: field(gettext("Reason"), reason), confirm: gettext("Revoke"), dangerous: true,
  });
  if (agreed) await change(() => post(`${API}/revoke`, { reason: reason.value.trim() }), gettext("The agent is revoked."));
}

async function forget() {
  const agreed = await ask({ title: fill(gettext("Remove %(name)s"), { name: agent.name }), words: [gettext("It is forgotten, and a line that it has is closed.")], confirm: gettext("Remove"), dangerous: true });
  if (!agreed) return;
  try {
    await remove(API);
    location.assign(shown.addresses.agents);
  } catch (error) {
    toastError(error);
  }
}

async function editReach() {
  const name = make("input", { class: "dw-input", maxLength: 100, autocomplete: "off", value: agent.name });
  const reach = reachFields(agent);
  const agreed = await ask({
    title: fill(gettext("What %(name)s may reach"), { name: agent.name }),
    words: [gettext("The agent is told at once, and refuses everything else by itself.")],
    content: make("div", { class: "dv-form-grid" }, field(gettext("Name"), name), ...reach.elements), confirm: gettext("Save"),
  });
  if (agreed) await change(() => patch(API, { name: name.value.trim(), ...reach.read() }), gettext("Saved."));
}

async function change(act, words) {
  try {
    await act();
    toast(words, { kind: "success" });
  } catch (error) {
    toastError(error);
  }
  await look();
}

async function look() {
  try {
    agent = await get(API);
  } catch (error) {
    if (error.status === 404) location.assign(shown.addresses.agents);
    else toastError(error);
    return;
  }
  draw();
}

byId("edit-reach").addEventListener("click", editReach);
look().then(() => agent && drawDevices().catch(toastError));
setInterval(() => !document.hidden && look(), LOOK_MILLISECONDS);
