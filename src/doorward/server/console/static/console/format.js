// Times, numbers and spans as the reader expects them: in the language of the page and the zone of the site.

const root = document.documentElement;

/** What Intl is given; plain English would write months first, unlike all that the server writes. */
export const language = !root.lang || root.lang === "en" ? "en-GB" : root.lang;

const timeZone = root.dataset.timeZone || "UTC";

const clock = new Intl.DateTimeFormat(language, {
  timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(language, { timeZone, year: "numeric", month: "short", day: "numeric" });
const dayKey = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
const numbers = new Intl.NumberFormat(language);

/** The time of day of an ISO text or Date, with seconds. */
export const timeOfDay = (moment) => clock.format(new Date(moment));

/** The day of an ISO text or Date. */
export const date = (moment) => day.format(new Date(moment));

/** Day and time; today's without the day. */
export function dateTime(moment) {
  const when = new Date(moment);
  const time = clock.format(when);
  return dayKey.format(when) === dayKey.format(new Date()) ? time : `${day.format(when)} ${time}`;
}

export const number = (value) => numbers.format(value);

/** A span of seconds in its two largest units, such as "3 h 20 min". */
export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const days = Math.floor(whole / 86400);
  const hours = Math.floor((whole % 86400) / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const pieces = [];
  if (days) pieces.push(interpolate(gettext("%s d"), [days]));
  if (hours) pieces.push(interpolate(gettext("%s h"), [hours]));
  if (minutes && !days) pieces.push(interpolate(gettext("%s min"), [minutes]));
  if (!days && !hours && whole < 600) pieces.push(interpolate(gettext("%s s"), [whole % 60]));
  return pieces.slice(0, 2).join(" ");
}

/** Words with %(name)s put in; the words are translated first. */
export const fill = (words, values) => interpolate(words, values, true);
