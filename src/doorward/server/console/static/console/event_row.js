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
 * @param {{deviceName: (id: number) => string, deviceAddress: string, people?: any, missed?: boolean}} options `deviceAddress` is the
 *     address of a device's page with a 0 in the place of its number; empty for no links. `people` are the PersonNames of
 *     whoever may see people.
 */
export function fillRow(row, event, { deviceName, deviceAddress, people = null, missed = false }) {
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
  fillPerson(person, event, people?.known(event.person));
  picture.hidden = event.image_slot < 0;
}

/** A person by photo and name where they are known, else by number. */
function fillPerson(holder, event, known) {
  const words = personWords(event, known);
  if (known?.photo) {
    const photo = document.createElement("img");
    photo.src = known.photo;
    photo.alt = "";
    photo.className = "dw-event-photo";
    holder.replaceChildren(photo, words);
  } else holder.textContent = words;
  holder.title = known && event.person ? String(event.person) : "";
}

export function eventWords(event) {
  const words = gettext(event.words);
  return event.how ? `${words} (${gettext(event.how)})` : words;
}

/** The words for the person of an event; `known` is what PersonNames know of the person. */
export function personWords(event, known = null) {
  if (event.pseudonym) return event.pseudonym;
  if (known) return known.name;
  if (event.person_name) return event.person_name;
  return event.person ? interpolate(gettext("person %s"), [event.person]) : "";
}
