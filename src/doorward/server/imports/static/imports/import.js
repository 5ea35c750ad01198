// The guide of an import: the file goes up in pieces, is checked, is looked at, is agreed to, and can be taken back.

import { get, post, remove, request } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { badge, button, emptyPlace, icon, make, option, pageData } from "/static/console/elements.js";
import { dateTime, fill, number } from "/static/console/format.js";
import { toastError } from "/static/console/toast.js";

const LOOK_MILLISECONDS = 700;
const SHOWN = 100;
const UNDER_WAY = new Set(["checking", "applying", "undoing"]);
const STEPS = { receiving: "check", checking: "check", faulty: "look", checked: "look", failed: "look", applying: "done", applied: "done", undoing: "done", undone: "done" };
const KINDS = { applied: "good", undone: "neutral", checked: "info", faulty: "bad", failed: "bad" };
const data = pageData();
const holder = document.getElementById("step");
const isPhotos = data.source === "photos";
let timer = null;
let shownId = null;

const words = {
  states: {
    receiving: gettext("being uploaded"), checking: gettext("being checked"), faulty: gettext("has faults"), checked: gettext("waits for your word"),
    applying: gettext("being applied"), applied: gettext("applied"), undoing: gettext("being undone"), undone: gettext("undone"), failed: gettext("failed"),
  },
};

