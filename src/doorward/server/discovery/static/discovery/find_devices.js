// From a search to a device that works: each step says what it sends, from where, and to which port.

import { get, patch, post } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { fill, number, span } from "/static/console/format.js";
import { Stream } from "/static/console/stream.js";
import { toastError } from "/static/console/toast.js";
import { badge, field, groupSelect, icon, make, may, modeWords, pageOf, shown, stateBadge, stateOf, stateWords } from "/static/devices/common.js";
import { NETWORK_WORDS, networkForm, networkWords } from "/static/devices/network.js";

const STEPS = ["search", "pick", "network", "wait", "approve"];
const DIALLED_PORT = 1480; // what a model dials that stores no port of the server
const LOOK_MILLISECONDS = 2000;
const PATIENCE_SECONDS = 30;
const byId = (name) => document.getElementById(name);
const panels = Object.fromEntries([...document.querySelectorAll("[data-panel]")].map((panel) => [panel.dataset.panel, panel]));

let searched = null; // what was asked
let picked = null; // the device
let waiting = null; // ends the wait

// --- Steps -------------------------------------------------------------------------------------------------------------

function show(step) {
  waiting?.();
  waiting = null;
  const at = STEPS.indexOf(step);
  for (const item of byId("steps").children) {
    const place = STEPS.indexOf(item.dataset.step);
    item.toggleAttribute("data-done", place < at);
    if (place === at) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
  for (const [name, panel] of Object.entries(panels)) panel.hidden = name !== step && !(name === "search" && step === "pick");
  if (step === "search") return;
  const title = panels[step].querySelector("h2");
  title.focus({ preventScroll: true });
  panels[step].scrollIntoView({ block: "nearest" });
}

for (const button of document.querySelectorAll("[data-back]")) button.addEventListener("click", () => show(button.dataset.back));

function note(kind, name, ...lines) {
  return make("div", { class: `dv-note dv-note-${kind}` }, icon(name), make("div", {}, lines.filter(Boolean).map((line) => make("p", {}, line))));
}

function reasons(title, lines) {
  return [make("p", { class: "dw-strong" }, title), make("ol", {}, lines.map((line) => make("li", {}, line)))];
}

// --- 1: Search ---------------------------------------------------------------------------------------------------------

const form = byId("search-form");

function drawCards() {
  byId("cards").append(...shown.cards.map((card) => make("label", { class: "fd-card" },
    make("input", { type: "checkbox", value: card.address, checked: !card.loopback || shown.cards.every((each) => each.loopback) }),
    make("span", { class: "dv-stack" }, card.name, make("span", { class: "dw-quiet dw-small" }, `${card.address} · ${card.network}`)))));
}

const fromAgent = () => (byId("from")?.value ? Number(byId("from").value) : null);
const agentName = (id) => shown.agents.find((agent) => agent.id === id)?.name || String(id);
const byBroadcast = () => form.elements.where.value === "all";
const chosenCards = () => [...byId("cards").querySelectorAll(":checked")].map((box) => box.value);
const targets = () => byId("targets").value.split(/[\s,;]+/).filter(Boolean);
const udpPort = () => (byId("udp-port").value ? Number(byId("udp-port").value) : null);

function drawSends() {
  const agent = fromAgent();
  byId("cards").hidden = !byBroadcast() || agent !== null;
  byId("everybody").textContent = agent === null ? gettext("Everybody on the networks of this server") : gettext("Everybody on the networks of the agent");
  byId("targets-field").hidden = byBroadcast();
  const ports = { one: udpPort() || shown.udp_ports.biostar1, two: shown.udp_ports.biostar2 };
  const cards = chosenCards();
  if (agent !== null) {
    const words = byBroadcast()
      ? gettext("The agent %(name)s sends a question by broadcast on its own networks to UDP port %(one)s (BioStar 1) and %(two)s (BioStar 2), and tells this server who answers. Nothing at the devices changes.")
      : gettext("The agent %(name)s sends a question to each address on UDP port %(one)s (BioStar 1) and %(two)s (BioStar 2), and tells this server who answers. Nothing at the devices changes.");
    byId("search-sends").textContent = fill(words, { name: agentName(agent), ...ports });
  } else if (byBroadcast()) {
    byId("search-sends").textContent = cards.length
      ? fill(gettext("A question goes by broadcast from %(cards)s to UDP port %(one)s (BioStar 1) and %(two)s (BioStar 2). Devices answer with their number and model; nothing at them changes. A broadcast does not pass a router."), { cards: cards.join(", "), ...ports })
      : gettext("Choose at least one network.");
  } else {
    byId("search-sends").textContent = fill(gettext("A question goes to each address on UDP port %(one)s (BioStar 1) and %(two)s (BioStar 2). Nothing at the devices changes."), ports);
  }
  byId("search").disabled = byBroadcast() ? agent === null && !cards.length : !targets().length;
}

form.addEventListener("input", drawSends);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  searched = {
    interfaces: byBroadcast() && fromAgent() === null ? chosenCards() : [],
    addresses: byBroadcast() ? [] : targets(),
    seconds: Math.min(Number(byId("seconds").value) || 3, shown.longest_search),
    udp_port: udpPort(),
    ...(fromAgent() === null ? {} : { agents: [fromAgent()], here: false }),
  };
  byId("search").disabled = true;
  byId("searching").hidden = false;
  try {
    drawFound(await post("/api/v1/discovery/search", searched));
    show("pick");
  } catch (error) {
    toastError(error);
  }
  byId("searching").hidden = true;
  byId("search").disabled = false;
});

