// Follows /api/v1/stream. The browser comes back by itself when the line drops and says where it was; here is kept
// what it cannot: whether the line stands, since when not, and a line that the browser gave up.

const STREAM = "/api/v1/stream";
const GIVEN_UP_MILLISECONDS = 3000;
// A browser keeps six connections to a server, for all of its tabs together: one that nobody looks at lets go of its own.
const HIDDEN_MILLISECONDS = 60000;

export class Stream {
  /**
   * @param {{
   *   kinds?: string[],
   *   parameters?: Record<string, string | string[]>,
   *   after?: string | number | null,
   *   onMessage: (kind: string, data: any, position: string) => void,
   *   onState?: (state: "live" | "connecting" | "lost" | "refused", since: Date) => void,
   *   onReset?: (data: any) => void,
   *   whileHidden?: boolean,
   * }} options `kinds` are names of messages besides "event"; `after` is the position to begin at, null for now;
   *     `whileHidden` goes on when the tab was not looked at for a minute. Otherwise what was missed comes afterwards.
   */
  constructor({ kinds = [], parameters = {}, after = null, onMessage, onState = () => {}, onReset = () => {}, whileHidden = false }) {
    this.kinds = [...new Set(["event", ...kinds])];
    this.parameters = parameters;
    this.position = after === null ? null : String(after);
    this.onMessage = onMessage;
    this.onState = onState;
    this.onReset = onReset;
    this.state = null;
    this.since = new Date();
    this.source = null;
    this.timer = null;
    this.hiding = null;
    this.closed = false;
    if (!whileHidden) document.addEventListener("visibilitychange", () => this.#lookedAt(!document.hidden));
    window.addEventListener("pagehide", () => this.close());
    window.addEventListener("pageshow", (event) => event.persisted && this.open());
    window.addEventListener("offline", () => this.#tell("lost"));
    window.addEventListener("online", () => this.state === "lost" && this.open());
  }

  open() {
    this.#drop();
    this.closed = false;
    this.#tell(this.state === null ? "connecting" : this.state);
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(this.parameters)) {
      for (const item of Array.isArray(value) ? value : [value]) query.append(name, item);
    }
    if (this.position !== null) query.set("after", this.position);
    const source = new EventSource(query.size ? `${STREAM}?${query}` : STREAM);
    this.source = source;
    source.addEventListener("open", () => this.#heard());
    source.addEventListener("error", () => this.#broke(source));
    // The first message and the signs of life carry a position and no data: the browser keeps it by itself.
    for (const kind of this.kinds) {
      source.addEventListener(kind, (event) => {
        this.#heard();
        if (event.lastEventId) this.position = event.lastEventId;
        this.onMessage(kind, JSON.parse(event.data), this.position);
      });
    }
    source.addEventListener("reset", (event) => {
      this.#heard();
      const data = JSON.parse(event.data);
      this.position = String(data.position);
      this.onReset(data);
    });
  }

  close() {
    this.closed = true;
    this.#drop();
  }

  #lookedAt(visible) {
    clearTimeout(this.hiding);
    if (!visible) this.hiding = setTimeout(() => this.#drop(), HIDDEN_MILLISECONDS);
    else if (this.source === null && !this.closed && this.state !== null) this.open();
  }

  #drop() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  #heard() {
    this.#tell("live");
  }

  #broke(source) {
    if (this.closed || source !== this.source) return;
    this.#tell("lost");
    if (source.readyState !== EventSource.CLOSED) return;
    // The browser gave up: the server answered with a refusal, as it does while it starts or after signing out.
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#again(), GIVEN_UP_MILLISECONDS);
  }

  async #again() {
    const asking = new AbortController();
    try {
      const answer = await fetch(STREAM, { signal: asking.signal, credentials: "same-origin" });
      if (answer.status === 401 || answer.status === 403) {
        this.#tell("refused");
        return;
      }
    } catch {
      // Not there yet.
    } finally {
      asking.abort();
    }
    if (!this.closed) this.open();
  }

  #tell(state) {
    if (state === this.state) return;
    this.state = state;
    this.since = new Date();
    this.onState(state, this.since);
  }
}

