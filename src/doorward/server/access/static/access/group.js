// One access group: its doors with their hours, and its people.

import { get, post, remove } from "/static/console/api.js";
import { inParts, runMany } from "/static/console/bulk.js";
import { among, choose } from "/static/console/chooser.js";
import { ask } from "/static/console/dialog.js";
import { button, emptyPlace, hidden, icon, iconButton, make, option, pageData } from "/static/console/elements.js";
import { fill, number } from "/static/console/format.js";
import { sends, warnsUnsaved } from "/static/console/sending.js";
import { toast, toastError } from "/static/console/toast.js";

const AT_A_TIME = 500;
const WAIT_MILLISECONDS = 200;
const ALWAYS = "";
const data = pageData();
const { group } = data;
const byId = (id) => document.getElementById(id);
const unsaved = warnsUnsaved();
const rights = data.rights.map((right) => ({ ...right, schedule: right.schedule === null ? ALWAYS : String(right.schedule) }));

// --- Doors and hours ---

const scheduleOptions = (chosen) => [option(ALWAYS, gettext("Always"), chosen === ALWAYS), ...data.schedules.map((item) => option(item.number, item.name, String(item.number) === chosen))];
const scheduleOf = (value) => data.schedules.find((item) => String(item.number) === value);
const wordsOf = (value) => (value === ALWAYS ? gettext("at any time") : scheduleOf(value)?.words || "");

function drawRights() {
  const holder = byId("rights");
  if (!rights.length) {
    holder.replaceChildren(emptyPlace("door_front", gettext("No door yet"), gettext("The people of this group pass no door by it.")));
    return;
  }
  const rows = rights.map((right) => {
    const twins = rights.filter((other) => other.device === right.device);
    const words = make("span", { class: "dw-quiet dw-small" }, wordsOf(right.schedule));
    const schedule = scheduleOf(right.schedule);
    const hours = data.may_edit
      ? make("select", { class: "dw-input", "aria-label": fill(gettext("Hours at %(door)s"), { door: right.name }), on: { change: (event) => changeHours(right, event.currentTarget.value) } }, scheduleOptions(right.schedule))
      : schedule ? make("a", { class: "dw-link", href: data.schedule.replace("/0/", `/${schedule.number}/`) }, schedule.name) : gettext("Always");
    return make("tr", {},
      make("td", {}, make("span", { class: "dw-strong" }, right.name), make("p", { class: "dw-quiet dw-small" }, [right.device_name === right.name ? "" : right.device_name, right.group].filter(Boolean).join(" · "))),
      make("td", {}, make("div", { class: "ac-hours" }, hours, words), twins.length > 1 && make("p", { class: "dw-quiet dw-small" }, gettext("Both doors of this device have the same hours: it knows rights at itself, not at each door."))),
      data.may_edit ? make("td", {}, iconButton(fill(gettext("Take %(door)s away"), { door: right.name }), "delete", () => takeAway(right))) : null);
  });
  holder.replaceChildren(make("div", { class: "dw-table-wrap", tabIndex: 0, role: "region", "aria-label": gettext("Doors") }, make("table", { class: "dw-table ac-rights" },
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, gettext("Door")), make("th", { scope: "col" }, gettext("When")), data.may_edit ? make("th", { scope: "col" }, hidden(gettext("Take away"))) : null)), make("tbody", {}, rows))));
}

function changeHours(right, value) {
  for (const other of rights) if (other.device === right.device) other.schedule = value;
  const place = rights.indexOf(right);
  unsaved(true);
  drawRights();
  byId("rights").querySelectorAll("select")[place]?.focus();
}

function takeAway(right) {
  rights.splice(rights.indexOf(right), 1);
  unsaved(true);
  drawRights();
  byId("add-doors").focus();
}

async function addDoors() {
  const held = new Set(rights.map((right) => right.id));
  const left = data.doors.filter((door) => !held.has(door.id));
  const hours = make("select", { class: "dw-input" }, scheduleOptions(ALWAYS));
  const picked = await choose({
    title: gettext("Add doors"), search: gettext("Search among doors"), nothing: left.length ? gettext("No door fits.") : gettext("All doors are in it already."),
    confirm: (count) => (count ? fill(ngettext("Add %(count)s door", "Add %(count)s doors", count), { count }) : gettext("Add")),
    load: among(left.map((door) => ({ key: door.id, title: door.name, note: [door.device_name === door.name ? "" : door.device_name, door.group].filter(Boolean).join(" · ") }))),
    content: make("div", { class: "dw-field" }, make("label", {}, gettext("Hours"), hours)),
  });
  if (!picked) return;
  for (const { key } of picked) {
    const door = data.doors.find((item) => item.id === key);
    const twin = rights.find((right) => right.device === door.device);
    rights.push({ ...door, schedule: twin ? twin.schedule : hours.value });
  }
  unsaved(true);
  drawRights();
}

