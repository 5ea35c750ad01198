// The settings of one device by family: read from it now, beside what is stored; what differs is marked.

import { get, patch, post } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { dateTime, fill } from "/static/console/format.js";
import { toast, toastError } from "/static/console/toast.js";
import { badge, icon, make, nameOf, option, shown } from "./common.js";
import { networkForm } from "./network.js";

const API = `/api/v1/devices/${shown.device_id}`;
const NETWORK = "=network";
const byId = (name) => document.getElementById(name);
const panel = byId("family");
let device = null;
let current = null;
let changing = false;

export async function beginSettings(ofDevice) {
  device = ofDevice;
  byId("settings-card").hidden = false;
  if (!device.model) {
    note("", "info", [gettext("Which settings it has is known once it has told its model: it does so when it connects.")]);
    return;
  }
  let families = [];
  try {
    families = await get(`${API}/settings`);
  } catch (error) {
    note("bad", "error", [error.message, error.advice]);
    return;
  }
  byId("families").append(
    familyButton(NETWORK, gettext("Network settings")),
    ...families.toSorted((one, other) => one.title.localeCompare(other.title)).map((family) => familyButton(family.name, family.name === "network" ? gettext("Network, in full") : family.title)),
  );
}

function familyButton(name, title) {
  return make("button", { type: "button", class: "dv-family", "data-family": name, on: { click: () => open(name) } }, title);
}

function note(kind, name, lines) {
  panel.replaceChildren(make("div", { class: `dv-note dv-note-${kind}` }, icon(name), make("div", {}, lines.filter(Boolean).map((line) => make("p", {}, line)))));
}

function underWay(title) {
  panel.replaceChildren(make("div", { class: "dw-progress" }, make("div", { class: "dw-progress-words" }, fill(gettext("%(title)s: asking the device"), { title })), make("progress", { "aria-label": gettext("Asking the device") })));
}

async function open(name) {
  for (const button of byId("families").children) button.setAttribute("aria-current", String(button.dataset.family === name));
  current = name;
  changing = false;
  underWay(byId("families").querySelector(`[data-family="${CSS.escape(name)}"]`).textContent);
  try {
    if (name === NETWORK) {
      const found = await get(`${API}/network`);
      if (current === name) drawNetwork(found);
    } else {
      const found = await get(`${API}/settings/${encodeURIComponent(name)}`);
      if (current === name) draw(found);
    }
  } catch (error) {
    if (current === name) note("bad", "error", [error.message, error.advice]);
  }
}

// --- A family ----------------------------------------------------------------------------------------------------------

const ORIGINS = {
  read: () => gettext("stored when they were first read, %(time)s, by %(who)s"),
  written: () => gettext("stored when they were written from here, %(time)s, by %(who)s"),
  kept: () => gettext("stored as the device had them, %(time)s, by %(who)s"),
};

function draw(found) {
  const isWritable = found.sections.some((section) => section.settings.some((setting) => setting.writable));
  const inputs = new Map();
  const buttons = [];
  if (!changing && isWritable) buttons.push(button("edit", gettext("Change"), () => { changing = true; draw(found); }));
  if (!changing) buttons.push(button("refresh", gettext("Read again"), () => open(found.family.name)));
  const parts = [
    make("div", { class: "dv-family-head" },
      make("div", { class: "dv-stack" }, make("h3", {}, found.family.title), make("span", { class: "dw-quiet dw-small" }, fill(ORIGINS[found.stored_origin](), { time: dateTime(found.stored_at), who: found.stored_by }))),
      make("div", { class: "dv-actions" }, buttons)),
  ];
  if (found.differences && !changing) parts.push(differences(found));
  const used = found.sections.filter((section) => !section.unused);
  const unused = found.sections.filter((section) => section.unused);
  const draws = (section, isOpen) => sectionOf(section, isOpen, inputs);
  parts.push(make("div", {}, used.map((section, place) => draws(section, used.length === 1 || (place === 0 && !changing) || section.settings.some((setting) => setting.differs)))));
  if (unused.length) {
    parts.push(make("details", { class: "dv-section" }, make("summary", {}, fill(ngettext("%(count)s part in which nothing is set", "%(count)s parts in which nothing is set", unused.length), { count: unused.length })),
      make("div", { class: "dw-card-body" }, unused.map((section) => draws(section, false)))));
  }
  if (changing) {
    parts.push(make("div", { class: "dv-actions" },
      make("button", { type: "button", class: "dw-button dw-button-primary", on: { click: () => write(found, inputs) } }, gettext("Write to the device")),
      make("button", { type: "button", class: "dw-button", on: { click: () => { changing = false; draw(found); } } }, gettext("Cancel"))));
  }
  panel.replaceChildren(...parts);
}

