// "May this person pass this door then?": asked, and answered with the reason.

import { get } from "/static/console/api.js";
import { badge, field, make, option } from "/static/console/elements.js";

/**
 * Put the question into a page.
 *
 * @param {HTMLElement | null} holder
 * @param {{person: number, doors: {id: number, name: string}[], now: string, address: string}} about `now` is the moment that
 *     is asked about first, as a field for a moment shows it, in the zone of the site.
 */
export function beginChecker(holder, { person, doors, now, address }) {
  if (holder === null || !doors.length) return;
  const door = make("select", {}, doors.map((item) => option(item.id, item.name)));
  const moment = make("input", { type: "datetime-local", value: now, required: true });
  const answer = make("p", { role: "status" });
  const form = make("form", {}, field(gettext("Door"), door), field(gettext("When"), moment), make("button", { type: "submit", class: "dw-button" }, gettext("May it be passed?")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const query = new URLSearchParams({ person, door: door.value, at: moment.value });
      const found = await get(`${address}?${query}`);
      answer.replaceChildren(badge(found.may ? "good" : "bad", found.may ? gettext("yes") : gettext("no"), { dot: true }), " ", found.words);
    } catch (error) {
      answer.textContent = [error.message, error.advice].filter(Boolean).join(" ");
    }
  });
  holder.hidden = false;
  holder.append(make("p", { class: "dw-quiet" }, gettext("May this person pass this door then?")), form, answer);
}