// --- 2: Pick -----------------------------------------------------------------------------------------------------------

function drawFound(result) {
  const count = result.devices.length;
  byId("pick-count").textContent = fill(ngettext("%(count)s device", "%(count)s devices", count), { count: number(count) });
  byId("notices").replaceChildren(...result.notices.map((words) => note("warn", "warning", words)));
  byId("found").replaceChildren(...result.devices.map(foundLine));
  const heard = new Set(result.devices.map((device) => device.address));
  const silent = searched.addresses.filter((address) => !heard.has(address));
  const holder = byId("silent");
  holder.hidden = count > 0 && !silent.length;
  if (!holder.hidden) drawSilent(holder, silent, count);
}

function foundLine(device) {
  const known = device.known;
  const state = known ? stateBadge(known.approval === "approved" ? known.state : stateOf({ approval: known.approval, enabled: true, state: known.state })) : badge("neutral", gettext("new here"));
  const isSettable = device.generation === "biostar1" || device.generation === "biostar2";
  const title = known && known.name ? `${known.name} (${device.device_id})` : String(device.device_id);
  return make("div", { class: "fd-device" },
    make("span", { class: "dv-stack" }, make("span", { class: "dw-strong" }, title), make("span", { class: "dw-quiet dw-small" }, device.title)),
    make("span", { class: "dv-stack" }, device.address, make("span", { class: "dw-quiet dw-small" }, fill(device.agent ? gettext("heard by the agent %(agent)s in %(time)s ms") : gettext("heard by %(card)s in %(time)s ms"), { agent: device.agent ? agentName(device.agent) : "", card: device.interface || "–", time: number(Math.round(device.round_trip_ms)) }))),
    make("span", {}, state),
    make("button", { type: "button", class: "dw-button dw-button-small", disabled: !isSettable, on: { click: () => pick(device) } }, gettext("Set up"), make("span", { class: "dw-hidden-words" }, ` ${device.device_id}`)),
    device.conflict ? make("div", { class: "fd-wide" }, note("bad", "warning", device.conflict)) : null,
    device.foreign_subnet ? make("div", { class: "fd-wide" }, note("warn", "info", gettext("Its address lies in no network of this server: give it another one first."))) : null);
}

function drawSilent(holder, silent, count) {
  const one = udpPort() || shown.udp_ports.biostar1;
  const lines = silent.length
    ? [
      gettext("The address is another one by now, or was typed wrong. A search by broadcast shows the present one if the device hangs on a network of this server."),
      gettext("The device has no power, or its network cable is out: look at the lamps at its plug."),
      fill(gettext("A firewall on the way drops UDP port %(port)s, there or back. It has to let the question through and the answer from that port."), { port: one }),
      gettext("The router in between does not know the way back, or the device has no gateway set."),
      gettext("At that address stands something else: nothing there answers this question."),
    ]
    : [
      gettext("The devices hang on another network or VLAN: a broadcast does not pass a router. Search for their addresses instead."),
      gettext("They have no power, or their network cable is out."),
      fill(gettext("A firewall on this machine or in a switch drops UDP port %(port)s."), { port: one }),
      gettext("The wrong network was chosen above, such as a wireless one."),
      gettext("Many devices answered at once and answers were lost: search again, for longer."),
    ];
  const title = silent.length
    ? fill(gettext("No answer from %(addresses)s. Likely reasons, the most likely first:"), { addresses: silent.join(", ") })
    : gettext("Nobody answered. Likely reasons, the most likely first:");
  holder.replaceChildren(...reasons(title, lines));
  if (!count) holder.prepend(make("div", { class: "dw-empty" }, icon("search_off"), make("h2", {}, gettext("No device answered"))));
}