function button(name, words, click) {
  return make("button", { type: "button", class: "dw-button dw-button-small", on: { click } }, icon(name), words);
}

function differences(found) {
  const words = ngettext("%(count)s setting at the device differs from what is stored.", "%(count)s settings at the device differ from what is stored.", found.differences);
  return make("div", { class: "dv-note dv-note-warn" }, icon("difference"), make("div", {},
    make("p", {}, fill(words, { count: found.differences })),
    make("div", { class: "dv-actions" },
      button("inventory_2", gettext("Keep what the device has"), () => keep(found)),
      button("undo", gettext("Write back what is stored"), () => writeBack(found)))));
}

/** A part of a family; its lines are made when it is opened, since some families have thousands. */
function sectionOf(section, isOpen, inputs) {
  const differ = section.settings.filter((setting) => setting.differs).length;
  const sign = differ && !changing ? badge("warn", fill(ngettext("%(count)s differs", "%(count)s differ", differ), { count: differ })) : null;
  const details = make("details", { class: "dv-section" }, make("summary", {}, make("span", {}, section.title), sign));
  const fillIn = () => {
    if (details.dataset.filled) return;
    details.dataset.filled = "yes";
    const titles = changing ? [gettext("Setting"), gettext("New value"), gettext("At the device")] : [gettext("Setting"), gettext("At the device"), gettext("Stored")];
    details.append(make("div", { class: "dv-setting dv-setting-head", "aria-hidden": "true" }, titles.map((title) => make("span", {}, title))));
    for (const setting of section.settings) details.append(changing ? changeLine(setting, inputs) : line(setting));
  };
  details.addEventListener("toggle", () => details.open && fillIn());
  if (isOpen) {
    fillIn();
    details.open = true;
  }
  return details;
}

function settingName(setting, id = null) {
  const name = id ? make("label", { for: id }, setting.label) : make("span", {}, setting.label);
  return make("div", { class: "dv-setting-name" }, name, make("span", { class: "dw-quiet dw-small" }, setting.meaning));
}

function line(setting) {
  const stored = make("span", { class: "dv-setting-value dw-quiet" }, valueLabel(gettext("Stored: ")), setting.secret ? "" : valueWords(setting, setting.stored));
  const now = make("span", { class: "dv-setting-value" }, valueLabel(gettext("At the device: ")), setting.secret ? gettext("is not shown") : valueWords(setting, setting.value));
  return make("div", { class: `dv-setting${setting.differs ? " dv-setting-differs" : ""}` }, settingName(setting), now, stored);
}

const valueLabel = (words) => make("span", { class: "dv-value-label" }, words);

function valueWords(setting, value) {
  if (value === null || value === undefined) return "–";
  if (setting.kind === "switch" && typeof value === "boolean") return value ? gettext("yes") : gettext("no");
  const choice = setting.choices.find((each) => each.value === value);
  if (choice) return choice.words;
  if (Array.isArray(value)) return value.map((each) => (typeof each === "boolean" ? (each ? gettext("yes") : gettext("no")) : String(each))).join(", ");
  return value === "" ? "–" : String(value);
}

// --- Changing ----------------------------------------------------------------------------------------------------------

let count = 0;

function changeLine(setting, inputs) {
  const now = make("span", { class: "dv-setting-value dw-quiet" }, setting.secret ? gettext("is not shown") : valueWords(setting, setting.value));
  if (!setting.writable) return make("div", { class: "dv-setting" }, settingName(setting), make("span", { class: "dw-quiet dw-small" }, setting.reason), now);
  const id = `setting-${(count += 1)}`;
  const input = inputFor(setting, id);
  inputs.set(setting.path, { setting, input });
  return make("div", { class: "dv-setting" }, settingName(setting, id), make("div", { class: "dv-stack" }, input, boundsOf(setting)), now);
}

function boundsOf(setting) {
  let words = "";
  if (setting.kind === "number") words = fill(gettext("%(from)s to %(to)s"), { from: setting.minimum, to: setting.maximum });
  else if (setting.kind === "list") words = fill(ngettext("%(count)s value, separated by commas", "%(count)s values, separated by commas", setting.length), { count: setting.length });
  else if (setting.kind === "text") words = fill(gettext("at most %(count)s letters"), { count: setting.length });
  return words ? make("span", { class: "dw-quiet dw-small" }, words) : null;
}

