// What people are called and look like, asked for by their numbers, each once; empty for whoever may not see people.

import { get } from "/static/console/api.js";

const AT_ONCE = 200;
const WAIT_MILLISECONDS = 120;

export class PersonNames {
  /** @param {string} address Where names are asked for; empty for nowhere. `changed` is called when some are known. */
  constructor(address, changed) {
    this.address = address;
    this.changed = changed;
    this.names = new Map();
    this.wanted = new Set();
    this.timer = null;
  }

  /**
   * @param {number} number
   * @returns {{name: string, photo: string} | null | undefined} Null where there is nobody; undefined while it is asked.
   */
  known(number) {
    if (!this.address || !number) return null;
    if (!this.names.has(number)) this.ask([number]);
    return this.names.get(number);
  }

  /** Ask for names that are not known. */
  ask(numbers) {
    if (!this.address) return;
    for (const number of numbers) if (number && !this.names.has(number)) this.wanted.add(number);
    if (this.wanted.size) this.timer ??= setTimeout(() => this.#load(), WAIT_MILLISECONDS);
  }

  /** Forget a person, who was changed. */
  forget(number) {
    if (this.names.delete(number)) this.ask([number]);
  }

  async #load() {
    this.timer = null;
    const numbers = [...this.wanted].slice(0, AT_ONCE);
    for (const number of numbers) this.wanted.delete(number);
    try {
      const { people } = await get(`${this.address}?numbers=${numbers.join(",")}`);
      for (const number of numbers) this.names.set(number, people[number] || null);
      this.changed();
    } catch {
      // The numbers are shown; they are asked for again when they come again.
    }
    if (this.wanted.size) this.timer ??= setTimeout(() => this.#load(), WAIT_MILLISECONDS);
  }
}
