// What people call the devices, asked for once and again when a device was changed.

import { get } from "./api.js";

export class DeviceNames {
  /** @param {string} address Where the names are; `changed` is called when they are known. */
  constructor(address, changed) {
    this.address = address;
    this.changed = changed;
    this.names = new Map();
    this.timer = null;
  }

  async load() {
    this.timer = null;
    try {
      const found = await get(this.address);
      this.names = new Map(Object.entries(found.names).map(([number, name]) => [Number(number), name]));
      this.changed();
    } catch {
      // The numbers are shown until the next time.
    }
  }

  /** Ask again soon; several changes at once ask once. */
  refresh() {
    this.timer ??= setTimeout(() => this.load(), 1000);
  }

  name = (number) => this.names.get(number) || String(number);
}