function inputFor(setting, id) {
  const { value } = setting;
  if (setting.kind === "switch" || setting.choices.length) {
    const choices = setting.kind === "switch" ? [{ value: false, words: gettext("no") }, { value: true, words: gettext("yes") }] : setting.choices;
    const select = make("select", { class: "dw-input", id });
    if (!choices.some((choice) => choice.value === value)) select.append(option(JSON.stringify(value), fill(gettext("%(value)s, as it is"), { value: String(value) }), true));
    select.append(...choices.map((choice) => option(JSON.stringify(choice.value), choice.words, choice.value === value)));
    return select;
  }
  const input = make("input", { class: "dw-input", id, autocomplete: "off" });
  if (setting.kind === "number") {
    input.type = "number";
    input.min = setting.minimum;
    input.max = setting.maximum;
  } else if (setting.secret) {
    input.type = "password";
    input.autocomplete = "new-password";
    input.placeholder = gettext("leave empty to keep it");
  }
  input.value = setting.secret ? "" : Array.isArray(value) ? value.map(String).join(", ") : String(value ?? "");
  return input;
}

/** The value that a field holds; undefined when it is what it was. */
function readInput({ setting, input }) {
  if (setting.secret) return input.value === "" ? undefined : input.value;
  let value = input.value;
  if (input.tagName === "SELECT") value = JSON.parse(value);
  else if (setting.kind === "number") value = value === "" ? null : Number(value);
  else if (setting.kind === "list") {
    const first = Array.isArray(setting.value) ? setting.value[0] : 0;
    value = value.split(",").map((each) => each.trim()).map((each) => (typeof first === "number" ? Number(each) : typeof first === "boolean" ? each === "true" : each));
  }
  return JSON.stringify(value) === JSON.stringify(setting.value) ? undefined : value;
}

async function write(found, inputs) {
  const changes = {};
  const lines = [];
  for (const [path, each] of inputs) {
    const value = readInput(each);
    if (value === undefined) continue;
    changes[path] = value;
    lines.push(each.setting.secret ? fill(gettext("%(name)s: a new one"), { name: each.setting.label })
      : `${each.setting.label}: ${valueWords(each.setting, each.setting.value)} → ${valueWords(each.setting, value)}`);
  }
  await send(found, changes, lines);
}

async function writeBack(found) {
  const changes = {};
  const lines = [];
  for (const setting of found.sections.flatMap((section) => section.settings).filter((each) => each.differs)) {
    changes[setting.path] = setting.stored;
    lines.push(`${setting.label}: ${valueWords(setting, setting.value)} → ${valueWords(setting, setting.stored)}`);
  }
  await send(found, changes, lines);
}

async function send(found, changes, lines) {
  if (!lines.length) {
    toast(gettext("Nothing was changed."));
    return;
  }
  const more = lines.length > 10 ? [fill(gettext("and %(count)s more"), { count: lines.length - 10 })] : [];
  const agreed = await ask({
    title: fill(gettext("Write to %(name)s"), { name: nameOf(device) }),
    words: [gettext("These settings are changed at the device at once; all others stay as they are."), ...lines.slice(0, 10), ...more],
    confirm: gettext("Write"),
  });
  if (!agreed) return;
  try {
    const after = await patch(`${API}/settings/${encodeURIComponent(found.family.name)}`, { changes });
    changing = false;
    draw(after);
    toast(gettext("The device took the settings."), { kind: "success" });
  } catch (error) {
    toastError(error);
  }
}

async function keep(found) {
  try {
    draw(await post(`${API}/settings/${encodeURIComponent(found.family.name)}/keep`));
    toast(gettext("What the device has is stored now."), { kind: "success" });
  } catch (error) {
    toastError(error);
  }
}

// --- Network -----------------------------------------------------------------------------------------------------------

function drawNetwork(found) {
  const form = networkForm(found);
  panel.replaceChildren(
    make("div", { class: "dv-family-head" }, make("h3", {}, gettext("Network settings")), make("div", { class: "dv-actions" }, button("refresh", gettext("Read again"), () => open(NETWORK)))),
    make("div", { class: "dv-note" }, icon("info"), make("p", {}, gettext("The device restarts its network when it took new settings: it is gone for some seconds and connects anew."))),
    form.element,
    make("div", { class: "dv-actions" }, make("button", { type: "button", class: "dw-button dw-button-primary", on: { click: () => writeNetwork(form) } }, gettext("Write to the device"))),
  );
}

async function writeNetwork(form) {
  const { changes, lines } = form.read();
  if (!lines.length) {
    toast(gettext("Nothing was changed."));
    return;
  }
  const agreed = await ask({
    title: fill(gettext("Write to %(name)s"), { name: nameOf(device) }),
    words: [gettext("These network settings are sent over the connection that stands. A wrong one can make the device unreachable."), ...lines],
    confirm: gettext("Write"), dangerous: true,
  });
  if (!agreed) return;
  try {
    const done = await patch(`${API}/network`, changes);
    drawNetwork(done.after);
    toast(done.words, { kind: "success" });
  } catch (error) {
    toastError(error);
  }
}
