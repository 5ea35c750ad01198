// Tell devices the server's new port, one after the other; each says what came of it.

import { post } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { fill, number } from "/static/console/format.js";
import { runner, step } from "/static/ports_pages/lines.js";

const byId = (name) => document.getElementById(name);
const form = byId("send-form");
const devices = JSON.parse(byId("send-devices").textContent);
const port = Number(form.dataset.port);

async function send(device, signal) {
  const target = { device_id: device.device_id, addresses: device.addresses };
  if (form.elements.udp_port.value) target.udp_port = Number(form.elements.udp_port.value);
  const { settings } = await post("/api/v1/discovery/network/read", target, { signal });
  if (settings.server_port === null) return ["warn", gettext("It has no setting for the port: it always dials the same one.")];
  if (settings.mode !== "server") return ["info", gettext("It is in direct mode and dials nobody; left as it is.")];
  const { words } = await post("/api/v1/discovery/network/write", { ...target, changes: { server_port: port } }, { signal });
  return ["good", words];
}

const run = runner(byId("run"), byId("stop"), async (signal) => {
  const agreed = await ask({
    title: fill(gettext("Send TCP %(port)s to the devices?"), { port }),
    words: fill(ngettext("%(count)s device dials the new port from then on.", "%(count)s devices dial the new port from then on.", devices.length), { count: number(devices.length) }),
    confirm: gettext("Send"),
  });
  if (!agreed) return;
  const bar = byId("sending").querySelector("progress");
  byId("lines").replaceChildren();
  byId("sending").hidden = false;
  bar.value = 0;
  for (const device of devices) {
    if (signal.aborted) break;
    let kind;
    let words;
    try {
      [kind, words] = await send(device, signal);
    } catch (error) {
      if (error.name === "AbortError") break;
      [kind, words] = ["bad", [error.message, error.advice].filter(Boolean).join(" ")];
    }
    byId("lines").append(step({ kind, title: device.name, texts: [words] }));
    bar.value += 1;
    byId("sending").querySelector("[data-progress-words]").textContent = `${number(bar.value)} / ${number(devices.length)}`;
  }
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
