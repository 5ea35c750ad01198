// Something done with many devices, one dialog from the question to the result of each: it can be stopped.

import { fill } from "/static/console/format.js";
import { namesOf, unfit } from "./actions.js";
import { icon, make, nameOf } from "./common.js";

const AT_ONCE = 4;

export class BulkDialog {
  constructor(dialog, { onChanged = () => {} } = {}) {
    this.dialog = dialog;
    this.onChanged = onChanged;
    this.part = (name) => dialog.querySelector(`[data-bulk="${name}"]`);
    this.part("stop").addEventListener("click", () => this.#stop());
    this.part("close").addEventListener("click", () => dialog.close());
    this.part("cancel").addEventListener("click", () => dialog.close());
    this.part("go").addEventListener("click", () => this.#run());
    dialog.addEventListener("cancel", (event) => this.running && event.preventDefault());
  }

  /** Ask about an action for devices; `content` is put below the words and `value` gives what was chosen in it. */
  ask(action, devices, { content = null, value = () => undefined } = {}) {
    const left = devices.map((device) => [device, unfit(action, device)]);
    this.action = action;
    this.value = value;
    this.devices = left.filter(([, reason]) => !reason).map(([device]) => device);
    const out = left.filter(([, reason]) => reason);
    this.part("title").textContent = action.title();
    const words = this.part("words");
    words.replaceChildren(...action.words().map((line) => make("p", {}, line)));
    const count = this.devices.length;
    if (count) {
      const line = ngettext("%(count)s device: %(names)s.", "%(count)s devices: %(names)s.", count);
      words.append(make("p", { class: "dw-strong" }, fill(line, { count, names: namesOf(this.devices) })));
    }
    if (out.length) {
      words.append(
        make("p", { class: "dw-quiet" }, gettext("Left out:")),
        make("ul", { class: "dv-left-out" }, out.slice(0, 8).map(([device, reason]) => make("li", {}, `${nameOf(device)} ${reason}`)),
          out.length > 8 ? make("li", {}, fill(gettext("and %(count)s more"), { count: out.length - 8 })) : null),
      );
    }
    if (content) words.append(content);
    for (const name of ["progress", "results", "stop", "close"]) this.part(name).hidden = true;
    for (const name of ["go", "cancel"]) this.part(name).hidden = false;
    const go = this.part("go");
    go.disabled = count === 0;
    go.textContent = action.title();
    go.classList.toggle("dw-button-danger", Boolean(action.dangerous));
    go.classList.toggle("dw-button-primary", !action.dangerous);
    this.dialog.showModal();
    (action.dangerous || !count ? this.part("cancel") : go).focus();
  }

  async #run() {
    const { action, devices } = this;
    const chosen = this.value();
    this.running = true;
    this.stopped = false;
    this.controls = devices.map((device) => this.#line(device));
    this.part("results").replaceChildren(...this.controls.map((line) => line.row));
    for (const name of ["words", "go", "cancel"]) this.part(name).hidden = true;
    for (const name of ["progress", "results", "stop"]) this.part(name).hidden = false;
    this.part("stop").disabled = false;
    this.part("stop").focus();
    this.counts = { done: 0, failed: 0, total: devices.length };
    this.#tell();
    let next = 0;
    const worker = async () => {
      while (next < devices.length && !this.stopped) {
        const place = next++;
        const line = this.controls[place];
        line.show("under", "hourglass_top", gettext("under way"));
        try {
          line.show("good", "check_circle", await action.run(devices[place], chosen));
          this.counts.done += 1;
        } catch (error) {
          line.show("bad", "error", [error.message, error.advice].filter(Boolean).join(" "));
          this.counts.failed += 1;
        }
        this.#tell();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    for (const line of this.controls) if (line.waits) line.show("quiet", "do_not_disturb_on", gettext("not begun"));
    this.running = false;
    this.#tell();
    this.part("stop").hidden = true;
    this.part("close").hidden = false;
    this.part("close").focus();
    this.onChanged(devices.map((device) => device.device_id));
  }

  #stop() {
    this.stopped = true;
    this.part("stop").disabled = true;
    this.part("count").textContent = gettext("stopping: what was begun is finished first");
  }

  #line(device) {
    const sign = make("span", { class: "dv-sign" }, icon("more_horiz"));
    const words = make("span", { class: "dv-result-words" }, gettext("waits"));
    const line = { waits: true, row: make("li", { class: "dv-result" }, sign, make("span", { class: "dv-result-name" }, nameOf(device)), words) };
    line.show = (kind, name, text) => {
      line.waits = false;
      line.row.dataset.kind = kind;
      sign.replaceChildren(icon(name));
      words.textContent = text;
    };
    return line;
  }

  #tell() {
    const { done, failed, total } = this.counts;
    const bar = this.part("bar");
    bar.max = total;
    bar.value = done + failed;
    const values = { done, failed, total, left: total - done - failed };
    let words = fill(gettext("%(done)s of %(total)s done"), values);
    if (failed) words = fill(gettext("%(done)s of %(total)s done, %(failed)s failed"), values);
    if (this.running) this.part("count").textContent = this.stopped ? gettext("stopping: what was begun is finished first") : words;
    else this.part("count").textContent = values.left ? fill(gettext("%(done)s done, %(failed)s failed, %(left)s not begun"), values) : words;
  }
}
