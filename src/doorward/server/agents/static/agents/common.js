// What the pages of agents share: their states in words, the form of what one may reach, and a fresh code.

import { fill, number } from "/static/console/format.js";
import { toast, toastError } from "/static/console/toast.js";
import { badge, field, icon, make, moment, shown } from "/static/devices/common.js";

const STATES = {
  connected: ["good", () => gettext("connected")],
  away: ["bad", () => gettext("away")],
  "waiting for enrollment": ["warn", () => gettext("waits for its first call")],
  revoked: ["neutral", () => gettext("revoked")],
};

export const stateBadge = (state) => badge((STATES[state] || ["neutral"])[0], STATES[state] ? STATES[state][1]() : state, { dot: true });

export const latencyWords = (agent) => (agent.latency_ms === null || agent.state !== "connected" ? "–" : fill(gettext("%(count)s ms"), { count: number(Math.round(agent.latency_ms)) }));

const listOf = (text) => text.split(/[\s,;]+/).filter(Boolean);
const portsOf = (text) => listOf(text).map(Number);

/** The fields of what an agent may reach; `read` gives them as the API takes them. */
export function reachFields(agent) {
  const networks = make("textarea", { class: "dw-input", rows: 3, spellcheck: false, placeholder: "192.168.1.0/24" });
  networks.value = agent ? agent.networks.join("\n") : "";
  const tcp = make("input", { class: "dw-input", autocomplete: "off" });
  tcp.value = (agent ? agent.tcp_ports : shown.ports.tcp).join(", ");
  const udp = make("input", { class: "dw-input", autocomplete: "off" });
  udp.value = (agent ? agent.udp_ports : shown.ports.udp).join(", ");
  return {
    elements: [
      field(gettext("Networks"), networks, gettext("One a line, such as 192.168.1.0/24; none: the private networks of its own cards.")),
      field(gettext("TCP ports"), tcp, gettext("Of devices in direct mode.")),
      field(gettext("UDP ports"), udp, gettext("For search, network settings and restart.")),
    ],
    read: () => ({ networks: listOf(networks.value), tcp_ports: portsOf(tcp.value), udp_ports: portsOf(udp.value) }),
  };
}

/** Show a one-time code, this once, with the exact commands to run in the branch. */
export function showCode(fresh) {
  const holder = document.getElementById("fresh");
  const server = `${location.hostname}:${fresh.server_port ?? shown.server_port ?? 1480}`;
  const commands = `umask 077\nprintf '%s\\n' '${fresh.code}' > doorward-agent.token\ndoorward agent --server ${server} --token-file doorward-agent.token`;
  const copy = make("button", { type: "button", class: "dw-button dw-button-small", on: { click: async () => {
    try {
      await navigator.clipboard.writeText(commands);
      toast(gettext("Copied."), { kind: "success" });
    } catch (error) {
      toastError(error);
    }
  } } }, icon("content_copy"), gettext("Copy"));
  const title = make("h2", { id: "fresh-title", tabIndex: -1 }, fill(gettext("Start %(name)s in its branch"), { name: fresh.agent.name }));
  holder.replaceChildren(
    make("header", { class: "dw-card-head" }, title, copy),
    make("div", { class: "dw-card-body dw-stack" },
      make("div", { class: "dv-note dv-note-warn" }, icon("key"), make("p", {}, gettext("The code is shown this once and can be used once. "), gettext("It can be used until "), moment(fresh.expires), ".")),
      make("ol", { class: "ag-steps" },
        make("li", {}, make("p", {}, gettext("On a machine of the branch with Doorward, run:")), make("code", { class: "ag-code dw-mono" }, commands)),
        make("li", {}, make("p", {}, fill(gettext("It calls %(server)s by TCP; a firewall in front of this server has to let in that one port, the branch opens none. With its first call it gets a certificate of its own."), { server })))),
    ),
  );
  holder.hidden = false;
  title.focus();
}
