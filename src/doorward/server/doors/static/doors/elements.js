// Small helpers to build a page: elements with text, never with markup.

/**
 * @param {string} tag
 * @param {Record<string, any>} properties `class`, `text`, `data`, listeners as `onclick`; all others are attributes.
 * @param {...(Node | string | null | false)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") made.className = value;
    else if (name === "text") made.textContent = value;
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A picture of the icon font, which says nothing to a screen reader. */
export const icon = (name) => element("span", { class: "material-symbols-outlined", "aria-hidden": "true", text: name });

/** Words that only a screen reader gets. */
export const hiddenWords = (text) => element("span", { class: "dw-hidden-words", text });

/** A badge as the frame has them; kind is good, warn, bad, info or neutral. */
export const badge = (text, kind = "neutral") =>
  element("span", { class: `dw-badge dw-badge-${kind}` }, element("span", { class: "dw-dot", "aria-hidden": "true" }), text);

/** Put the data of the page, which the server wrote into it, into a value. */
export const pageData = (id) => JSON.parse(document.getElementById(id).textContent);