async function save() {
  const name = byId("name").value.trim();
  const saved = await post(data.save, { name, rights: rights.map((right) => ({ door: right.id, schedule: right.schedule === ALWAYS ? null : Number(right.schedule) })) });
  unsaved(false);
  if (group.number === null) location.assign(saved.address);
  else {
    document.querySelector("h1").textContent = name;
    toast(gettext("Saved. The devices are told now."), { kind: "success" });
  }
}

drawRights();
if (data.may_edit) {
  byId("name").addEventListener("input", () => unsaved(true));
  byId("add-doors").addEventListener("click", addDoors);
  sends(byId("group"), save);
}
byId("remove")?.addEventListener("click", async () => {
  const agreed = await ask({ title: fill(gettext("Remove %(name)s?"), { name: group.name }), words: [gettext("Its people lose what they may by it, at all devices. They stay here.")], confirm: gettext("Remove"), dangerous: true });
  if (!agreed) return;
  try {
    await remove(`${data.api}/${group.number}`);
    unsaved(false);
    location.assign(data.list);
  } catch (error) {
    toastError(error);
  }
});

// --- People ---

const members = byId("members");
const countWords = (count) => fill(ngettext("%(count)s person", "%(count)s people", count), { count: number(count) });
let searched = "";

async function drawMembers() {
  const found = await get(`${data.people}?${new URLSearchParams({ group: group.number, q: searched })}`);
  byId("members-title").textContent = `${gettext("People")} (${number(found.all)})`;
  const list = make("ul", { class: "ac-members" }, found.items.map((person) => make("li", {},
    make("a", { class: "dw-link", href: data.person.replace("/0/", `/${person.number}/`) }, person.name), make("span", { class: "dw-quiet dw-small" }, person.name === String(person.number) ? "" : String(person.number)),
    data.may_edit_members ? iconButton(fill(gettext("Take %(name)s out of the group"), { name: person.name }), "close", () => takeOut(person)) : null)));
  const more = found.count - found.items.length;
  list.classList.toggle("ac-none", !found.items.length);
  members.querySelector("[data-list]").replaceChildren(list, found.items.length ? "" : emptyPlace("groups", searched ? gettext("Nobody fits") : gettext("Nobody yet")),
    more > 0 ? make("p", { class: "dw-quiet dw-small ac-more" }, fill(gettext("and %(count)s more: search to see them"), { count: number(more) })) : "");
}

async function takeOut(person) {
  try {
    await post(`${data.api}/${group.number}/members/remove`, { people: [person.number] });
    toast(fill(gettext("%(name)s is out of the group."), { name: person.name }), { kind: "success" });
    await drawMembers();
  } catch (error) {
    toastError(error);
  }
}

async function addPeople() {
  const picked = await choose({
    title: gettext("Add people"), search: gettext("Name, number, card"), nothing: gettext("Nobody fits."),
    confirm: (count) => (count ? fill(ngettext("Add %(count)s person", "Add %(count)s people", count), { count }) : gettext("Add")),
    load: async (query, signal) => {
      const found = await get(`${data.people}?${new URLSearchParams({ outside: group.number, q: query })}`, { signal });
      return { items: found.items.map((person) => ({ key: person.number, title: person.name, note: [String(person.number), person.department].filter(Boolean).join(" · ") })), more: found.count - found.items.length };
    },
  });
  if (!picked) return;
  const numbers = picked.map((item) => item.key);
  try {
    if (numbers.length <= AT_A_TIME) await post(`${data.api}/${group.number}/members`, { people: numbers });
    else await runMany({ title: gettext("Add people"), items: inParts(numbers, AT_A_TIME), act: (part) => post(`${data.api}/${group.number}/members`, { people: part }), nameOf: (part) => countWords(part.length), sizeOf: (part) => part.length, atOnce: 1 });
    await drawMembers();
  } catch (error) {
    toastError(error);
  }
}

if (members) {
  const input = make("input", { type: "search", class: "dw-input", placeholder: gettext("Search among its people"), "aria-label": gettext("Search among its people") });
  let timer = null;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      searched = input.value.trim();
      drawMembers().catch(toastError);
    }, WAIT_MILLISECONDS);
  });
  members.append(make("div", { class: "ac-member-search" }, make("div", { class: "dw-search" }, icon("search"), input)), make("div", { data: { list: "yes" }, "aria-live": "polite" }));
  if (data.may_edit_members) byId("member-tools").append(button(gettext("Add people"), addPeople, { small: true, picture: "group_add" }));
  drawMembers().catch(toastError);
}
