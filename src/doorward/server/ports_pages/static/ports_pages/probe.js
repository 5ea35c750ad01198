// A probe: each step as it runs, then what is wrong and what to do.

import { fill, number } from "/static/console/format.js";
import { toastError } from "/static/console/toast.js";
import { follow, icon, make, runner, step } from "/static/ports_pages/lines.js";

const byId = (name) => document.getElementById(name);
const form = byId("probe-form");

const STATES = {
  running: () => gettext("under way"),
  good: () => gettext("well"),
  info: () => gettext("note"),
  bad: () => gettext("problem"),
  neutral: () => gettext("left out"),
};

function draw(told) {
  const end = told.kind === "running" ? "" : fill(gettext("%(seconds)s s"), { seconds: number(told.seconds) });
  const item = step({ kind: told.kind, title: told.title, texts: [told.text], end, hidden: STATES[told.kind]() });
  item.dataset.step = told.key;
  const before = byId("lines").querySelector(`[data-step="${told.key}"]`);
  if (before) before.replaceWith(item);
  else byId("lines").append(item);
}

function drawVerdict({ kind, sentence, commands }) {
  const box = make("div", "pp-verdict");
  box.dataset.kind = kind;
  const words = make("div", "dw-stack");
  words.append(make("p", "pp-verdict-sentence", sentence), ...commands.map((command) => make("code", "pp-command dw-mono", command)));
  box.append(icon(kind), words);
  byId("verdict").replaceChildren(box);
}

function endRunning() {
  for (const item of byId("lines").querySelectorAll('[data-kind="running"]')) item.remove();
}

if (byId("run")) {
  const run = runner(byId("run"), byId("stop"), async (signal) => {
    const target = form.elements.target.value.trim();
    const port = form.elements.udp_port.value;
    byId("lines").replaceChildren();
    byId("verdict").replaceChildren();
    byId("looked-at").textContent = target;
    byId("results").hidden = false;
    const asked = { target, dials: form.elements.dials.checked, udp_port: port ? Number(port) : null };
    if (form.elements.agent?.value) asked.agent = Number(form.elements.agent.value);
    try {
      await follow(form, asked, (line) => (line.step ? draw(line.step) : drawVerdict(line.verdict)), signal);
    } catch (error) {
      endRunning();
      if (error.name === "AbortError") drawVerdict({ kind: "warn", sentence: gettext("Stopped before it was over."), commands: [] });
      else if (byId("lines").childElementCount) drawVerdict({ kind: "bad", sentence: [error.message, error.advice].filter(Boolean).join(" "), commands: [] });
      else {
        byId("results").hidden = true;
        toastError(error);
      }
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
}