// --- 3: Network settings -----------------------------------------------------------------------------------------------

const target = () => ({
  device_id: picked.device_id, generation: picked.generation,
  // One from a foreign network is reached by broadcast alone.
  addresses: picked.foreign_subnet ? [] : [picked.address],
  interfaces: picked.foreign_subnet && picked.interface ? [picked.interface] : [],
  udp_port: searched.udp_port,
  ...inBranch(),
});

/** In whose branch the picked device is; nothing where this server itself reaches it. */
const inBranch = () => (picked.agent ? { agent: picked.agent } : {});

async function pick(device) {
  picked = device;
  show("network");
  const holder = byId("network");
  const port = searched.udp_port || shown.udp_ports[device.generation];
  holder.replaceChildren(
    note("", "outgoing_mail", fill(gettext("Device %(number)s at %(address)s is asked for its network settings on UDP port %(port)s. Nothing at it changes."), { number: device.device_id, address: device.address, port })),
    make("div", { class: "dw-progress" }, make("progress", { "aria-label": gettext("Asking the device") })),
  );
  try {
    drawNetwork(await post("/api/v1/discovery/network/read", target()));
  } catch (error) {
    const again = make("button", { type: "button", class: "dw-button", on: { click: () => pick(device) } }, gettext("Ask again"));
    holder.replaceChildren(note("bad", "error", error.message, error.advice), make("div", { class: "fd-reasons" }, reasons(gettext("Likely reasons, the most likely first:"), [
      gettext("The device restarts its network just now: wait half a minute and ask again."),
      gettext("It took another address meanwhile: search again."),
      fill(gettext("A firewall lets the search through, but not the longer answers of UDP port %(port)s."), { port }),
    ])), make("div", { class: "dv-actions" }, again));
  }
}

function drawNetwork(found) {
  const holder = byId("network");
  const { settings } = found;
  const parts = [make("p", {}, make("span", { class: "dw-strong" }, fill(gettext("%(title)s %(number)s"), { title: found.title, number: found.device_id })), ` · ${settings.address} · ${modeWords(settings.mode)}`)];
  if (!may("network.change")) {
    parts.push(note("warn", "lock", gettext("Your roles do not include changing network settings.")));
  } else {
    parts.push(serverOffer(found));
    if (settings.mode === "direct" && may("devices.edit") && may("devices.approve")) parts.push(directOffer(found));
    parts.push(ownChanges(found));
  }
  holder.replaceChildren(...parts);
}

/** What makes the device dial this server. */
function serverChanges({ settings, server_address: address, server_port: port }) {
  const wanted = { mode: "server", server_address: address };
  if (settings.server_port !== null) wanted.server_port = port;
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => settings[name] !== value));
}

function changeList(settings, changes) {
  return make("ul", { class: "fd-changes" }, Object.entries(changes).map(([name, value]) => make("li", {},
    make("span", { class: "dw-quiet" }, `${NETWORK_WORDS[name]()}:`), make("span", {}, networkWords(name, settings[name])), make("span", { "aria-hidden": "true" }, "→"), make("span", { class: "dw-strong" }, networkWords(name, value)))));
}

function serverOffer(found) {
  const changes = serverChanges(found);
  const parts = [make("h3", {}, gettext("Server mode: the device dials this server"))];
  if (!found.server_address || !found.server_port) {
    parts.push(note("warn", "warning", gettext("It is not known how a device reaches this server: set its address in the settings of the server.")));
  } else if (!Object.keys(changes).length) {
    parts.push(make("p", {}, fill(gettext("It dials %(address)s on TCP port %(port)s already."), { address: found.server_address, port: found.settings.server_port ?? DIALLED_PORT })),
      make("div", { class: "dv-actions" }, make("button", { type: "button", class: "dw-button dw-button-primary", on: { click: () => wait(found.device_id) } }, gettext("Wait for it"))));
  } else {
    parts.push(make("p", {}, fill(gettext("The device calls %(address)s on TCP port %(port)s from then on, also after a power cut. A firewall in front of this server has to let in that one port."), { address: found.server_address, port: found.settings.server_port === null ? DIALLED_PORT : found.server_port })), changeList(found.settings, changes));
    if (found.settings.server_port === null && found.server_port !== DIALLED_PORT) {
      parts.push(note("bad", "warning", fill(gettext("This model always dials TCP port %(dialled)s, and this server listens on %(port)s: it will not arrive unless the port is passed on."), { dialled: DIALLED_PORT, port: found.server_port })));
    }
    parts.push(make("div", { class: "dv-actions" }, make("button", { type: "button", class: "dw-button dw-button-primary", on: { click: () => write(found, changes, true) } }, icon("dns"), gettext("Put it into server mode"))));
  }
  return make("div", { class: "fd-offer" }, parts);
}

