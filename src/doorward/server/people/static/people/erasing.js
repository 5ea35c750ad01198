// Erase somebody for good, and give out all that is kept of somebody.

import { get, post } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { field, make } from "/static/console/elements.js";
import { fill } from "/static/console/format.js";
import { toast, toastError } from "/static/console/toast.js";

const LOOK_MILLISECONDS = 700;

/** Ask with what goes and what stays; the number has to be typed. */
export async function askForErasing({ number, name, api, list }) {
  const typed = make("input", { type: "text", inputmode: "numeric", autocomplete: "off" });
  const confirm = document.querySelector("#confirm [data-confirms]");
  const check = () => {
    confirm.disabled = typed.value.trim() !== String(number);
  };
  typed.addEventListener("input", check);
  const part = (title, lines) => make("div", {}, make("p", { class: "dw-strong" }, title), make("ul", { class: "dw-plain-list" }, lines.map((line) => make("li", {}, line))));
  const content = make("div", { class: "dw-stack" },
    part(gettext("For good goes, here and on every device:"), [gettext("name, photo, department, mail, telephone, notes and own fields"), gettext("cards, PIN, fingers and faces, and access groups"), gettext("pictures of events, files of exports, and uploads that were not applied yet")]),
    part(gettext("Stays:"), [gettext("the events, under a pseudonym from which nobody finds back; how long they are kept is set for all events"), gettext("the audit log, which has never had the name")]),
    make("p", { class: "dw-quiet" }, gettext("A device that is away is told when it comes back. The number is never given again. Backups that were made before keep what they hold.")),
    field(fill(gettext("Type the number %(number)s to confirm"), { number }), typed));
  const asked = ask({ title: fill(gettext("Erase %(name)s?"), { name }), words: [], confirm: gettext("Erase for good"), dangerous: true, content });
  check();
  typed.focus();
  const agreed = await asked;
  confirm.disabled = false;
  if (!agreed) return;
  try {
    await post(`${api}/erase`, { confirm: number });
    location.assign(list);
  } catch (error) {
    toastError(error);
  }
}

/** Let all that is kept of somebody be put into an archive, and fetch it. */
export async function giveOut({ name, api }) {
  const agreed = await ask({
    title: gettext("Data for the person"), confirm: gettext("Make the archive"),
    words: [fill(gettext("All that is kept of %(name)s goes into one archive: data, photo, events and pictures. Give it to nobody else."), { name })],
  });
  if (!agreed) return;
  try {
    let job = await post(`${api}/data-export`);
    toast(gettext("The archive is being made."));
    while (job.state === "waiting" || job.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
      job = await get(`/api/v1/jobs/${job.id}`);
    }
    if (!job.file) throw Object.assign(new Error(job.words || gettext("The archive was not made.")), { advice: job.advice });
    location.assign(job.file);
    toast(gettext("The archive is downloaded. The server removes it after a while."), { kind: "success" });
  } catch (error) {
    toastError(error);
  }
}
