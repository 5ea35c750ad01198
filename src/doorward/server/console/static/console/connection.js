// The small sign in the header: live, or reconnecting since when.

import { fill, timeOfDay } from "./format.js";

/** @returns {(state: string, since: Date) => void} What a Stream tells its state. */
export function connectionSign(element = document.getElementById("connection")) {
  return (state, since) => {
    if (element === null) return;
    element.dataset.state = state;
    const words = element.querySelector("[data-words]");
    if (state === "live") words.textContent = gettext("live");
    else if (state === "connecting") words.textContent = gettext("connecting");
    else if (state === "refused") words.textContent = gettext("signed out: load the page again");
    else words.textContent = fill(gettext("reconnecting since %(time)s"), { time: timeOfDay(since) });
  };
}
