// One person: what is done with the person, with credentials, with groups; and what is kept up to date by the stream.

import { patch, post, put, remove } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { button, field, make, option, pageData, tick } from "/static/console/elements.js";
import { fill } from "/static/console/format.js";
import { refresh } from "/static/console/refresh.js";
import { beginChecker } from "/static/access/checker.js";
import { readAtDevice } from "./enrolling.js";
import { askForErasing, giveOut } from "./erasing.js";
import { Stream } from "/static/console/stream.js";
import { toast, toastError } from "/static/console/toast.js";

const data = pageData();
const { may } = data;
const PARTS = ["head", "credentials", "access", "devices"];
const byId = (id) => document.getElementById(id);

/** Do something, say that it was done, and draw what changed. */
async function doing(act, words) {
  try {
    await act();
    if (words) toast(words, { kind: "success" });
    await redraw(PARTS);
    return true;
  } catch (error) {
    toastError(error);
    return false;
  }
}

async function redraw(parts) {
  await refresh(parts);
  drawActions();
}

// --- The person ---

function drawActions() {
  const holder = byId("actions");
  if (!holder) return;
  const small = { small: true };
  holder.replaceChildren(...[
    may.people_edit && (data.disabled ? button(gettext("Unblock"), () => block(false), { ...small, picture: "lock_open" }) : button(gettext("Block"), () => block(true), { ...small, picture: "block" })),
    may.people_edit && button(gettext("Delete"), removePerson, { ...small, picture: "delete" }),
    may.people_erase && button(gettext("Data for the person"), () => giveOut(data), { ...small, picture: "folder_zip" }),
    may.people_erase && button(gettext("Erase"), () => askForErasing(data), { ...small, picture: "person_remove" }),
  ].filter(Boolean));
}

async function block(disabled) {
  const words = disabled ? gettext("No door opens any more, as soon as each device knows. The person stays here and can be let in again.") : gettext("Doors open again, as groups and validity say.");
  if (!(await ask({ title: fill(disabled ? gettext("Block %(name)s?") : gettext("Unblock %(name)s?"), data), words, confirm: disabled ? gettext("Block") : gettext("Unblock") }))) return;
  const isDone = await doing(() => patch(data.api, { disabled }));
  if (isDone) data.disabled = disabled;
  drawActions();
}

async function removePerson() {
  const agreed = await ask({
    title: fill(gettext("Delete %(name)s?"), data), confirm: gettext("Delete"), dangerous: true,
    words: [gettext("The person is gone from here and from all devices, with cards, PIN, fingers and faces."), gettext("Events stay under the number. To have no name in the record any more, erase the person instead.")],
  });
  if (!agreed) return;
  try {
    await remove(data.api);
    location.assign(data.list);
  } catch (error) {
    toastError(error);
  }
}

// --- Credentials ---

async function addCard() {
  const format = make("select", {}, option("", gettext("The number as devices keep it")), data.formats.map((item) => option(item.id, item.name)));
  const card = make("input", { type: "text", autocomplete: "off", spellcheck: false });
  const label = make("input", { type: "text", maxLength: 100, autocomplete: "off" });
  const bypass = tick(gettext("Opens alone, whatever else the device asks for"));
  const content = make("div", { class: "dw-form" }, data.formats.length ? field(gettext("Format"), format) : null, field(gettext("Card"), card), field(gettext("Label"), label, gettext("Such as what is printed on it.")), bypass.label);
  const help = make("p", { class: "dw-help" });
  card.after(help);
  const hint = () => {
    const chosen = data.formats.find((item) => String(item.id) === format.value);
    if (!chosen) help.textContent = gettext("1 to 4294967295.");
    else if (chosen.reading === "csn") help.textContent = gettext("The serial number of the chip, such as 04A1B2C3.");
    else help.textContent = chosen.facility_length ? gettext("Facility code and number, such as 12-34567, or all bits.") : gettext("The number, or all bits.");
  };
  format.addEventListener("change", hint);
  hint();
  const agreed = await asking({ title: gettext("Add a card"), confirm: gettext("Add"), content, first: card });
  if (!agreed) return;
  const body = { label: label.value, bypass: bypass.input.checked };
  if (format.value) Object.assign(body, { format: Number(format.value), text: card.value.trim() });
  else body.number = Number(card.value.trim());
  await doing(() => post(`${data.api}/cards`, body), gettext("The card was added."));
}

