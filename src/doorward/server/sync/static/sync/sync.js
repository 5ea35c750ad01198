// All devices: what each holds of people and rights, live.

import { get } from "/static/console/api.js";
import { connectionSign } from "/static/console/connection.js";
import { emptyPlace, make, pageData } from "/static/console/elements.js";
import { fill, number } from "/static/console/format.js";
import { Stream } from "/static/console/stream.js";
import { toastError } from "/static/console/toast.js";
import { badges, connection, isOpen, progressBar, readWords } from "./standing.js";

const LOOK_MILLISECONDS = 500;
const data = pageData();
const holder = document.getElementById("devices");
const query = document.getElementById("filter-q");
const state = document.getElementById("filter-state");
const rows = new Map();
const body = make("tbody");
let devices = [];

async function load() {
  const found = [];
  for (let after = null; ;) {
    const page = await get(`${data.api}?limit=1000${after === null ? "" : `&after=${after}`}`);
    found.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  devices = found.toSorted((one, other) => one.device_name.localeCompare(other.device_name));
  draw();
}

const fits = (device) => {
  const wanted = query.value.trim().toLocaleLowerCase();
  if (wanted && !`${device.device_name} ${device.device} ${device.group || ""}`.toLocaleLowerCase().includes(wanted)) return false;
  return { "": true, open: isOpen(device), on: device.managed, off: !device.managed }[state.value];
};

function cells(device) {
  return [
    make("td", {}, make("a", { class: "dw-link", href: data.here.replace("/0/", `/${device.device}/`) }, device.device_name), device.group && make("p", { class: "dw-quiet dw-small" }, device.group)),
    make("td", {}, connection(device)),
    make("td", {}, make("div", { class: "sy-badges" }, badges(device)), progressBar(device), device.words && make("p", { class: "dw-quiet dw-small sy-words" }, device.words)),
    make("td", { class: "dw-number" }, device.managed ? fill(ngettext("%(count)s person", "%(count)s people", device.held), { count: number(device.held) }) : ""),
    make("td", { class: "dw-quiet dw-small" }, readWords(device)),
  ];
}

function draw() {
  const shown = devices.filter(fits);
  document.getElementById("found").textContent = fill(ngettext("%(count)s device", "%(count)s devices", shown.length), { count: number(shown.length) });
  if (!devices.length) {
    holder.replaceChildren(emptyPlace("sync", gettext("No device yet"), gettext("As soon as a device is let in, it stands here.")));
    return;
  }
  if (!shown.length) {
    holder.replaceChildren(emptyPlace("filter_alt_off", gettext("No device fits")));
    return;
  }
  const wanted = shown.map((device) => {
    const row = rows.get(device.device) || make("tr");
    rows.set(device.device, row);
    const stamp = JSON.stringify(device);
    if (row.dataset.stamp !== stamp) {
      const had = row.contains(document.activeElement);
      row.replaceChildren(...cells(device));
      row.dataset.stamp = stamp;
      if (had) row.querySelector("a").focus();
    }
    return row;
  });
  if (wanted.length !== body.children.length || wanted.some((row, place) => body.children[place] !== row)) body.replaceChildren(...wanted);
  if (!holder.contains(body)) {
    const heads = [gettext("Device"), gettext("Connection"), gettext("People and rights"), gettext("Holds"), gettext("Last read")];
    holder.replaceChildren(make("div", { class: "dw-table-wrap", tabIndex: 0, role: "region", "aria-label": gettext("Devices") }, make("table", { class: "dw-table sy-table" }, make("thead", {}, make("tr", {}, heads.map((words) => make("th", { scope: "col" }, words)))), body)));
  }
}

query.addEventListener("input", draw);
state.addEventListener("change", draw);
let timer = null;
const soon = () => {
  timer ??= setTimeout(() => {
    timer = null;
    load().catch(toastError);
  }, LOOK_MILLISECONDS);
};
new Stream({ kinds: ["sync", "device"], parameters: { kind: ["sync", "device"] }, after: data.position, onMessage: soon, onState: connectionSign(), onReset: soon }).open();
load().catch(toastError);
