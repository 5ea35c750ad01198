// One table of holidays: its name and its days.

import { patch, post, remove } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { pageData } from "/static/console/elements.js";
import { fill } from "/static/console/format.js";
import { sends, warnsUnsaved } from "/static/console/sending.js";
import { toastError } from "/static/console/toast.js";
import { PeriodEditor } from "./periods.js";

const data = pageData();
const form = document.getElementById("holiday");
const name = document.getElementById("name");
const { holiday } = data;
const unsaved = warnsUnsaved();
const editor = new PeriodEditor(document.getElementById("periods"), { periods: holiday.periods, most: data.most, onChange: () => unsaved(true) });

name.addEventListener("input", () => unsaved(true));
unsaved(false);
sends(form, async () => {
  const body = { name: name.value.trim(), periods: editor.value };
  if (holiday.number === null) await post(data.api, body);
  else await patch(`${data.api}/${holiday.number}`, body);
  unsaved(false);
  location.assign(data.list);
});

document.getElementById("remove")?.addEventListener("click", async () => {
  const agreed = await ask({ title: fill(gettext("Remove %(name)s?"), { name: holiday.name }), words: gettext("Holidays that a schedule uses cannot be removed."), confirm: gettext("Remove"), dangerous: true });
  if (!agreed) return;
  try {
    await remove(`${data.api}/${holiday.number}`);
    unsaved(false);
    location.assign(data.list);
  } catch (error) {
    toastError(error);
  }
});