async function setPin() {
  const pin = make("input", { type: "password", inputmode: "numeric", autocomplete: "new-password", maxLength: 16 });
  const agreed = await asking({ title: gettext("Set the PIN"), confirm: gettext("Set"), content: make("div", { class: "dw-form" }, field(gettext("New PIN"), pin, gettext("Digits. It is kept encrypted and shown to nobody afterwards."))), first: pin });
  if (!agreed) return;
  await doing(() => put(`${data.api}/pin`, { pin: pin.value }), gettext("The PIN was set."));
}

/** A question with fields: the first of them has the focus, and Enter agrees. */
function asking({ first, ...question }) {
  const answer = ask({ words: [], ...question });
  first.focus();
  first.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    document.querySelector("#confirm [data-confirms]").click();
  });
  return answer;
}

byId("credentials").addEventListener("click", async (event) => {
  const away = event.target.closest("[data-remove]");
  const threat = event.target.closest("[data-duress]");
  if (away) {
    const agreed = await ask({ title: fill(gettext("Take %(what)s away?"), { what: away.dataset.what }), words: gettext("It opens no door any more, as soon as each device knows."), confirm: gettext("Take away"), dangerous: true });
    if (agreed) await doing(() => remove(`${data.api}/${away.dataset.remove}`));
  } else if (threat) {
    const duress = threat.getAttribute("aria-pressed") !== "true";
    await doing(() => patch(`${data.api}/fingers/${threat.dataset.duress}`, { duress }));
  }
});

// --- Groups ---

async function chooseGroups() {
  const held = new Set(data.groups);
  const boxes = data.all_groups.map((group) => [group, tick(group.name, { checked: held.has(group.number) })]);
  const agreed = await ask({ title: gettext("Access groups"), words: [], confirm: gettext("Save"), content: make("div", { class: "pp-group-boxes" }, boxes.map(([, { label }]) => label)) });
  if (!agreed) return;
  const groups = boxes.filter(([, { input }]) => input.checked).map(([group]) => group.number);
  if (await doing(() => put(`${data.api}/groups`, { groups }))) data.groups = groups;
}

// --- Life ---

drawActions();
byId("credential-tools")?.append(
  button(gettext("Card"), addCard, { small: true, picture: "add" }),
  button(gettext("PIN"), setPin, { small: true, picture: "dialpad" }),
  button(gettext("Read at a device"), () => readAtDevice(data, () => redraw(PARTS)), { small: true, picture: "contactless" }),
);
if (may.access_edit && data.all_groups.length) byId("access-tools")?.append(button(gettext("Groups"), chooseGroups, { small: true, picture: "edit" }));

beginChecker(byId("checker"), { person: data.number, ...data.checker });

let timer = null;
const due = new Set();
const soon = (parts) => {
  parts.forEach((part) => due.add(part));
  timer ??= setTimeout(() => {
    const parts = [...due];
    timer = null;
    due.clear();
    redraw(parts).catch(toastError);
  }, 600);
};

new Stream({
  kinds: ["person", "sync"],
  parameters: { kind: ["person", "sync", ...(may.events_view ? ["event"] : [])] },
  after: data.position,
  onMessage(kind, message) {
    if (kind === "event" && message.person === data.number) soon(["events"]);
    else if (kind === "person" && message.person === data.number) soon(PARTS);
    else if (kind === "sync") soon(["head", "devices"]);
  },
  onReset: () => location.reload(),
}).open();
