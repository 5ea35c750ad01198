// The page of all alarms.

import { get } from "/static/console/api.js";
import { toast, toastError } from "/static/console/toast.js";
import { fill } from "/static/console/format.js";
import { pageData } from "./elements.js";
import { AlarmList, askForNote } from "./alarm_list.js";
import { DoorStore } from "./door_store.js";

const data = pageData("alarms-data");
const more = document.getElementById("more-alarms");
const nothing = document.getElementById("no-alarms");
const all = document.getElementById("acknowledge-all");
const search = document.getElementById("alarm-search");
const progress = document.getElementById("alarm-progress");
let next = data.next;

const list = new AlarmList(document.getElementById("alarm-list"), data.alarms, {
  wanted: (alarm) => data.state === "all" || alarm.state === data.state,
  mayAcknowledge: data.may_acknowledge,
  keepAcknowledged: data.state !== "open",
  onChange: (self) => {
    nothing.hidden = self.size > 0;
    all.hidden = self.open.length < 2;
  },
});

new DoorStore(data, { onAlarm: (message) => list.take(message).catch(toastError) });

function showMore() {
  more.hidden = next === null;
}

more.addEventListener("click", async () => {
  more.disabled = true;
  try {
    const state = data.state === "all" ? "" : `&state=${data.state}`;
    const page = await get(`/api/v1/alarms?after=${next}&limit=${data.most}${state}`);
    list.append(page.items.map((alarm) => ({ may_acknowledge: data.may_acknowledge, ...alarm })));
    next = page.next;
    list.filter(search.value);
    showMore();
  } catch (error) {
    toastError(error);
  } finally {
    more.disabled = false;
  }
});

search.addEventListener("input", () => list.filter(search.value));

all.addEventListener("click", async () => {
  const open = list.open.filter((alarm) => !document.querySelector(`[data-alarm="${alarm.id}"]`).hidden);
  const note = await askForNote({
    title: fill(ngettext("Acknowledge %(count)s alarm?", "Acknowledge %(count)s alarms?", open.length), { count: String(open.length) }),
    words: [gettext("Everybody sees that you see to them. Your name and note are kept with each."), gettext("Alarms whose trouble goes on show what is wrong at their door or device all the same.")],
    confirm: gettext("Acknowledge"),
  });
  if (note === null) return;
  const bar = progress.querySelector("progress");
  bar.max = open.length;
  bar.value = 0;
  progress.hidden = false;
  all.disabled = true;
  let failed = 0;
  for (const alarm of open) {
    try {
      await list.acknowledge(alarm, note);
    } catch (error) {
      failed += 1;
      if (failed === 1) toastError(error);
    }
    bar.value += 1;
  }
  progress.hidden = true;
  all.disabled = false;
  const done = open.length - failed;
  if (done) toast(fill(ngettext("%(count)s alarm acknowledged.", "%(count)s alarms acknowledged.", done), { count: String(done) }), { kind: "success" });
});

showMore();
