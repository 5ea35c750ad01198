// The hours of a day as a list of [start, end] in minutes after midnight: read from text, written as text, moved and
// stretched without running into each other.

import { fill } from "/static/console/format.js";

export const DAY = 1440;
export const STEP = 15;

/** What was typed is no list of hours; the message says what is wrong and what is allowed. */
export class WrongHours extends Error {}

const two = (value) => String(value).padStart(2, "0");

/** "08:00"; the end of the day is "24:00". */
export const clock = (minutes) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

/** "08:00 to 12:00", for reading out. */
export const spoken = ([start, end]) => fill(gettext("%(start)s to %(end)s"), { start: clock(start), end: clock(end) });

/** "08:00-12:00, 13:00-17:00". */
export const textOf = (intervals) => intervals.map(([start, end]) => `${clock(start)}-${clock(end)}`).join(", ");

/** Minutes of "8", "8:30", "08.30" or "24:00". */
export function readClock(text) {
  const found = /^(\d{1,2})(?:[:.](\d{2}))?$/.exec(text.trim());
  const minutes = found ? Number(found[1]) * 60 + Number(found[2] || 0) : NaN;
  if (!found || Number(found[2] || 0) > 59 || minutes > DAY) {
    throw new WrongHours(fill(gettext("“%(text)s” is no time of day; 00:00 to 24:00 is allowed."), { text: text.trim() }));
  }
  return minutes;
}

/**
 * Read a day as somebody typed it.
 *
 * @param {string} text Such as "8-12, 13:00-17:30"; empty for no hours.
 * @param {number} most How many parts a day may have.
 * @returns {[number, number][]} In order.
 * @throws {WrongHours}
 */
export function readDay(text, most) {
  const parts = text.split(/[,;\n]/).map((part) => part.trim()).filter(Boolean);
  const found = parts.map((part) => {
    const ends = part.split(/\s*(?:-|–|—|\bto\b)\s*/);
    if (ends.length !== 2) throw new WrongHours(fill(gettext("“%(text)s” is not understood; write 08:00-12:00, 13:00-17:00."), { text: part }));
    const [start, end] = ends.map(readClock);
    if (start >= end) throw new WrongHours(fill(gettext("“%(text)s” ends before it begins. Hours over midnight are two parts: one until 24:00, and one from 00:00 of the next day."), { text: part }));
    return [start, end];
  }).toSorted(([one], [other]) => one - other);
  if (found.length > most) throw new WrongHours(fill(gettext("A day has at most %(most)s parts; these are %(count)s."), { most, count: found.length }));
  for (let place = 1; place < found.length; place += 1) {
    if (found[place][0] < found[place - 1][1]) {
      throw new WrongHours(fill(gettext("%(one)s and %(other)s overlap."), { one: textOf([found[place - 1]]), other: textOf([found[place]]) }));
    }
  }
  return found;
}

/** How far a part can go without touching its neighbours. */
function roomOf(intervals, place) {
  return [place > 0 ? intervals[place - 1][1] : 0, place < intervals.length - 1 ? intervals[place + 1][0] : DAY];
}

const within = (value, least, most) => Math.min(Math.max(value, least), most);

/** The next multiple of the step in a direction. */
export function stepped(minutes, direction) {
  const place = minutes / STEP;
  return (direction > 0 ? Math.floor(place) + 1 : Math.ceil(place) - 1) * STEP;
}

/** Move a part so that it starts at a minute, as far as there is room. */
export function moved(intervals, place, start) {
  const [least, most] = roomOf(intervals, place);
  const length = intervals[place][1] - intervals[place][0];
  const at = within(start, least, most - length);
  return intervals.with(place, [at, at + length]);
}

/** Put one end of a part at a minute, as far as there is room; a part is never shorter than a step. */
export function stretched(intervals, place, end, minutes) {
  const [least, most] = roomOf(intervals, place);
  const [from, to] = intervals[place];
  if (end === "start") return intervals.with(place, [within(minutes, least, Math.max(least, to - STEP)), to]);
  return intervals.with(place, [from, within(minutes, Math.min(most, from + STEP), most)]);
}

/** The free part of a day around a minute; null where it is taken. */
export function gapAt(intervals, minute) {
  let from = 0;
  for (const [start, end] of [...intervals, [DAY, DAY]]) {
    if (minute < start || start === DAY) return minute >= from && start > from ? [from, start] : null;
    if (minute < end) return null;
    from = end;
  }
  return null;
}

/** Where a new part goes that nobody pointed at: the usual hours, or the longest free part of the day; null when it is full. */
export function freePart(intervals) {
  if (intervals.length === 0) return [480, 1020];
  let from = 0;
  let best = null;
  for (const [start, end] of [...intervals, [DAY, DAY]]) {
    if (start - from >= STEP && (best === null || start - from > best[1] - best[0])) best = [from, start];
    from = end;
  }
  if (best === null) return null;
  // Not right beside its neighbours, where there is room.
  const [start, end] = best;
  const begin = start > 0 && end - start > 120 ? start + 60 : start;
  return [begin, Math.min(end, begin + 240)];
}

/** Put a part in; gives the list and the place it has there. */
export function added(intervals, part) {
  const list = [...intervals, part].toSorted(([one], [other]) => one - other);
  return { list, place: list.indexOf(part) };
}
