// All agents: how each does, looked at every few seconds, and adding one.

import { get, post } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { number } from "/static/console/format.js";
import { toastError } from "/static/console/toast.js";
import { field, make, may, moment, shown } from "/static/devices/common.js";
import { latencyWords, reachFields, showCode, stateBadge } from "./common.js";

const LOOK_MILLISECONDS = 5000;
const byId = (name) => document.getElementById(name);
const body = byId("agents").querySelector("tbody");

function row(agent) {
  return make("tr", {},
    make("td", {}, make("a", { class: "dw-link dw-strong", href: `${shown.addresses.agents}${agent.id}/` }, agent.name)),
    make("td", {}, stateBadge(agent.state)),
    make("td", {}, latencyWords(agent)),
    make("td", {}, agent.version || "–"),
    make("td", {}, moment(agent.last_contact, { none: gettext("never") }), agent.last_address ? make("span", { class: "dw-quiet dw-small" }, ` ${agent.last_address}`) : null),
    make("td", {}, number(agent.devices)));
}

async function look() {
  let found;
  try {
    found = (await get("/api/v1/agents")).items;
  } catch (error) {
    toastError(error);
    return;
  }
  // The reader's place in the table is kept.
  const at = document.activeElement?.closest("#agents a")?.href;
  body.replaceChildren(...found.map(row));
  if (at) [...body.querySelectorAll("a")].find((link) => link.href === at)?.focus();
  byId("agents").hidden = !found.length;
  byId("empty").hidden = found.length > 0;
}

async function add() {
  const name = make("input", { class: "dw-input", maxLength: 100, autocomplete: "off" });
  const hours = make("input", { class: "dw-input", type: "number", min: 1, max: shown.hours.most });
  hours.value = String(shown.hours.usual);
  const reach = reachFields(null);
  const agreed = await ask({
    title: gettext("Add an agent"),
    words: [gettext("It gets a one-time code, which you carry to the branch. It may reach there what you name here, and nothing else.")],
    content: make("div", { class: "dv-form-grid" }, field(gettext("Name"), name, gettext("Such as the branch.")), ...reach.elements, field(gettext("Hours that the code can be used"), hours)),
    confirm: gettext("Add"),
  });
  if (!agreed) return;
  try {
    showCode(await post("/api/v1/agents", { name: name.value.trim(), hours: Number(hours.value), ...reach.read() }));
  } catch (error) {
    toastError(error);
  }
  await look();
}

byId("add").hidden = !may("agents.manage");
byId("add").addEventListener("click", add);
look();
setInterval(() => !document.hidden && look(), LOOK_MILLISECONDS);
