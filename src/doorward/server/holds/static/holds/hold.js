// Who has a device in direct mode: shown to everybody, and taken, kept up, asked for, given back and taken over here.

import { post, remove } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { fill, span } from "/static/console/format.js";
import { toast, toastError } from "/static/console/toast.js";
import { badge, field, icon, make, may, moment, nameOf, option, shown } from "/static/devices/common.js";

const KEEP_MILLISECONDS = 45_000;
const MINUTES = [10, 30, 60, 120, 240, 480];
const KINDS = {
  server: ["good", () => gettext("this server")],
  operator: ["info", () => gettext("held alone")],
  released: ["warn", () => gettext("line left to another program")],
  changing: ["info", () => gettext("changing its mode")],
  other: ["bad", () => gettext("held by another client")],
};

export const holderBadge = (holder) => badge(KINDS[holder.kind][0], KINDS[holder.kind][1](), { dot: true });

/**
 * The card of a device's page.
 *
 * @param {Element} card Where it is drawn.
 * @param {() => Promise<void>} look Reads the device anew.
 */
export class HoldCard {
  constructor(card, look) {
    this.card = card;
    this.look = look;
    this.device = null;
    this.requests = [];
    setInterval(() => this.keep(), KEEP_MILLISECONDS);
  }

  get path() {
    return `/api/v1/devices/${this.device.device_id}/hold`;
  }

  draw(device, requests) {
    this.device = device;
    this.requests = requests;
    this.card.hidden = device.mode !== "direct" || device.approval !== "approved" || !device.enabled;
    if (this.card.hidden) return;
    const { holder } = device;
    const parts = [make("p", { class: "dv-state-line" }, holder ? holderBadge(holder) : badge("neutral", gettext("nobody has it"), { dot: true }),
      holder ? make("span", { class: "dw-quiet dw-small" }, gettext("since"), " ", moment(holder.since)) : null)];
    if (holder) parts.push(make("p", {}, holder.words));
    if (holder?.mine && holder.kind === "operator") parts.push(make("p", { class: "dw-quiet" }, gettext("It is yours as long as this page is open, and up to three minutes longer.")));
    for (const request of requests) parts.push(this.requestNote(request));
    parts.push(make("p", { class: "dw-quiet dw-small" }, gettext("Direct mode is meant for temporary use; in server mode everybody shares the device.")));
    const buttons = this.buttons(holder);
    if (buttons.length) parts.push(make("div", { class: "dv-actions" }, buttons));
    const body = this.card.querySelector(".dw-card-body");
    const had = body.contains(document.activeElement) ? document.activeElement.textContent : null;
    body.replaceChildren(...parts);
    if (had) [...body.querySelectorAll("button, a")].find((one) => one.textContent === had)?.focus();
  }

  requestNote(request) {
    const who = request.by === shown.operator ? gettext("You asked for it.") : fill(gettext("%(who)s asks for it."), { who: request.by });
    return make("div", { class: "dv-note dv-note-warn", role: "status" }, icon("front_hand"),
      make("div", {}, make("p", {}, who, " ", request.reason), make("p", { class: "dw-small" }, moment(request.at))));
  }

  buttons(holder) {
    const group = this.device.group_id;
    const found = [];
    const button = (words, picture, act, isFirst = false) => found.push(make("button", { type: "button", class: `dw-button dw-button-small${isFirst ? " dw-button-primary" : ""}`, on: { click: act } }, icon(picture), words));
    const isKept = holder && !["server", "other"].includes(holder.kind);
    if (may("devices.hold", group)) {
      if (holder?.mine && holder.kind !== "changing") button(gettext("Give it back"), "undo", () => this.giveBack(), this.requests.length > 0);
      if (!isKept) {
        button(gettext("Have it alone"), "lock_person", () => this.take());
        button(gettext("Leave its line to another program"), "swap_horiz", () => this.leave());
      }
      if (isKept && !holder.mine && holder.kind !== "changing") button(gettext("Ask for it"), "front_hand", () => this.askFor());
    }
    if (isKept && !holder.mine && holder.kind !== "changing" && may("devices.takeover", group)) button(gettext("Take it over"), "gavel", () => this.takeOver());
    return found;
  }

  async take() {
    const reason = reasonInput();
    await this.change({
      title: fill(gettext("Have %(name)s alone"), { name: nameOf(this.device) }),
      words: [gettext("Commands of others to this device are refused and they are shown your name, since when you have it and why. The server goes on reading its events."), gettext("It ends when you give it back, close this page or sign out.")],
      content: field(gettext("Reason"), reason, gettext("Others read it.")), confirm: gettext("Have it alone"),
    }, () => post(this.path, { kind: "operator", reason: reason.value.trim() }), gettext("The device is yours alone."));
  }

  async leave() {
    const program = make("input", { class: "dw-input", maxLength: 100, autocomplete: "off", placeholder: "BioStar 1" });
    const minutes = make("select", { class: "dw-input" }, MINUTES.map((one) => option(one, span(one * 60), one === 30)));
    const reason = reasonInput();
    await this.change({
      title: fill(gettext("Leave the line of %(name)s"), { name: nameOf(this.device) }),
      words: [gettext("In direct mode a device serves one client. The server closes its connection and does not dial the device until the time is over, you give the line back, or you sign out: another program can connect meanwhile."), gettext("The device keeps its events and the server reads them afterwards.")],
      content: make("div", { class: "dv-form-grid" }, field(gettext("Program"), program), field(gettext("For how long"), minutes), field(gettext("Reason"), reason, gettext("Others read it."))),
      confirm: gettext("Leave the line"),
    }, () => post(this.path, { kind: "released", program: program.value.trim(), reason: reason.value.trim(), seconds: Number(minutes.value) * 60 }), gettext("The line is free for the other program."));
  }

  async askFor() {
    const reason = reasonInput();
    await this.change({
      title: fill(gettext("Ask for %(name)s"), { name: nameOf(this.device) }),
      words: [fill(gettext("%(who)s is shown at once that you ask for the device."), { who: this.device.holder.name })],
      content: field(gettext("Reason"), reason), confirm: gettext("Ask"),
    }, () => post(`${this.path}/ask`, { reason: reason.value.trim() }), gettext("The holder is shown that you ask."));
  }

  async takeOver() {
    const reason = reasonInput();
    await this.change({
      title: fill(gettext("Take over %(name)s"), { name: nameOf(this.device) }),
      words: [this.device.holder.words, gettext("Whatever is done there now is cut off, and the device is yours alone. The audit log keeps from whom you took it.")],
      content: field(gettext("Reason"), reason, gettext("Others read it.")), confirm: gettext("Take it over"), dangerous: true,
    }, () => post(`${this.path}/take-over`, { reason: reason.value.trim() }), gettext("The device is yours alone."));
  }

  async giveBack() {
    try {
      await remove(this.path);
      toast(gettext("The device is free for everybody who may work with it."), { kind: "success" });
    } catch (error) {
      toastError(error);
    }
    await this.look();
  }

  async change(question, act, words) {
    if (!(await ask(question))) return;
    try {
      await act();
      toast(words, { kind: "success" });
    } catch (error) {
      toastError(error);
    }
    await this.look();
  }

  /** A sign of life, as long as this page is open. */
  async keep() {
    const holder = this.device?.holder;
    if (!holder?.mine || holder.kind !== "operator") return;
    try {
      await post(`${this.path}/keep`, {});
    } catch (error) {
      toastError(error);
      await this.look();
    }
  }
}

const reasonInput = () => make("input", { class: "dw-input", maxLength: 500, autocomplete: "off" });
