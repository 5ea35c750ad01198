// The list of people: filters that act at once, and what is done with those that are chosen.

import { get, patch, post, remove } from "/static/console/api.js";
import { inParts, runMany } from "/static/console/bulk.js";
import { among, choose } from "/static/console/chooser.js";
import { ask } from "/static/console/dialog.js";
import { button, make, pageData } from "/static/console/elements.js";
import { fill, number } from "/static/console/format.js";
import { toastError } from "/static/console/toast.js";
import { JobList } from "/static/jobs/jobs.js";

const AT_A_TIME = 500;
const data = pageData();
const form = document.getElementById("search");
const bar = document.getElementById("bulk-bar");
const boxes = () => [...document.querySelectorAll("input[name=person]")];
const chosen = new Map();
let isAll = false;

// --- Filters ---

for (const select of form.querySelectorAll("select")) select.addEventListener("change", () => form.requestSubmit());
document.getElementById("search-button").hidden = true;
form.elements.q.addEventListener("search", () => form.elements.q.value || form.requestSubmit());

// --- Taking people away in a file ---

const FORMATS = [
  ["xlsx", gettext("Workbook for spreadsheets (XLSX)")],
  ["csv", gettext("Text with commas (CSV)")],
  ["photos", gettext("Photos (ZIP)")],
];

async function beginExport(jobs) {
  const boxes = FORMATS.map(([value, words], place) => make("label", { class: "dw-tick" }, make("input", { type: "radio", name: "format", value, checked: place === 0 }), words));
  const content = make("fieldset", { class: "dw-form" }, make("legend", { class: "dw-hidden-words" }, gettext("Kind of file")), boxes);
  const agreed = await ask({ title: gettext("Export people"), words: [countWords(data.exported), gettext("A file is written in the background; it can be changed and imported again. PINs, fingers and faces are never in it.")], confirm: gettext("Export"), content });
  if (!agreed) return;
  await post("/api/v1/people/exports", { format: content.querySelector("input:checked").value, ...data.searched });
  await jobs.refresh();
  jobs.show();
}

const exporting = document.getElementById("export");
if (exporting) {
  const jobs = new JobList(document.getElementById("jobs"), "people.export");
  jobs.refresh();
  exporting.addEventListener("click", () => beginExport(jobs).catch(toastError));
  exporting.disabled = false;
}

// --- Choosing ---

function show() {
  if (!bar) return;
  const all = boxes();
  const page = document.getElementById("choose-page");
  const count = isAll ? data.count : chosen.size;
  for (const box of all) box.checked = isAll || chosen.has(Number(box.value));
  if (page) {
    page.checked = all.length > 0 && all.every((box) => box.checked);
    page.indeterminate = !page.checked && all.some((box) => box.checked);
  }
  bar.hidden = count === 0;
  document.getElementById("chosen-count").textContent = fill(ngettext("%(count)s chosen", "%(count)s chosen", count), { count: number(count) });
  const more = document.getElementById("choose-all");
  more.hidden = isAll || !page?.checked || data.count <= all.length;
  more.textContent = fill(gettext("Choose all %(count)s that were found"), { count: number(data.count) });
}

function choosePerson(box) {
  isAll = false;
  if (box.checked) chosen.set(Number(box.value), box.dataset.name);
  else chosen.delete(Number(box.value));
}

function chooseNone() {
  chosen.clear();
  isAll = false;
  show();
}

/** The chosen people, as [number, name]; of those that are not on this page the name is not known. */
async function people() {
  if (!isAll) return [...chosen];
  const names = new Map(boxes().map((box) => [Number(box.value), box.dataset.name]));
  return (await get(data.numbers)).numbers.map((one) => [one, names.get(one)]);
}

const nameOf = ([one, name]) => (name && name !== String(one) ? `${name} (${one})` : String(one));
const countWords = (count) => fill(ngettext("%(count)s person", "%(count)s people", count), { count: number(count) });

// --- What is done with them ---

async function inGroup(title, confirm, act) {
  const whom = await people();
  const picked = await choose({ title, words: countWords(whom.length), search: gettext("Search among access groups"), confirm: () => confirm, load: among(data.groups), several: false });
  if (!picked) return;
  const parts = inParts(whom.map(([one]) => one), AT_A_TIME);
  await runMany({ title: `${title}: ${picked[0].title}`, items: parts, act: (numbers) => act(picked[0].key, numbers), nameOf: (numbers) => countWords(numbers.length), sizeOf: (numbers) => numbers.length, atOnce: 1 });
  location.reload();
}

async function each({ title, words, dangerous = false, confirm, act }) {
  const whom = await people();
  if (!(await ask({ title, words: [countWords(whom.length), ...words], confirm, dangerous }))) return;
  await runMany({ title, items: whom, act: ([one]) => act(one), nameOf });
  location.reload();
}

const ACTIONS = [
  [gettext("Add to group"), "group_add", () => inGroup(gettext("Add to an access group"), gettext("Add"), (group, numbers) => post(`/api/v1/access-groups/${group}/members`, { people: numbers }))],
  [gettext("Take out of group"), "group_remove", () => inGroup(gettext("Take out of an access group"), gettext("Take out"), (group, numbers) => post(`/api/v1/access-groups/${group}/members/remove`, { people: numbers }))],
  [gettext("Block"), "block", () => each({ title: gettext("Block people"), words: [gettext("No door opens to them any more, as soon as each device knows. They stay here and can be let in again.")], confirm: gettext("Block"), act: (one) => patch(`/api/v1/people/${one}`, { disabled: true }) })],
  [gettext("Unblock"), "lock_open", () => each({ title: gettext("Unblock people"), words: [gettext("Doors open to them again, as their access groups and their validity say.")], confirm: gettext("Unblock"), act: (one) => patch(`/api/v1/people/${one}`, { disabled: false }) })],
  [gettext("Delete"), "delete", () => each({ title: gettext("Delete people"), words: [gettext("They are gone from here and from all devices, with their cards, PINs, fingers and faces. Their events stay under their numbers.")], confirm: gettext("Delete"), dangerous: true, act: (one) => remove(`/api/v1/people/${one}`) })],
];

if (bar) {
  document.getElementById("bulk-buttons").append(...ACTIONS.filter(([, picture]) => data.groups.length || !picture.startsWith("group")).map(([words, picture, act]) => button(words, () => act().catch(toastError), { picture, small: true })));
  document.getElementById("choose-none").addEventListener("click", chooseNone);
  document.getElementById("choose-all").addEventListener("click", () => {
    isAll = true;
    show();
  });
  document.getElementById("choose-page")?.addEventListener("change", (event) => {
    for (const box of boxes()) {
      box.checked = event.currentTarget.checked;
      choosePerson(box);
    }
    show();
  });
  // What was ticked before this script stood, or is kept by the browser, is chosen too.
  for (const box of boxes()) choosePerson(box);
  document.getElementById("people")?.addEventListener("change", (event) => {
    if (event.target.name !== "person") return;
    choosePerson(event.target);
    show();
  });
  show();
}
