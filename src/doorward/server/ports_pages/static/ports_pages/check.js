// The ports of this machine, line by line as they are looked at.

import { fill, number } from "/static/console/format.js";
import { toastError } from "/static/console/toast.js";
import { follow, runner, step } from "/static/ports_pages/lines.js";

const byId = (name) => document.getElementById(name);
const form = byId("check-form");
const counts = { bad: 0, warn: 0, free: 0 };
let showsAll = false;

function draw(found) {
  const item = step({
    kind: found.kind, title: found.subject, hidden: found.state, commands: found.commands,
    texts: [found.text, found.advice, found.own && found.kind !== "good" ? gettext("This server wants to listen here.") : ""],
    end: "",
  });
  if (found.purpose) {
    const purpose = document.createElement("p");
    purpose.className = "dw-quiet dw-small";
    purpose.textContent = found.purpose;
    item.querySelector(".pp-step-words").append(purpose);
  }
  item.dataset.quiet = found.quiet ? "yes" : "no";
  item.hidden = found.quiet && !showsAll;
  if (found.quiet) counts.free += 1;
  if (found.kind in counts) counts[found.kind] += 1;
  byId("lines").append(item);
}

function summary() {
  const problems = fill(ngettext("%(count)s problem", "%(count)s problems", counts.bad), { count: number(counts.bad) });
  const warnings = fill(ngettext("%(count)s warning", "%(count)s warnings", counts.warn), { count: number(counts.warn) });
  const free = fill(ngettext("%(count)s other port is free", "%(count)s other ports are free", counts.free), { count: number(counts.free) });
  return `${problems}, ${warnings}. ${free}.`;
}

byId("all").addEventListener("click", () => {
  showsAll = !showsAll;
  byId("all").setAttribute("aria-pressed", String(showsAll));
  for (const item of byId("lines").children) item.hidden = item.dataset.quiet === "yes" && !showsAll;
});

const run = runner(byId("run"), byId("stop"), async (signal) => {
  byId("lines").replaceChildren();
  Object.assign(counts, { bad: 0, warn: 0, free: 0 });
  byId("results").hidden = false;
  byId("summary").textContent = gettext("Looking");
  try {
    await follow(form, {}, (line) => !line.end && draw(line), signal);
    byId("summary").textContent = summary();
  } catch (error) {
    byId("summary").textContent = error.name === "AbortError" ? gettext("Stopped before it was over.") : "";
    if (error.name !== "AbortError") toastError(error);
  }
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
