// What the checks of the server find, now and whenever somebody asks again.

import { get } from "/static/console/api.js";
import { fill, number, timeOfDay } from "/static/console/format.js";
import { toastError } from "/static/console/toast.js";

const byId = (name) => document.getElementById(name);
const list = byId("findings");
const ICONS = { ok: "check_circle", warning: "warning", error: "error" };
const WORDS = { ok: () => gettext("well"), warning: () => gettext("warning"), error: () => gettext("error") };

function make(name, className, words = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = words;
  return element;
}

function line(found) {
  const item = make("li", "sy-finding");
  item.dataset.level = found.level;
  const sign = make("span", "material-symbols-outlined", ICONS[found.level]);
  sign.setAttribute("aria-hidden", "true");
  const subject = make("p", "sy-subject", found.subject);
  subject.append(make("span", "dw-hidden-words", `: ${WORDS[found.level]()}`));
  const words = make("div", "sy-words");
  words.append(make("p", "", found.words));
  if (found.advice) words.append(make("p", "", found.advice));
  item.append(sign, subject, words);
  return item;
}

function summary(findings) {
  const errors = findings.filter((found) => found.level === "error").length;
  const warnings = findings.filter((found) => found.level === "warning").length;
  const at = fill(gettext("looked at %(time)s"), { time: timeOfDay(new Date()) });
  if (!errors && !warnings) return `${gettext("All is well")}, ${at}`;
  return [
    fill(ngettext("%(count)s error", "%(count)s errors", errors), { count: number(errors) }),
    fill(ngettext("%(count)s warning", "%(count)s warnings", warnings), { count: number(warnings) }),
    at,
  ].join(", ");
}

async function look() {
  byId("refresh").disabled = true;
  byId("checks-state").textContent = gettext("Looking");
  list.setAttribute("aria-busy", "true");
  try {
    const { findings } = await get(list.dataset.address);
    const order = ["error", "warning", "ok"];
    findings.sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level));
    list.replaceChildren(...findings.map(line));
    byId("checks-state").textContent = summary(findings);
  } catch (error) {
    byId("checks-state").textContent = "";
    toastError(error);
  }
  list.setAttribute("aria-busy", "false");
  byId("refresh").disabled = false;
}

byId("refresh").addEventListener("click", look);
look();
