// Which events are shown; kept in the address, so that a view can be bookmarked and sent to somebody.

import { eventWords, personWords } from "./event_row.js";

const NAMES = ["severity", "category", "device", "q"];
const SEVERITIES = ["info", "notice", "warning", "alarm"];

export class LiveFilter {
  constructor(form, deviceName, people, changed) {
    this.form = form;
    this.deviceName = deviceName;
    this.people = people;
    this.changed = changed;
    const address = new URLSearchParams(location.search);
    for (const name of NAMES) {
      const field = form.elements[name];
      const value = address.get(name);
      if (value !== null && field) field.value = value;
      // A choice that does not exist leaves the field empty.
      if (field?.tagName === "SELECT" && field.selectedIndex < 0) field.value = "";
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => this.read());
    form.addEventListener("reset", () => setTimeout(() => this.read()));
    this.read(false);
  }

  read(tell = true) {
    const values = Object.fromEntries(NAMES.map((name) => [name, (this.form.elements[name]?.value || "").trim()]));
    this.least = Math.max(0, SEVERITIES.indexOf(values.severity));
    this.category = values.category;
    this.device = values.device.toLocaleLowerCase();
    this.text = values.q.toLocaleLowerCase();
    this.active = NAMES.some((name) => values[name]);
    const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value));
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    if (tell) this.changed();
  }

  takes(event) {
    if (SEVERITIES.indexOf(event.severity) < this.least) return false;
    if (this.category && event.category !== this.category) return false;
    if (this.device && !this.#isDevice(event)) return false;
    if (!this.text) return true;
    return [eventWords(event), personWords(event, this.people.known(event.person)), event.person || "", this.deviceName(event.origin), event.origin, event.name]
      .some((item) => String(item).toLocaleLowerCase().includes(this.text));
  }

  #isDevice(event) {
    return (
      String(event.origin) === this.device ||
      String(event.device) === this.device ||
      this.deviceName(event.origin).toLocaleLowerCase().includes(this.device)
    );
  }
}