function step(name, ...content) {
  for (const item of document.querySelectorAll("#steps li")) {
    const isHere = item.dataset.step === name;
    if (isHere) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
  holder.replaceChildren(...content.filter(Boolean));
}

// --- Choosing a file ---

function beginStep() {
  shownId = null;
  const input = make("input", { type: "file", accept: isPhotos ? ".zip" : ".csv,.txt,.xlsx", on: { change: () => input.files[0] && upload(input.files[0]) } });
  const drop = make("label", { class: "im-drop" }, icon(isPhotos ? "photo_library" : "upload_file"),
    make("span", { class: "dw-strong" }, gettext("Choose a file, or drop it here")),
    make("span", { class: "dw-quiet" }, isPhotos ? gettext("A ZIP with a picture for each person, named by the number: 1001.jpg") : gettext("CSV or Excel (XLSX), with a row for each person. Nothing is changed before you have seen what it does.")), input);
  for (const [event, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    drop.addEventListener(event, (happened) => {
      happened.preventDefault();
      drop.toggleAttribute("data-over", over);
      if (event === "drop" && happened.dataTransfer.files[0]) upload(happened.dataTransfer.files[0]);
    });
  }
  step("choose", make("div", { class: "dw-card-body" }, drop));
  showEarlier();
}

async function upload(file) {
  const bar = make("progress", { max: file.size || 1, value: 0, "aria-label": gettext("Upload") });
  const percent = make("span", {});
  step("check", make("div", { class: "dw-card-body" }, make("div", { class: "dw-progress" }, make("div", { class: "dw-progress-words" }, make("span", {}, fill(gettext("%(name)s is uploaded"), { name: file.name })), percent), bar)));
  try {
    let item = await post(data.api, { source: data.source, file_name: file.name, size: file.size });
    for (let offset = 0; offset < file.size; offset += data.piece) {
      const piece = new FormData();
      piece.append("offset", String(offset));
      piece.append("piece", file.slice(offset, offset + data.piece), "piece");
      item = await request("POST", `${data.api}/${item.id}/pieces`, piece);
      bar.value = item.received;
      percent.textContent = `${Math.floor((100 * item.received) / file.size)} %`;
    }
    show(item);
  } catch (error) {
    toastError(error);
    beginStep();
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
      beginStep();
    } else timer = setTimeout(() => look(id), 5 * LOOK_MILLISECONDS);
  }
}

function show(item) {
  const isNew = shownId !== item.id;
  shownId = item.id;
  history.replaceState(null, "", `?source=${data.source}&import=${item.id}`);
  document.getElementById("earlier").hidden = true;
  if (UNDER_WAY.has(item.state) || item.state === "receiving") {
    working(item);
    timer = setTimeout(() => look(item.id), LOOK_MILLISECONDS);
    return;
  }
  const draw = { faulty, checked, failed, applied, undone }[item.state];
  draw(item);
  if (!isNew) holder.focus({ preventScroll: true });
}

function working(item) {
  const bar = holder.querySelector("progress[data-work]") || make("progress", { data: { work: "yes" }, "aria-label": words.states[item.state] });
  const count = make("span", {}, item.job?.total ? fill(gettext("%(done)s of %(total)s"), { done: number(item.job.done), total: number(item.job.total) }) : "");
  if (item.job?.total) {
    bar.max = item.job.total;
    bar.value = item.job.done;
  } else bar.removeAttribute("value");
  step(STEPS[item.state], make("div", { class: "dw-card-body" }, make("div", { class: "dw-progress" }, make("div", { class: "dw-progress-words" }, make("span", {}, `${item.file_name}: ${words.states[item.state]}`), count), bar)));
}

const head = (title, ...tools) => make("header", { class: "dw-card-head" }, make("h2", {}, title), make("div", { class: "dw-buttons" }, tools));
const count = (value, title) => make("div", {}, make("strong", {}, number(value)), make("span", { class: "dw-quiet" }, title));
const counts = (item) => make("div", { class: "im-counts" }, count(item.added, isPhotos ? gettext("new photos") : gettext("are added")), count(item.changed, gettext("are changed")), count(item.unchanged, gettext("stay as they are")));

function table(title, columns, rows) {
  return make("div", { class: "dw-table-wrap", tabIndex: 0, role: "region", "aria-label": title },
    make("table", { class: "dw-table" }, make("thead", {}, make("tr", {}, columns.map((column) => make("th", { scope: "col" }, column)))), make("tbody", {}, rows)));
}

/** A list that goes on page by page. */
function paged(address, title, columns, row) {
  const body = make("tbody");
  const more = button(gettext("Show more"), () => read(), { small: true, hidden: true });
  let after = null;
  const read = async () => {
    try {
      const page = await get(`${address}${address.includes("?") ? "&" : "?"}limit=${SHOWN}${after === null ? "" : `&after=${after}`}`);
      body.append(...page.items.map(row));
      after = page.next;
      more.hidden = after === null;
    } catch (error) {
      toastError(error);
    }
  };
  read();
  const made = table(title, columns, []);
  made.querySelector("tbody").replaceWith(body);
  return [made, make("div", { class: "hd-more" }, more)];
}

const again = () => button(gettext("Another file"), beginStep, { small: true });

// --- With faults ---

function faulty(item) {
  const title = fill(ngettext("%(count)s fault", "%(count)s faults", item.problems), { count: number(item.problems) });
  step("look", head(title, again(), button(gettext("Forget it"), () => drop(item), { small: true })),
    make("div", { class: "dw-card-body dw-stack" }, make("p", {}, gettext("Nothing was changed. Mend the file and choose it again: each fault is named with its row, its column, and what is allowed there.")), reading(item)),
    ...paged(`${data.api}/${item.id}/problems`, title, [gettext("Row"), gettext("Column"), gettext("Value"), gettext("Allowed")], (problem) => make("tr", {},
      make("td", {}, problem.row ? number(problem.row) : "–"), make("td", { class: "dw-mono" }, problem.column), make("td", { class: "im-value" }, make("span", { class: "dw-strong" }, problem.value)), make("td", {}, problem.allowed))));
}

function failed(item) {
  step("look", emptyPlace("error", gettext("This file cannot be used"), item.words, make("div", { class: "dw-buttons" }, again(), button(gettext("Forget it"), () => drop(item)))), isPhotos ? null : make("div", { class: "dw-card-body" }, reading(item)));
}

/** How a file is read, where it is read otherwise than somebody meant it. */
function reading(item) {
  if (isPhotos) return null;
  const select = (label, name, choices) => {
    const made = make("select", { class: "dw-input", name }, choices.map(([value, title]) => option(value, title, item.options[name] === value)));
    return make("div", { class: "dw-field" }, make("label", {}, label, made));
  };
  const fields = [];
  if (item.kind === "csv") {
    fields.push(select(gettext("Letters"), "encoding", [["detect", gettext("found out")], ["utf-8", "UTF-8"], ["utf-16", "UTF-16"], ["windows-1252", "Windows-1252"], ["cp949", "CP949"]]),
      select(gettext("Between two values"), "separator", [["detect", gettext("found out")], ["comma", gettext("comma")], ["semicolon", gettext("semicolon")], ["tab", gettext("tab")]]));
  }
  fields.push(select(gettext("Days such as 05/06/2024"), "dates", [["not-said", gettext("not said")], ["day-first", gettext("day first")], ["month-first", gettext("month first")]]));
  return make("details", {}, make("summary", { class: "dw-link" }, gettext("How the file is read")), make("form", { class: "pp-fields", on: { submit: (event) => checkAgain(event, item) } }, fields, headings(item), make("div", { class: "pp-wide" }, make("button", { type: "submit", class: "dw-button dw-button-small" }, gettext("Check it again")))));
}

/** Which heading stands for which column. */
function headings(item) {
  if (!item.headings.length) return null;
  return make("fieldset", { class: "pp-wide pp-fields" }, make("legend", { class: "dw-quiet" }, gettext("What the headings stand for")), item.headings.map(([heading, column]) => make("div", { class: "dw-field" },
    make("label", {}, heading, make("select", { class: "dw-input", data: { heading } }, option("", gettext("is left out"), !column), [...new Set([...data.columns, column].filter(Boolean))].map((name) => option(name, name, name === column)))))));
}

async function checkAgain(event, item) {
  event.preventDefault();
  const form = event.currentTarget;
  const options = { ...item.options, columns: {} };
  for (const select of form.querySelectorAll("select[name]")) options[select.name] = select.value;
  for (const select of form.querySelectorAll("select[data-heading]")) options.columns[select.dataset.heading] = select.value;
  try {
    show(await post(`${data.api}/${item.id}/check`, options));
  } catch (error) {
    toastError(error);
  }
}

// --- To be agreed to ---

function valueWords(value) {
  if (value === null || value === "" || (Array.isArray(value) && !value.length)) return "–";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

const changes = (person) => make("div", {}, Object.entries(person.changes).map(([name, [before, after]]) => make("div", { class: "im-change" },
  make("span", {}, make("span", { class: "dw-quiet" }, `${name}: `), person.outcome === "added" ? null : make("del", {}, valueWords(before)), person.outcome === "added" ? null : " → ", make("ins", {}, valueWords(after))))));

const people = (item, undone = false) => paged(`${data.api}/${item.id}/people`, gettext("People"), [gettext("Number"), gettext("Name"), undone ? gettext("What became of it") : gettext("What happens"), gettext("Changes")], (person) => make("tr", {},
  make("td", {}, String(person.number)), make("td", { class: "im-value" }, make("span", { class: "dw-strong" }, person.name)),
  make("td", {}, undone && person.undone ? badge(person.undone === "left" ? "warn" : "neutral", UNDONE[person.undone]) : badge(person.outcome === "added" ? "good" : "info", OUTCOMES[person.outcome] || person.outcome)),
  make("td", { class: "im-value" }, changes(person))));

const OUTCOMES = { added: gettext("added"), changed: gettext("changed"), unchanged: gettext("as before") };
const UNDONE = { removed: gettext("removed again"), restored: gettext("as before the import"), left: gettext("left as is: changed since") };

function checked(item) {
  const hasWork = item.added + item.changed > 0;
  step("look", head(item.file_name, again(), button(gettext("Forget it"), () => drop(item), { small: true })),
    make("div", { class: "dw-card-body dw-stack" }, counts(item),
      item.departments.length ? make("p", {}, fill(gettext("These departments are added: %(names)s."), { names: item.departments.join(", ") })) : null,
      make("p", { class: "dw-quiet" }, hasWork ? fill(gettext("Nothing was changed yet. Once you agree, all of it is done or none, and it can be undone for %(days)s days."), { days: data.days }) : gettext("There is nothing to do: all of it is as the file says.")),
      hasWork ? make("div", { class: "dw-buttons" }, button(isPhotos ? gettext("Import these photos") : gettext("Import these people"), () => apply(item), { primary: true, picture: "check" })) : null, reading(item)),
    ...(hasWork ? people(item) : []));
}

async function apply(item) {
  try {
    show(await post(`${data.api}/${item.id}/apply`, { plan: item.plan }));
  } catch (error) {
    toastError(error);
    look(item.id);
  }
}

// --- Done ---

function applied(item) {
  step("done", head(fill(gettext("Imported: %(name)s"), { name: item.file_name }), again()),
    make("div", { class: "dw-card-body dw-stack" }, counts(item), make("p", { class: "dw-quiet" }, fill(gettext("It can be undone until %(time)s. Whoever was changed since then stays as is."), { time: dateTime(item.expires) })),
      make("div", { class: "dw-buttons" }, make("a", { class: "dw-button dw-button-primary", href: data.people }, gettext("To the people")), button(gettext("Undo it"), () => undo(item), { picture: "undo" }))),
    ...people(item));
}

function undone(item) {
  step("done", head(fill(gettext("Undone: %(name)s"), { name: item.file_name }), again()),
    make("div", { class: "dw-card-body" }, make("p", {}, item.words || gettext("All is as it was before.")), item.left ? make("p", {}, fill(ngettext("%(count)s person was changed since, and stays.", "%(count)s people were changed since, and stay.", item.left), { count: number(item.left) })) : null),
    ...people(item, true));
}

async function undo(item) {
  const agreed = await ask({ title: gettext("Undo this import?"), words: [gettext("Whoever it added is removed again, here and from the devices; whoever it changed is as before.")], confirm: gettext("Undo it"), dangerous: true });
  if (!agreed) return;
  try {
    show(await post(`${data.api}/${item.id}/undo`));
  } catch (error) {
    toastError(error);
  }
}

async function drop(item) {
  try {
    await remove(`${data.api}/${item.id}`);
    history.replaceState(null, "", `?source=${data.source}`);
    beginStep();
  } catch (error) {
    toastError(error);
  }
}

// --- Earlier ones ---

async function showEarlier() {
  const section = document.getElementById("earlier");
  try {
    const { items } = await get(`${data.api}?limit=20`);
    const own = items.filter((item) => item.source === data.source);
    document.getElementById("earlier-list").replaceChildren(...own.map((item) => make("li", {},
      make("div", {}, make("button", { type: "button", class: "dw-link", on: { click: () => look(item.id) } }, item.file_name), make("p", { class: "dw-quiet dw-small" }, dateTime(item.created))), badge(KINDS[item.state] || "neutral", words.states[item.state]))));
    section.hidden = own.length === 0;
  } catch (error) {
    toastError(error);
  }
}

const asked = new URLSearchParams(location.search).get("import");
if (asked && /^\d+$/.test(asked)) look(Number(asked));
else beginStep();
