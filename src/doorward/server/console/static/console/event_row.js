// One event as a line of a list. A line that is not needed any more is filled anew rather than thrown away.

import { dateTime } from "./format.js";

const KINDS = { info: "neutral", notice: "info", warning: "warn", alarm: "bad" };

function part(row, name, tag = "span") {
  const element = document.createElement(tag);
  element.className = `dw-event-${name}`;
  row.append(element);
  return element;
}

/** @returns {HTMLLIElement} An empty line. */
export function makeRow() {
  const row = document.createElement("li");
  row.className = "dw-event";
  const time = part(row, "time", "time");
  const severity = part(row, "severity");
  const badge = document.createElement("span");
  severity.append(badge);
  const words = part(row, "words");
  const device = part(row, "device", "a");
  const person = part(row, "person");
  const picture = part(row, "picture", "button");
  picture.type = "button";
  picture.className += " dw-icon-button";
  const name = document.createElement("span");
  name.className = "dw-hidden-words";
  name.textContent = gettext("Show the picture");
  const icon = document.createElement("span");
  icon.className = "material-symbols-outlined";
  icon.setAttribute("aria-hidden", "true");
  icon.textContent = "photo_camera";
  picture.append(name, icon);
  row.parts = { time, badge, words, device, person, picture };
  return row;
}

/**
 * Fill a line.
 *
 * @param {HTMLLIElement} row
 * @param {any} event As the stream gives it.
 * @param {{deviceName: (id: number) => string, deviceAddress: string, missed?: boolean}} options `deviceAddress` is the
 *     address of a device's page with a 0 in the place of its number; empty for no links.
 */
export function fillRow(row, event, { deviceName, deviceAddress, missed = false }) {
  const { time, badge, words, device, person, picture } = row.parts;
  row.dataset.position = event.position;
  row.dataset.severity = event.severity;
  row.classList.toggle("dw-event-missed", missed);
  time.dateTime = event.utc;
  time.textContent = dateTime(event.utc);
  badge.className = `dw-badge dw-badge-${KINDS[event.severity] || "neutral"}`;
  badge.textContent = gettext(event.severity);
  words.textContent = eventWords(event);
  device.textContent = deviceName(event.origin);
  if (deviceAddress) device.href = deviceAddress.replace("/0/", `/${event.origin}/`);
  else device.removeAttribute("href");
  person.textContent = personWords(event);
  picture.hidden = event.image_slot < 0;
}

export function eventWords(event) {
  const words = gettext(event.words);
  return event.how ? `${words} (${gettext(event.how)})` : words;
}

export function personWords(event) {
  if (event.pseudonym || event.person_name) return event.pseudonym || event.person_name;
  return event.person ? interpolate(gettext("person %s"), [event.person]) : "";
}
