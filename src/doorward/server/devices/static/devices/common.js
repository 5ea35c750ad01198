// What the pages of devices share: the words of states, who may do what, and making elements without markup.

import { badge, make, option } from "/static/console/elements.js";
import { dateTime, fill, span } from "/static/console/format.js";

export { badge, field, hidden, icon, make, moment, option } from "/static/console/elements.js";

export const shown = JSON.parse(document.getElementById("page-data").textContent);

const STATES = {
  live: ["good", () => gettext("live")],
  lost: ["bad", () => gettext("lost")],
  released: ["warn", () => gettext("line left")],
  connecting: ["info", () => gettext("connecting")],
  identifying: ["info", () => gettext("identifying")],
  "catching up": ["info", () => gettext("catching up")],
  "waiting for approval": ["warn", () => gettext("waiting for approval")],
  waiting: ["warn", () => gettext("waiting for approval")],
  approved: ["good", () => gettext("approved")],
  blocked: ["neutral", () => gettext("blocked")],
  disabled: ["neutral", () => gettext("switched off")],
  unknown: ["neutral", () => gettext("not known")],
};

export const stateWords = (state) => (STATES[state] ? STATES[state][1]() : state);

/** The state that people see: a device that is not let in waits or is blocked, whatever its line does. */
export function stateOf(device) {
  if (device.approval === "waiting") return "waiting for approval";
  if (device.approval === "blocked") return "blocked";
  if (!device.enabled) return "disabled";
  return device.state;
}

export const stateBadge = (state) => badge(STATES[state] ? STATES[state][0] : "neutral", stateWords(state), { dot: true });

export const nameOf = (device) => device.name || String(device.device_id);

export const modelOf = (device) => shown.models[device.model] || device.model || gettext("model not known");

export const pageOf = (number) => `${shown.addresses.devices}${number}/`;

/** Whether the reader has a right in a group of devices; no group is one only for who has it everywhere. */
export function may(right, group = undefined) {
  if (!(right in shown.rights)) return false;
  const groups = shown.rights[right];
  return groups === null || group === undefined || groups.includes(group);
}

export const modeWords = (mode) => (mode === "direct" ? gettext("direct mode") : gettext("server mode"));

/** "3 s ahead"; a second more or less is the device's whole seconds. */
export function driftWords(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (Math.abs(seconds) < 2) return gettext("right");
  const words = seconds > 0 ? gettext("%(span)s ahead") : gettext("%(span)s behind");
  return fill(words, { span: span(Math.abs(seconds)) });
}

export const isOff = (seconds) => seconds !== null && seconds !== undefined && Math.abs(seconds) > 60;

/** When the next attempt is, counted down. */
export function attemptWords(device) {
  if (!device.next_attempt) return "";
  const seconds = (new Date(device.next_attempt) - Date.now()) / 1000;
  const live = ["live", "catching up"].includes(device.state);
  if (seconds < 1) return live ? gettext("Its log is asked for now.") : gettext("It is dialled now.");
  const words = live ? gettext("Its log is asked for in %(span)s.") : gettext("It is dialled again in %(span)s.");
  return fill(words, { span: span(seconds) });
}

/** Who has a device, in a few words for a list; empty where nobody needs to be told. */
export function holderLine(device) {
  const { holder } = device;
  if (!holder || holder.kind === "server") return "";
  if (holder.kind === "other") return gettext("Another client holds it.");
  const words = {
    operator: () => gettext("%(who)s has it alone."),
    released: () => gettext("%(who)s left its line to %(program)s."),
    changing: () => gettext("%(who)s brings it to the other mode."),
  }[holder.kind]();
  return fill(words, { who: holder.mine ? gettext("You") : holder.name, program: holder.program || gettext("another program") });
}

/** The groups as a tree in one list, each with its depth; those whose parent is not seen stand at the top. */
export function groupTree(groups) {
  const known = new Set(groups.map((group) => group.id));
  const below = new Map();
  for (const group of groups) {
    const parent = known.has(group.parent_id) ? group.parent_id : null;
    if (!below.has(parent)) below.set(parent, []);
    below.get(parent).push(group);
  }
  const found = [];
  const walk = (parent, depth) => {
    for (const group of (below.get(parent) || []).toSorted((one, other) => one.name.localeCompare(other.name))) {
      found.push({ ...group, depth });
      walk(group.id, depth + 1);
    }
  };
  walk(null, 0);
  return found;
}

/** A select of groups. */
export function groupSelect(groups, chosen, right, attributes = {}) {
  const select = make("select", { class: "dw-input", ...attributes });
  if (may(right, null)) select.append(option("", gettext("No group"), chosen === null));
  for (const group of groupTree(groups)) {
    if (may(right, group.id)) select.append(option(group.id, `${"  ".repeat(group.depth)}${group.name}`, group.id === chosen));
  }
  return select;
}
