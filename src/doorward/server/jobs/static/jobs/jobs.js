// The jobs of the reader: how far each has come, its file, and what can be done about it.

import { get, post } from "/static/console/api.js";
import { date, dateTime, fill, number } from "/static/console/format.js";
import { toastError } from "/static/console/toast.js";

const MOST = 3;
const SHOWN_MILLISECONDS = 24 * 3600 * 1000;
const LOOK_MILLISECONDS = 1000;
const STATES = {
  waiting: ["neutral", gettext("waiting")],
  running: ["info", gettext("running")],
  done: ["good", gettext("done")],
  failed: ["bad", gettext("failed")],
  stopped: ["neutral", gettext("stopped")],
};
const OPEN = new Set(["waiting", "running"]);

function element(name, className = "", words = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (words) made.textContent = words;
  return made;
}

function bytes(size) {
  if (size < 1024 * 1024) return fill(gettext("%(count)s KB"), { count: number(Math.max(1, Math.round(size / 1024))) });
  return fill(gettext("%(count)s MB"), { count: number(Math.round(size / 1024 / 102.4) / 10) });
}

/** A card that lists the newest jobs of a kind, those of the last day; it looks again by itself for as long as one of them is open. */
export class JobList {
  constructor(section, kind) {
    this.section = section;
    this.list = section.querySelector("ul");
    this.kind = kind;
    this.timer = null;
  }

  async refresh() {
    clearTimeout(this.timer);
    try {
      const { items } = await get(`/api/v1/jobs?kind=${encodeURIComponent(this.kind)}&limit=${MOST}`);
      this.paint(items);
      if (items.some((job) => OPEN.has(job.state))) this.timer = setTimeout(() => this.refresh(), LOOK_MILLISECONDS);
    } catch (error) {
      // A server that starts again comes back; whoever is signed out has to load the page.
      if (error.status) toastError(error);
      else this.timer = setTimeout(() => this.refresh(), 5 * LOOK_MILLISECONDS);
    }
  }

  show() {
    this.section.scrollIntoView({ block: "nearest" });
  }

  paint(items) {
    const jobs = items.filter((job) => OPEN.has(job.state) || Date.now() - Date.parse(job.created) < SHOWN_MILLISECONDS);
    this.section.hidden = jobs.length === 0;
    const known = new Map([...this.list.children].map((row) => [row.dataset.job, row]));
    const rows = jobs.map((job) => {
      const row = known.get(String(job.id)) || element("li", "jb-job");
      const stamp = JSON.stringify(job);
      if (row.dataset.stamp !== stamp) this.fill(row, job);
      row.dataset.job = job.id;
      row.dataset.state = job.state;
      row.dataset.stamp = stamp;
      return row;
    });
    // Rows that are there already stay where they are: whoever has the focus in one keeps it.
    if (rows.length !== this.list.children.length || rows.some((row, place) => this.list.children[place] !== row)) {
      this.list.replaceChildren(...rows);
    }
  }

  fill(row, job) {
    const [kind, words] = STATES[job.state];
    const head = element("div", "jb-head");
    head.append(element("span", "dw-strong", job.title), element("span", `dw-badge dw-badge-${kind}`, words));
    head.append(element("span", "dw-quiet", dateTime(job.created)));
    const parts = [head];
    if (job.state === "running") {
      const bar = element("progress", "dw-bar jb-bar");
      const name = fill(gettext("%(done)s of %(total)s"), {
        done: number(job.done),
        total: job.total === null ? "…" : number(job.total),
      });
      bar.setAttribute("aria-label", name);
      if (job.total) {
        bar.max = job.total;
        bar.value = job.done;
      }
      parts.push(bar, element("p", "dw-quiet", name));
    }
    if (job.words) parts.push(element("p", "", [job.words, job.advice].filter(Boolean).join(" ")));
    const buttons = element("div", "dw-buttons");
    if (job.file) {
      const link = element("a", "dw-button dw-button-small dw-button-primary", gettext("Download"));
      link.href = job.file;
      link.download = job.file_name;
      const until = fill(gettext("%(size)s, kept until %(date)s"), { size: bytes(job.size), date: date(job.expires) });
      buttons.append(link, element("span", "dw-quiet jb-size", until));
    }
    if (OPEN.has(job.state)) buttons.append(this.button(gettext("Stop"), job, "stop"));
    if (job.state === "failed" || job.state === "stopped") buttons.append(this.button(gettext("Start again"), job, "start"));
    if (buttons.children.length) parts.push(buttons);
    row.replaceChildren(...parts);
  }

  button(words, job, action) {
    const made = element("button", "dw-button dw-button-small", words);
    made.type = "button";
    made.addEventListener("click", async () => {
      made.disabled = true;
      try {
        await post(`/api/v1/jobs/${job.id}/${action}`);
      } catch (error) {
        toastError(error);
      }
      await this.refresh();
    });
    return made;
  }
}
