// How a device stands with its people, in words, badges and a bar.

import { badge, make } from "/static/console/elements.js";
import { dateTime, fill, number } from "/static/console/format.js";

/** Whether something wants doing or is under way. */
export const isOpen = (device) => device.managed && (!device.in_step || device.problems > 0 || device.differences > 0);

const isConnected = (device) => ["live", "catching up"].includes(device.state);

/** The connection of a device. */
export const connection = (device) => (isConnected(device) ? badge("good", gettext("connected"), { dot: true }) : badge("neutral", gettext("not connected"), { dot: true }));

/** What is under way, as a bar; null when nothing is. */
export function progressBar(device) {
  if (!device.managed || !device.total || device.done >= device.total) return null;
  const words = fill(gettext("%(done)s of %(total)s"), { done: number(device.done), total: number(device.total) });
  return make("div", { class: "dw-progress sy-progress" }, make("div", { class: "dw-progress-words" }, make("span", {}, gettext("is being brought up to date")), make("span", {}, words)), make("progress", { max: device.total, value: device.done, "aria-label": words }));
}

/** The badges of a device. */
export function badges(device) {
  if (!device.managed) return [badge("neutral", gettext("left as it is"))];
  const found = [];
  if (device.in_step) found.push(badge("good", gettext("as it should be"), { dot: true }));
  if (device.withdrawals) found.push(badge("bad", fill(ngettext("%(count)s withdrawal waits", "%(count)s withdrawals wait", device.withdrawals), { count: number(device.withdrawals) })));
  const rest = device.waiting - device.withdrawals;
  if (rest > 0) found.push(badge("warn", fill(ngettext("%(count)s waits", "%(count)s wait", rest), { count: number(rest) })));
  if (device.problems) found.push(badge("bad", fill(ngettext("%(count)s does not fit", "%(count)s do not fit", device.problems), { count: number(device.problems) })));
  if (device.differences) found.push(badge("warn", fill(ngettext("%(count)s difference", "%(count)s differences", device.differences), { count: number(device.differences) })));
  if (!found.length) found.push(badge("info", device.comparing ? gettext("is compared") : gettext("is read")));
  return found;
}

/** When a device was last read. */
export function readWords(device) {
  if (!device.managed) return "";
  if (device.check_wanted) return isConnected(device) ? gettext("is read now") : gettext("is read once it is connected");
  return device.checked_at ? fill(gettext("read %(time)s"), { time: dateTime(device.checked_at) }) : gettext("not read yet");
}
