// Small helpers to build a page: elements with text, never with markup.

import { dateTime } from "./format.js";

/**
 * Make an element. Strings become text; children that are null, undefined or false are left out.
 *
 * @param {string} name
 * @param {Record<string, any>} attributes `class`, `text`, `data` for its dataset, `on` for listeners; what the element
 *     has a property for is set as such unless it is a string; all others are attributes.
 * @param {...(Node | string | null | undefined | false | Array)} children
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") element.className = value;
    else if (key === "text") element.textContent = value;
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else if (key in element && typeof value !== "string") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A picture of the icon font, which says nothing to a screen reader. */
export const icon = (name) => make("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, name);

/** Words that only a screen reader gets. */
export const hidden = (words) => make("span", { class: "dw-hidden-words" }, words);

/** A badge as the frame has them; kind is good, warn, bad, info or neutral. */
export const badge = (kind, words, { dot = false } = {}) =>
  make("span", { class: `dw-badge dw-badge-${kind}` }, dot && make("span", { class: "dw-dot", "aria-hidden": "true" }), words);

/** A button; `icon` names its picture, `primary`, `small` and `danger` its looks. */
export function button(words, act, { picture = "", primary = false, small = false, danger = false, ...attributes } = {}) {
  const looks = ["dw-button", primary && "dw-button-primary", small && "dw-button-small", danger && "dw-button-danger"];
  return make("button", { type: "button", class: looks.filter(Boolean).join(" "), on: { click: act }, ...attributes }, picture && icon(picture), words);
}

/** A button that is a picture alone; its words are for a screen reader and for pointing at it. */
export const iconButton = (words, picture, act, attributes = {}) =>
  make("button", { type: "button", class: "dw-icon-button", title: words, on: { click: act }, ...attributes }, hidden(words), icon(picture));

/** An option of a select. */
export const option = (value, words, selected = false) => make("option", { value: String(value), selected }, words);

let made = 0;

/** A number of its own for an element that labels point to. */
export const freshId = (name = "item") => `${name}-${(made += 1)}`;

/** A labelled field. */
export function field(label, input, help = "") {
  input.id = input.id || freshId("field");
  input.classList.add("dw-input");
  const words = help ? make("p", { class: "dw-help", id: `${input.id}-help` }, help) : null;
  if (words) input.setAttribute("aria-describedby", words.id);
  return make("div", { class: "dw-field" }, make("label", { for: input.id }, label), input, words);
}

/** A box to tick with its words beside it. */
export function tick(words, attributes = {}, help = "") {
  const input = make("input", { type: "checkbox", class: "dw-tick-box", ...attributes });
  const label = make("label", { class: "dw-tick" }, input, make("span", {}, words, help && make("span", { class: "dw-help" }, help)));
  return { input, label };
}

/** A moment for people, its full form on pointing at it. */
export function moment(iso, { none = "–" } = {}) {
  if (!iso) return none;
  return make("time", { datetime: iso, title: new Date(iso).toString() }, dateTime(iso));
}

/** What the server wrote into the page. */
export const pageData = (id = "page-data") => JSON.parse(document.getElementById(id).textContent);

/** An empty place: what there is not, and what to do next. */
export const emptyPlace = (picture, title, words = "", ...children) =>
  make("div", { class: "dw-empty" }, icon(picture), make("h2", {}, title), words && make("p", {}, words), children);
