// The doors of a page, kept in step with the stream.

import { Stream } from "/static/console/stream.js";
import { connectionSign } from "/static/console/connection.js";
import { get } from "/static/console/api.js";
import { PersonNames } from "/static/people/person_names.js";
import { setPeople, setServerTime } from "./door_state.js";

const CONNECTED = new Set(["live", "catching up"]);
const TICK_MILLISECONDS = 1000;

export class DoorStore {
  /**
   * @param {any} data What the server wrote into the page.
   * @param {{onDoor?: (door: any) => void, onAlarm?: (message: any) => void, onTick?: () => void}} listeners
   */
  constructor(data, { onDoor = () => {}, onAlarm = () => {}, onTick = () => {} } = {}) {
    setServerTime(data.now);
    this.doors = new Map((data.doors || []).map((door) => [door.id, door]));
    this.onDoor = onDoor;
    this.onAlarm = onAlarm;
    this.waiting = new Map();
    setPeople(new PersonNames(data.people, () => {
      for (const door of this.doors.values()) if (door.lock_person) this.#changed(door);
    }));
    const sign = connectionSign();
    this.stream = new Stream({
      kinds: data.kinds,
      parameters: { kind: data.kinds },
      after: data.position,
      onMessage: (kind, message) => this.#take(kind, message),
      onState: (state, since) => {
        sign(state, since);
        document.body.classList.toggle("dr-stale", state === "lost" || state === "refused");
      },
      onReset: () => window.location.reload(),
    });
    this.stream.open();
    setInterval(onTick, TICK_MILLISECONDS);
  }

  /** Take a door as the API answered it. */
  put(answered) {
    const door = this.doors.get(answered.id);
    if (door === undefined) return;
    Object.assign(door, answered);
    this.#changed(door);
  }

  /** Ask the server for a door anew. */
  async refresh(id) {
    this.put(await get(`/api/v1/doors/${id}`));
  }

  #take(kind, message) {
    if (kind === "door") this.#takeDoor(message);
    else if (kind === "device") this.#takeDevice(message);
    else if (kind === "alarm") this.onAlarm(message);
  }

  #takeDoor(message) {
    const door = this.doors.get(message.door);
    if (door === undefined) return;
    for (const [name, value] of Object.entries(message)) {
      if (name in door && !["device", "kind", "number"].includes(name)) door[name] = value;
    }
    this.#changed(door);
  }

  #takeDevice(message) {
    if (message.what !== "state") return;
    for (const door of this.doors.values()) {
      if (door.device !== message.device) continue;
      const connected = CONNECTED.has(message.state);
      door.device_state = connected ? "" : message.reason;
      if (door.connected === connected) continue;
      door.connected = connected;
      this.#changed(door);
    }
  }

  #changed(door) {
    // Many at once are drawn once each.
    if (this.waiting.has(door.id)) return;
    this.waiting.set(door.id, true);
    requestAnimationFrame(() => {
      this.waiting.delete(door.id);
      this.onDoor(door);
    });
  }
}
