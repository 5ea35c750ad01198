// The guide that takes devices over: they are read, what they say differently is decided, and all of it is brought in.

import { get, post, remove } from "/static/console/api.js";
import { button, emptyPlace, hidden, make, pageData } from "/static/console/elements.js";
import { fill, number } from "/static/console/format.js";
import { toastError } from "/static/console/toast.js";

const LOOK_MILLISECONDS = 700;
const SHOWN = 50;
const data = pageData();
const holder = document.getElementById("step");
let timer = null;
let names = new Map();

function step(name, ...content) {
  for (const item of document.querySelectorAll("#steps li")) {
    if (item.dataset.step === name) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
  holder.replaceChildren(...content.filter(Boolean));
}

const head = (title, ...tools) => make("header", { class: "dw-card-head" }, make("h2", {}, title), make("div", { class: "dw-buttons" }, tools));
const body = (...parts) => make("div", { class: "dw-card-body dw-stack" }, parts);

// --- Choosing devices ---

async function choosing() {
  history.replaceState(null, "", location.pathname);
  const found = [];
  for (let after = null; ;) {
    const page = await get(`/api/v1/devices?limit=1000${after === null ? "" : `&after=${after}`}`);
    found.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  const devices = found.filter((device) => device.approval === "approved");
  const live = devices.filter((device) => device.state === "live");
  if (!live.length) {
    step("choose", emptyPlace("nest_doorbell_visitor", gettext("No device is connected"), gettext("Devices are read over their connections: let them in first, and wait until they are live.")));
    return;
  }
  const boxes = devices.map((device) => {
    const isLive = device.state === "live";
    const input = make("input", { type: "checkbox", class: "dw-tick-box", value: String(device.device_id), checked: isLive, disabled: !isLive, on: { change: () => count() } });
    return { input, label: make("label", { class: "dw-tick" }, input, make("span", {}, make("span", { class: isLive ? "dw-strong" : "dw-quiet" }, device.name || String(device.device_id)), isLive ? null : make("span", { class: "dw-help" }, gettext("not connected")))) };
  });
  const go = button("", () => begin(boxes.filter(({ input }) => input.checked).map(({ input }) => Number(input.value))), { primary: true });
  const count = () => {
    const chosen = boxes.filter(({ input }) => input.checked).length;
    go.disabled = chosen === 0;
    go.textContent = fill(ngettext("Read %(count)s device", "Read %(count)s devices", chosen), { count: number(chosen) });
  };
  count();
  step("choose", body(make("p", {}, gettext("All people, cards, PINs, fingers, faces and rights on these devices are read and compared. Nothing is changed, neither here nor there, before you agree.")),
    make("fieldset", { class: "tk-devices" }, make("legend", { class: "dw-hidden-words" }, gettext("Devices")), boxes.map(({ label }) => label)), make("div", { class: "dw-buttons" }, go)));
}

async function begin(devices) {
  try {
    show(await post(data.api, { devices }));
  } catch (error) {
    toastError(error);
  }
}

// --- What it is at ---

async function look(id) {
  clearTimeout(timer);
  try {
    show(await get(`${data.api}/${id}`));
  } catch (error) {
    if (error.status) {
      toastError(error);
      choosing().catch(toastError);
    } else timer = setTimeout(() => look(id), 5 * LOOK_MILLISECONDS);
  }
}

function show(item) {
  history.replaceState(null, "", `?takeover=${item.id}`);
  names = new Map(item.devices.map((device) => [device.device, device.name]));
  if (item.state === "reading" || item.state === "applying") {
    working(item);
    timer = setTimeout(() => look(item.id), LOOK_MILLISECONDS);
  } else if (item.state === "applied") done(item);
  else if (item.state === "compared") deciding(item).catch(toastError);
  else step("read", emptyPlace("error", gettext("That did not work"), item.words, make("div", { class: "dw-buttons" }, button(gettext("From the beginning"), () => choosing().catch(toastError), { primary: true }), button(gettext("Forget it"), () => drop(item)))));
}

function working(item) {
  const bar = make("progress", { "aria-label": gettext("Progress") });
  if (item.job?.total) {
    bar.max = item.job.total;
    bar.value = item.job.done;
  }
  const count = item.job?.total ? fill(gettext("%(done)s of %(total)s"), { done: number(item.job.done), total: number(item.job.total) }) : "";
  step(item.state === "applying" ? "done" : "read", body(make("div", { class: "dw-progress" }, make("div", { class: "dw-progress-words" }, make("span", {}, item.state === "applying" ? gettext("is brought in") : gettext("the devices are read")), make("span", {}, count)), bar),
    make("ul", { class: "dw-plain-list" }, item.devices.map((device) => make("li", {}, device.people ? fill(ngettext("%(name)s: %(count)s person", "%(name)s: %(count)s people", device.people), { name: device.name, count: number(device.people) }) : device.name)))));
}

// --- Deciding ---

const fact = (value, title) => make("div", {}, make("strong", {}, number(value)), make("span", { class: "dw-quiet" }, title));
const facts = (item) => make("div", { class: "im-counts" }, fact(item.people, gettext("people on the devices")), fact(item.added, gettext("are new here")), fact(item.known, gettext("are here already")), fact(item.conflicts, gettext("questions")));
const said = (option) => (option.ours ? gettext("as it is here") : option.devices.map((device) => names.get(device) || String(device)).join(", "));

const FIELDS = {
  name: gettext("Name"), department: gettext("Department"), pin: gettext("PIN"), cards: gettext("Cards"), fingers: gettext("Fingers"), faces: gettext("Faces"), disabled: gettext("Blocked"),
  valid_from: gettext("Valid from"), valid_until: gettext("Valid until"),
};
const CARD_OWNER = "card-owner ";

/** What a question is about, in words; what has none is called as in the API. */
const about = (name) => (name.startsWith(CARD_OWNER) ? fill(gettext("Card %(card)s"), { card: name.slice(CARD_OWNER.length) }) : FIELDS[name] || name.replaceAll("_", " "));

function question(item, row) {
  const id = `conflict-${row.id}`;
  const options = row.options.map((option) => make("label", { class: "dw-tick" }, make("input", { type: "radio", class: "dw-tick-box", name: id, value: option.choice, checked: row.choice === option.choice, on: { change: () => decide(item, { choices: [{ id: row.id, choice: option.choice }] }, false) } }),
    make("span", {}, make("span", { class: "dw-strong" }, option.shown || gettext("nothing")), make("span", { class: "dw-help" }, said(option)))));
  return make("tr", {}, make("td", {}, String(row.number)), make("td", {}, about(row.field)), make("td", {}, make("fieldset", { class: "tk-options" }, make("legend", { class: "dw-hidden-words" }, `${row.number} ${about(row.field)}`), options)));
}

async function deciding(item) {
  const { items } = await get(`${data.api}/${item.id}/conflicts?limit=${SHOWN}&only_open=true`);
  const apply = button(gettext("Bring it in"), async () => {
    apply.disabled = true;
    try {
      show(await post(`${data.api}/${item.id}/apply`, { plan: item.plan }));
    } catch (error) {
      toastError(error);
      look(item.id);
    }
  }, { primary: true, picture: "check", disabled: item.open > 0 });
  const others = [["ours", gettext("as it is here")], ...item.devices.map((device) => [String(device.device), device.name])];
  step("look", head(gettext("What was found"), button(gettext("Read again"), () => post(`${data.api}/${item.id}/compare`, { read: true }).then(show, toastError), { small: true }), button(gettext("Forget it"), () => drop(item), { small: true })),
    body(facts(item),
      item.groups.length ? make("div", {}, make("p", { class: "dw-strong" }, gettext("These access groups are made or used:")), make("ul", { class: "dw-plain-list" }, item.groups.map((group) => make("li", {}, fill(ngettext("%(name)s, %(count)s person", "%(name)s, %(count)s people", group.people), { name: group.name, count: number(group.people) }))))) : null,
      item.remarks.length ? make("ul", { class: "dw-plain-list dw-quiet" }, item.remarks.map((remark) => make("li", {}, remark))) : null,
      item.open ? make("p", {}, fill(ngettext("%(count)s question is open: the devices do not agree.", "%(count)s questions are open: the devices do not agree.", item.open), { count: number(item.open) })) : make("p", { class: "dw-quiet" }, gettext("Nothing was changed yet. All of it is brought in, or nothing.")),
      item.open > 1 ? make("div", { class: "dw-buttons" }, make("span", { class: "dw-quiet" }, gettext("All open ones:")), others.map(([choice, words]) => button(words, () => decide(item, { others: choice }), { small: true }))) : null,
      make("div", { class: "dw-buttons" }, apply)),
    items.length ? make("div", { class: "dw-table-wrap", tabIndex: 0, role: "region", "aria-label": gettext("Questions") }, make("table", { class: "dw-table" }, make("caption", {}, hidden(gettext("Questions"))),
      make("thead", {}, make("tr", {}, [gettext("Person"), gettext("What"), gettext("What is said")].map((words) => make("th", { scope: "col" }, words)))), make("tbody", {}, items.map((row) => question(item, row))))) : null);
}

async function decide(item, answer, again = true) {
  try {
    const found = await post(`${data.api}/${item.id}/decisions`, answer);
    // Whoever goes through the questions one by one is not torn away from them.
    if (again || found.open === 0) show(found);
  } catch (error) {
    toastError(error);
  }
}

// --- Done ---

function done(item) {
  step("done", head(gettext("Taken over")), body(facts(item), make("p", {}, item.words), make("p", {}, gettext("The devices hold what they held. Switch each on under Sync, and from then on its people and rights come from here.")),
    make("div", { class: "dw-buttons" }, make("a", { class: "dw-button dw-button-primary", href: data.sync }, gettext("To the devices")), make("a", { class: "dw-button", href: data.people }, gettext("To the people")))));
}

async function drop(item) {
  try {
    await remove(`${data.api}/${item.id}`);
    await choosing();
  } catch (error) {
    toastError(error);
  }
}

const asked = new URLSearchParams(location.search).get("takeover");
if (asked && /^\d+$/.test(asked)) look(Number(asked));
else choosing().catch(toastError);