function directOffer(found) {
  return make("div", { class: "dv-actions" }, make("span", { class: "dw-quiet" }, gettext("Or leave it in direct mode:")),
    make("button", { type: "button", class: "dw-button dw-button-small", on: { click: () => addDirect(found) } }, fill(gettext("Let the server dial %(address)s"), { address: found.settings.address })));
}

function ownChanges(found) {
  const own = networkForm(found.settings);
  const send = make("button", { type: "button", class: "dw-button dw-button-primary", on: { click: () => {
    const { changes } = own.read();
    if (Object.keys(changes).length) write(found, changes, changes.mode === "server" || found.settings.mode === "server");
    else toastError(new Error(gettext("Nothing was changed.")));
  } } }, gettext("Send"));
  return make("details", { class: "fd-own", open: picked.foreign_subnet }, make("summary", {}, gettext("Change its address or other settings")), own.element, make("div", { class: "dv-actions" }, send));
}

async function write(found, changes, thenWait) {
  const port = searched.udp_port || shown.udp_ports[picked.generation];
  const agreed = await ask({
    title: fill(gettext("Set up device %(number)s"), { number: found.device_id }),
    words: [
      fill(gettext("These settings are sent to %(address)s, UDP port %(port)s. All others stay as they are."), { address: picked.foreign_subnet ? gettext("all by broadcast, with the number of the device in it") : picked.address, port }),
      gettext("The device then restarts its network: it is gone for some seconds, and whoever is connected to it is cut off."),
    ],
    content: changeList(found.settings, changes), confirm: gettext("Send"),
  });
  if (!agreed) return;
  try {
    const done = await post("/api/v1/discovery/network/write", { ...target(), changes });
    picked = { ...picked, address: done.after.address, foreign_subnet: false };
    if (thenWait && done.after.mode === "server") wait(found.device_id, done);
    else drawNetwork({ ...found, settings: done.after });
  } catch (error) {
    toastError(error);
  }
}

async function addDirect(found) {
  const { settings } = found;
  const agreed = await ask({
    title: gettext("Add in direct mode"),
    words: [fill(gettext("The server dials %(address)s on TCP port %(port)s from now on and holds that connection: other programs cannot connect to the device meanwhile."), { address: settings.address, port: settings.port })],
    confirm: gettext("Add"),
  });
  if (!agreed) return;
  try {
    await post("/api/v1/devices", { device_id: found.device_id, address: settings.address, port: settings.port, model: picked.model, ...inBranch() });
    letIn(found.device_id);
  } catch (error) {
    toastError(error);
  }
}

// --- 4: Wait -----------------------------------------------------------------------------------------------------------

/** Look at a device now and then, and at once when the stream tells of it, until `isThere` says so. */
function watch(deviceId, isThere, tell) {
  let over = false;
  const end = () => {
    over = true;
    clearInterval(timer);
    stream.close();
  };
  const look = async () => {
    let device = null;
    try {
      // As a list, since a device that never called is not known yet, which is no error.
      const found = await get(`/api/v1/devices?after=${deviceId - 1}&limit=1`);
      device = found.items.find((item) => item.device_id === deviceId) || null;
    } catch {
      return; // the server may be starting again
    }
    if (over) return;
    if (device && isThere(device)) {
      end();
      tell(device, true);
    } else tell(device, false);
  };
  const stream = new Stream({ kinds: ["device"], parameters: { kind: "device", device: String(deviceId) }, after: shown.position, onMessage: look });
  stream.open();
  const timer = setInterval(look, LOOK_MILLISECONDS);
  look();
  return end;
}

