// A list of alarms with a button to acknowledge each; the same beside the doors and on the page of alarms.

import { get, post } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { toast, toastError } from "/static/console/toast.js";
import { dateTime, fill } from "/static/console/format.js";
import { element, icon, badge, hiddenWords } from "./elements.js";

export class AlarmList {
  /**
   * @param {HTMLElement} list Takes one item for each alarm.
   * @param {any[]} alarms The newest first.
   * @param {{wanted: (alarm: any) => boolean, mayAcknowledge: boolean, keepAcknowledged?: boolean, onChange?: (list: AlarmList) => void}} options
   *     `wanted` says which belong here; `mayAcknowledge` whether those that come get a button, where the server has
   *     the last word; acknowledged ones go away unless they are kept.
   */
  constructor(list, alarms, { wanted, mayAcknowledge, keepAcknowledged = false, onChange = () => {} }) {
    this.list = list;
    this.wanted = wanted;
    this.mayAcknowledge = mayAcknowledge;
    this.keepAcknowledged = keepAcknowledged;
    this.onChange = onChange;
    this.alarms = new Map();
    for (const alarm of alarms) this.#append(alarm);
    onChange(this);
  }

  get size() {
    return this.alarms.size;
  }

  /** Those that the reader may acknowledge and nobody has. */
  get open() {
    return [...this.alarms.values()].filter((alarm) => alarm.state === "open" && alarm.may_acknowledge);
  }

  /** Add older ones below. */
  append(alarms) {
    for (const alarm of alarms) if (!this.alarms.has(alarm.id)) this.#append(alarm);
    this.onChange(this);
  }

  /** Take a message of the stream. */
  async take(message) {
    const known = this.alarms.get(message.alarm);
    if (known === undefined && message.what === "cleared") return;
    try {
      const alarm = await get(`/api/v1/alarms/${message.alarm}`);
      this.put({ may_acknowledge: known ? known.may_acknowledge : this.mayAcknowledge, ...alarm });
    } catch (error) {
      if (error.status !== 404) throw error;  // one that this reader may not see
    }
  }

  /** Take an alarm as it is now. */
  put(alarm) {
    const known = this.alarms.get(alarm.id);
    const belongs = this.wanted(alarm) && (this.keepAcknowledged || alarm.state === "open");
    if (known) Object.assign(known, alarm);
    if (known && !belongs) {
      this.#remove(known);
    } else if (known) {
      this.#draw(known);
    } else if (belongs) {
      this.alarms = new Map([[alarm.id, alarm], ...this.alarms]);
      this.list.prepend(this.#item(alarm));
    }
    this.onChange(this);
  }

  /** Show only those with these words in them. */
  filter(words) {
    const wanted = words.trim().toLocaleLowerCase();
    let shown = 0;
    for (const alarm of this.alarms.values()) {
      const item = this.#found(alarm.id);
      const text = [alarm.words, wordsOf(alarm), alarm.device_name, alarm.door_name, alarm.note, alarm.acknowledged_by].join(" ");
      item.hidden = !text.toLocaleLowerCase().includes(wanted);
      if (!item.hidden) shown += 1;
    }
    return shown;
  }

  /** Acknowledge one; throws what the server refuses. */
  async acknowledge(alarm, note) {
    this.put(await post(`/api/v1/alarms/${alarm.id}/acknowledge`, { note }));
  }

  #append(alarm) {
    this.alarms.set(alarm.id, alarm);
    this.list.append(this.#item(alarm));
  }

  #found(id) {
    return this.list.querySelector(`[data-alarm="${id}"]`);
  }

  #remove(alarm) {
    this.alarms.delete(alarm.id);
    this.#found(alarm.id)?.remove();
  }

  #draw(alarm) {
    const before = this.#found(alarm.id);
    const hadFocus = before.contains(document.activeElement);
    const item = this.#item(alarm);
    before.replaceWith(item);
    if (hadFocus) item.querySelector("button")?.focus();
  }

  #item(alarm) {
    const isOpen = alarm.state === "open";
    const where = placeOf(alarm);
    const words = wordsOf(alarm);
    const head = element(
      "div",
      { class: "dr-alarm-words" },
      element("p", {}, element("span", { class: "dw-strong", text: words })),
      element("p", { class: "dw-quiet" }, `${where} · `, timeElement(alarm.raised)),
    );
    if (alarm.cleared) head.append(element("p", { class: "dw-quiet" }, gettext("Over since"), " ", timeElement(alarm.cleared)));
    if (!isOpen) {
      const by = fill(gettext("Acknowledged by %(name)s"), { name: alarm.acknowledged_by || "?" });
      head.append(element("p", { class: "dw-quiet" }, `${by} · `, timeElement(alarm.acknowledged_at)));
    }
    if (alarm.note) head.append(element("p", { class: "dr-note", text: alarm.note }));
    const marks = element("div", { class: "dr-alarm-marks" });
    if (isOpen && alarm.cleared) marks.append(badge(gettext("over"), "neutral"));
    if (!isOpen) marks.append(badge(gettext("acknowledged"), "good"));
    if (alarm.may_acknowledge) {
      marks.append(
        element(
          "button",
          { type: "button", class: `dw-button dw-button-small${isOpen ? " dr-first" : ""}`, onclick: () => this.#ask(alarm) },
          isOpen ? gettext("Acknowledge") : gettext("Add a note"),
          hiddenWords(`: ${words}, ${where}`),
        ),
      );
    }
    const tone = !isOpen ? "done" : alarm.cleared ? "over" : "standing";
    return element(
      "li",
      { class: `dr-alarm dr-alarm-${tone}`, "data-alarm": String(alarm.id) },
      element("span", { class: "dr-alarm-sign" }, icon(isOpen ? "notification_important" : "task_alt")),
      head,
      marks,
    );
  }

  async #ask(alarm) {
    const isOpen = alarm.state === "open";
    const note = await askForNote({
      title: isOpen ? gettext("Acknowledge this alarm?") : gettext("Add a note to this alarm?"),
      words: [
        `${placeOf(alarm)}: ${wordsOf(alarm)}`,
        isOpen ? gettext("Everybody sees that you see to it. Your name and note are kept with the alarm.") : gettext("The note is kept with the alarm."),
      ],
      confirm: isOpen ? gettext("Acknowledge") : gettext("Add"),
    });
    if (note === null) return;
    try {
      await this.acknowledge(alarm, note);
      toast(isOpen ? gettext("Acknowledged.") : gettext("The note was added."), { kind: "success" });
    } catch (error) {
      toastError(error);
    }
  }
}

/** Ask for a note; null when the reader does not go on. */
export async function askForNote({ title, words, confirm }) {
  const field = element("textarea", { class: "dw-input", id: "alarm-note", rows: "3", maxlength: "2000" });
  const content = element("div", { class: "dw-field" }, element("label", { for: "alarm-note", text: gettext("Note (may stay empty)") }), field);
  const agreed = await ask({ title, words, confirm, content });
  return agreed ? field.value.trim() : null;
}

/** What happened, in short where the door is named beside it. */
function wordsOf(alarm) {
  if (alarm.door && alarm.kind.startsWith("door-forced-open")) return gettext("Forced open");
  if (alarm.door && alarm.kind.startsWith("door-held-open")) return gettext("Open for too long");
  return alarm.words;
}

const placeOf = (alarm) => alarm.door_name || alarm.device_name || gettext("The server");

function timeElement(iso) {
  return element("time", { datetime: iso, text: dateTime(iso) });
}
