// The export of a search: asks for the kind of file, starts the job, and shows how far it has come.

import { post } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { toastError } from "/static/console/toast.js";
import { JobList } from "/static/jobs/jobs.js";

const FORMATS = [
  ["xlsx", gettext("Workbook for spreadsheets (XLSX)")],
  ["csv", gettext("Text with commas (CSV)")],
  ["jsonl", gettext("Lines for programs (JSON)")],
];

const jobs = new JobList(document.getElementById("jobs"), "events.export");
jobs.refresh();

function choices() {
  const holder = document.createElement("fieldset");
  holder.className = "ev-formats";
  const legend = document.createElement("legend");
  legend.className = "dw-hidden-words";
  legend.textContent = gettext("Kind of file");
  holder.append(legend);
  FORMATS.forEach(([value, words], place) => {
    const label = document.createElement("label");
    const field = document.createElement("input");
    field.type = "radio";
    field.name = "format";
    field.value = value;
    field.checked = place === 0;
    label.append(field, words);
    holder.append(label);
  });
  return holder;
}

async function begin() {
  const { filter } = JSON.parse(document.getElementById("export-page").textContent);
  const content = choices();
  const agreed = await ask({
    title: gettext("Export what was found"),
    words: gettext("All events of this search are written into a file, in the background. You may go on meanwhile."),
    confirm: gettext("Export"),
    content,
  });
  if (!agreed) return;
  try {
    await post("/api/v1/events/exports", { format: content.querySelector("input:checked").value, filter });
    await jobs.refresh();
    jobs.show();
  } catch (error) {
    toastError(error);
  }
}

// The button can be pressed as soon as this stands behind it.
const button = document.getElementById("export");
if (button) {
  button.addEventListener("click", begin);
  button.disabled = false;
}