async function wait(deviceId, done = null) {
  show("wait");
  const began = Date.now();
  const count = make("span", { role: "status" });
  const late = make("div", { class: "fd-reasons", hidden: true });
  const server = done ? `${done.after.server_address}:${done.after.server_port ?? DIALLED_PORT}` : fill(gettext("this server, TCP port %(port)s"), { port: shown.server_port });
  byId("wait").replaceChildren(
    ...(done ? [note("good", "check_circle", done.words)] : []),
    note("", "call_received", fill(gettext("Now nothing is sent: device %(number)s restarts its network and dials %(server)s by itself. That takes up to a minute."), { number: deviceId, server })),
    make("div", { class: "dw-progress" }, make("div", { class: "dw-progress-words" }, make("span", {}, gettext("Waiting for its call")), count), make("progress", { "aria-label": gettext("Waiting for its call") })),
    late,
  );
  late.replaceChildren(...reasons(gettext("It has not called yet. Likely reasons, the most likely first:"), [
    fill(gettext("A firewall on this machine or on the way does not let in TCP port %(port)s."), { port: done ? done.after.server_port ?? DIALLED_PORT : shown.server_port }),
    fill(gettext("The device cannot reach %(server)s: its subnet mask or gateway is wrong, or the server has another address on that side."), { server }),
    gettext("It still restarts: some models take more than a minute."),
    gettext("It holds a certificate and speaks TLS, which this server does not know: remove the certificate at the device."),
    gettext("It lost its settings with a power cut: search for it again."),
  ]));
  const since = new Date(began - 1000);
  const isHere = (device) => {
    const called = ["waiting for approval", "live", "catching up"].includes(device.state) && device.connected_address;
    return Boolean(called) || (device.last_seen && new Date(device.last_seen) > since && device.approval !== "approved");
  };
  const end = watch(deviceId, isHere, (device, here) => {
    const seconds = Math.round((Date.now() - began) / 1000);
    count.textContent = span(seconds);
    late.hidden = seconds < PATIENCE_SECONDS;
    if (!here) return;
    if (device.approval === "approved") letIn(deviceId);
    else approve(device);
  });
  waiting = end;
}

// --- 5: Approve --------------------------------------------------------------------------------------------------------

async function approve(device) {
  show("approve");
  const holder = byId("approve");
  if (!may("devices.approve")) {
    holder.replaceChildren(note("warn", "lock", gettext("The device has called and waits. Your roles do not include letting it in: ask whoever may.")));
    return;
  }
  const groups = await get("/api/v1/devices/groups").catch(() => []);
  const name = make("input", { class: "dw-input", maxLength: 100, autocomplete: "off", value: device.name });
  const group = groupSelect(groups, device.group_id, "devices.edit");
  const letItIn = make("form", { class: "dw-stack" },
    note("good", "check_circle", fill(gettext("Device %(number)s called from %(address)s and waits."), { number: device.device_id, address: device.connected_address || device.last_address })),
    make("p", {}, gettext("Letting it in means: its events are kept from now on, and it takes commands of this server. A device proves nothing on a plain line, so make sure that it is yours.")),
    make("div", { class: "dv-form-grid" }, field(gettext("Name"), name, gettext("Such as the door that it opens.")), groups.length && may("devices.edit") ? field(gettext("Group"), group) : null),
    make("div", { class: "dv-actions" }, make("button", { type: "submit", class: "dw-button dw-button-primary" }, icon("check_circle"), gettext("Let it in"))));
  letItIn.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post(`/api/v1/devices/${device.device_id}/approve`, { name: name.value.trim() });
      if (group.value) await patch(`/api/v1/devices/${device.device_id}`, { group_id: Number(group.value) });
      letIn(device.device_id);
    } catch (error) {
      toastError(error);
    }
  });
  holder.replaceChildren(letItIn);
  name.focus();
}

function letIn(deviceId) {
  show("approve");
  const holder = byId("approve");
  const words = make("p", { role: "status" });
  holder.replaceChildren(
    note("good", "check_circle", gettext("It is let in.")),
    make("div", { class: "dw-progress" }, make("div", { class: "dw-progress-words" }, words), make("progress", { "aria-label": gettext("Waiting until it is live") })),
  );
  const end = watch(deviceId, (device) => device.state === "live", (device, here) => {
    words.textContent = device ? `${stateWords(device.state)}. ${device.reason}` : "";
    if (!here) return;
    holder.replaceChildren(
      note("good", "task_alt", fill(gettext("%(name)s is live: its events are kept as they happen."), { name: device.name || device.device_id })),
      make("div", { class: "dv-actions" },
        make("a", { class: "dw-button dw-button-primary", href: pageOf(deviceId) }, gettext("To the device")),
        make("button", { type: "button", class: "dw-button", on: { click: () => show("pick") } }, gettext("Set up the next one"))),
    );
  });
  waiting = end;
}

drawCards();
drawSends();
show("search");
