// Read a card, a finger or a face at a device, with what is to be done there, and give it to a person.

import { get, post } from "/static/console/api.js";
import { button, field, freshId, icon, make, option, tick } from "/static/console/elements.js";
import { toast, toastError } from "/static/console/toast.js";

const API = "/api/v1/enrolments";
const LOOK_MILLISECONDS = 400;
const OPEN = new Set(["waiting", "again"]);
const KINDS = [["card", gettext("Card"), "credit_card"], ["finger", gettext("Finger"), "fingerprint"], ["face", gettext("Face"), "familiar_face_and_zone"]];

/**
 * @param {{number: number, name: string}} person Whose it will be.
 * @param {() => Promise<void>} done Called when something was given to the person.
 */
export async function readAtDevice(person, done) {
  const id = freshId("enrol");
  const body = make("div", { class: "dw-stack" });
  const buttons = make("div", { class: "dw-dialog-buttons" });
  const dialog = make("dialog", { class: "dw-dialog", "aria-labelledby": id }, make("h2", { id }, gettext("Read at a device")), body, buttons);
  let capture = null;
  let timer = null;

  const close = () => dialog.close();
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    // Whoever goes away does not want it any more.
    if (capture && (OPEN.has(capture.state) || capture.state === "done")) post(`${API}/${capture.id}/cancel`).catch(() => {});
    dialog.remove();
  });

  async function choosing() {
    capture = null;
    const devices = await liveDevices();
    if (!devices.length) {
      body.replaceChildren(make("p", {}, gettext("No device is connected just now at which something could be read.")));
      buttons.replaceChildren(button(gettext("Close"), close, { primary: true }));
      return;
    }
    const device = make("select", {}, devices.map((item) => option(item.device_id, item.name || String(item.device_id))));
    const kinds = KINDS.map(([value, words, picture], place) => make("label", { class: "pp-kind" }, make("input", { type: "radio", name: id, value, checked: place === 0 }), icon(picture), words));
    body.replaceChildren(make("fieldset", { class: "pp-kinds" }, make("legend", { class: "dw-hidden-words" }, gettext("What is read")), kinds), field(gettext("Device"), device, gettext("Stand beside it: it waits for half a minute.")));
    const begin = button(gettext("Begin"), async () => {
      begin.disabled = true;
      try {
        show(await post(API, { device: Number(device.value), kind: body.querySelector("input:checked").value }));
      } catch (error) {
        begin.disabled = false;
        toastError(error);
      }
    }, { primary: true });
    buttons.replaceChildren(button(gettext("Cancel"), close), begin);
    begin.focus();
  }

  function show(found) {
    capture = found;
    clearTimeout(timer);
    if (OPEN.has(found.state)) {
      waiting(found);
      timer = setTimeout(look, LOOK_MILLISECONDS);
    } else if (found.state === "done") giving(found);
    else failed(found);
  }

  async function look() {
    try {
      show(await get(`${API}/${capture.id}`));
    } catch (error) {
      if (error.status) failed({ words: error.message, advice: error.advice });
      else timer = setTimeout(look, 5 * LOOK_MILLISECONDS);
    }
  }

  function waiting(found) {
    const words = body.querySelector("[data-words]");
    const steps = body.querySelector("[data-steps]");
    if (words) {
      if (words.textContent !== found.words) words.textContent = found.words;
      steps.value = found.step;
      return;
    }
    const picture = KINDS.find(([value]) => value === found.kind)[2];
    body.replaceChildren(make("div", { class: "pp-waiting", role: "status" }, icon(picture), make("p", { class: "dw-strong", data: { words: "yes" } }, found.words)),
      make("progress", { class: "dw-bar", max: found.steps, value: found.step, hidden: found.steps < 2, "aria-label": gettext("How often it was read"), data: { steps: "yes" } }));
    buttons.replaceChildren(button(gettext("Cancel"), close));
    buttons.firstElementChild.focus();
  }

  function giving(found) {
    const label = make("input", { type: "text", maxLength: 100, autocomplete: "off" });
    const alone = tick(gettext("Opens alone, whatever else the device asks for"));
    const threat = tick(gettext("Stands for a threat: the door opens and an alarm is sent"));
    const read = { card: found.card_custom_id ? `${gettext("Card")} ${found.card}/${found.card_custom_id}` : `${gettext("Card")} ${found.card}`, finger: gettext("The finger was read."), face: gettext("The face was read.") };
    body.replaceChildren(make("div", { class: "pp-waiting pp-read", role: "status" }, icon("check_circle"), make("p", { class: "dw-strong" }, read[found.kind])),
      found.kind === "card" ? make("div", { class: "dw-form" }, field(gettext("Label"), label), alone.label) : found.kind === "finger" ? threat.label : "");
    const give = button(gettext("Give it to the person"), async () => {
      give.disabled = true;
      try {
        await post(`${API}/${found.id}/attach`, { person: person.number, label: label.value, bypass: alone.input.checked, duress: threat.input.checked });
        capture = null;
        close();
        toast(gettext("Saved. The devices are told now."), { kind: "success" });
        await done();
      } catch (error) {
        give.disabled = false;
        toastError(error);
      }
    }, { primary: true });
    buttons.replaceChildren(button(gettext("Throw it away"), close), give);
    give.focus();
  }

  function failed(found) {
    body.replaceChildren(make("div", { class: "pp-waiting pp-failed", role: "alert" }, icon("error"), make("p", { class: "dw-strong" }, found.words)), found.advice ? make("p", { class: "dw-quiet" }, found.advice) : "");
    buttons.replaceChildren(button(gettext("Close"), close), button(gettext("Once more"), () => choosing().catch(toastError), { primary: true }));
    buttons.lastElementChild.focus();
  }

  try {
    await choosing();
  } catch (error) {
    toastError(error);
    return;
  }
  document.body.append(dialog);
  dialog.showModal();
}

async function liveDevices() {
  const found = [];
  for (let after = null; ;) {
    const page = await get(`/api/v1/devices?limit=1000${after === null ? "" : `&after=${after}`}`);
    found.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  const live = found.filter((device) => device.approval === "approved" && device.state === "live");
  return live.toSorted((one, other) => (one.name || String(one.device_id)).localeCompare(other.name || String(other.device_id)));
}
