// The state of a door in words, with a sign and a tone. Nothing here touches the page.

import { fill, span, timeOfDay, dateTime } from "/static/console/format.js";

let skew = 0;
let people = null;

/** Let people be called by their names, as PersonNames know them. */
export function setPeople(names) {
  people = names;
}

function personWords(number) {
  const known = people?.known(number);
  return known ? fill(gettext("for %(name)s"), { name: known.name }) : fill(gettext("for person %(number)s"), { number: String(number) });
}

/** Learn the server's time, so that a wrong clock of this machine does not show doors as locked too early. */
export function setServerTime(iso) {
  skew = new Date(iso).getTime() - Date.now();
}

export const serverNow = () => Date.now() + skew;

/** Whether the relay lets people through now: an opening time that is over counts as locked. */
export function lockNow(door) {
  if (door.lock !== "unlocked" || !door.unlocked_until) return door.lock;
  if (serverNow() <= new Date(door.unlocked_until).getTime() + 2000) return "unlocked";
  return door.open_seconds ? "locked" : "unknown";
}

const LEAF = {
  open: () => gettext("door open"),
  closed: () => gettext("door closed"),
  // Where a sensor is and has not told yet, nothing is said.
  unknown: (door) => (door.has_sensor === false ? gettext("no door sensor") : ""),
};

/**
 * @returns {{tone: "bad" | "warn" | "good" | "info" | "neutral", icon: string, words: string, more: string,
 *   since: string | null, unusual: boolean}}
 */
export function describe(door) {
  const lock = lockNow(door);
  const leaf = LEAF[door.leaf](door);
  const state = (tone, icon, words, since, unusual = false, more = leaf) => ({ tone, icon, words, more, since, unusual });
  if (!door.enabled) return state("neutral", "block", gettext("Not in use"), null, false, "");
  if (!door.connected) return offline(door, lock, leaf);
  if (door.forced_since) return state("bad", "gpp_bad", gettext("Forced open"), door.forced_since, true);
  if (door.held_since) return state("bad", "timer_off", gettext("Open for too long"), door.held_since, true);
  if (door.mode === "locked down") return state("info", "lock", gettext("Locked down"), door.mode_since, true);
  if (door.mode === "held open") {
    // A device that let its relay fall all the same is not shown as open.
    if (lock === "locked") return state("warn", "lock", gettext("Held open, but locked"), door.mode_since, true);
    return state("warn", "lock_open_right", gettext("Held open"), door.mode_since, true);
  }
  if (lock === "unlocked") return state("good", "lock_open", gettext("Unlocked"), door.lock_since);
  if (door.leaf === "open") return state("good", "door_open", gettext("Open"), door.leaf_since, false, lockWords(lock));
  // Where its time is just over, it is locked since then, and by nobody.
  if (lock === "locked") return state("neutral", "door_front", gettext("Locked"), door.lock === lock ? door.lock_since : door.unlocked_until);
  const closed = door.leaf === "closed";
  return state("neutral", "door_front", closed ? gettext("Closed") : gettext("Nothing told yet"), null, false, closed ? "" : gettext("its first event will show its state"));
}

function lockWords(lock) {
  return { locked: gettext("locked"), unlocked: gettext("unlocked"), unknown: gettext("lock: not known") }[lock];
}

function offline(door, lock, leaf) {
  const last = [];
  if (door.forced_since) last.push(gettext("forced open"));
  else if (door.mode === "held open") last.push(gettext("held open"));
  else if (door.mode === "locked down") last.push(gettext("locked down"));
  else if (lock !== "unknown") last.push(lockWords(lock));
  if (door.leaf !== "unknown") last.push(leaf);
  const more = last.length ? fill(gettext("last known: %(state)s"), { state: last.join(", ") }) : "";
  return { tone: "neutral", icon: "link_off", words: gettext("Not connected"), more, since: null, unusual: true };
}

/** Since when, and by whom: the quiet line below the state. */
export function sinceWords(door, state) {
  if (!door.connected) return door.device_state ? door.device_state : gettext("Its device is not connected.");
  const by = whoWords(door, state);
  if (!state.since) return by;
  const seconds = (serverNow() - new Date(state.since).getTime()) / 1000;
  const since = seconds < 86400 ? timeOfDay(state.since) : dateTime(state.since);
  const words = fill(gettext("since %(time)s"), { time: since });
  return by ? `${words} · ${by}` : words;
}

function whoWords(door, state) {
  if (state.since && state.since === door.mode_since && door.mode_by) return fill(gettext("by %(name)s"), { name: door.mode_by });
  if (!state.since || state.since !== door.lock_since) return "";
  if (door.lock_by) return fill(gettext("by %(name)s"), { name: door.lock_by });
  if (door.lock_person) return personWords(door.lock_person);
  return "";
}

/** How long a door will stay unlocked; empty where it does not lock by itself. */
export function leftWords(door) {
  if (lockNow(door) !== "unlocked" || !door.unlocked_until || door.mode === "held open" || !door.open_seconds) return "";
  const left = Math.ceil((new Date(door.unlocked_until).getTime() - serverNow()) / 1000);
  return left > 0 ? fill(gettext("locks in %(time)s"), { time: span(left) }) : "";
}
