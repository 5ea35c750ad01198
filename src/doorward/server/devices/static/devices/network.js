// The form of network settings, the same over a connection and by UDP.

import { field, make, modeWords, option } from "./common.js";

export const NETWORK_WORDS = {
  mode: () => gettext("Mode"),
  dhcp: () => gettext("Address from DHCP"),
  address: () => gettext("Address"),
  mask: () => gettext("Subnet mask"),
  gateway: () => gettext("Gateway"),
  port: () => gettext("Port of the device"),
  server_address: () => gettext("Address of the server"),
  server_port: () => gettext("Port of the server"),
  tls_server_port: () => gettext("Port of the server for TLS"),
  synchronize_time: () => gettext("Clock follows the server's"),
  max_connections: () => gettext("Connections at once"),
  mtu: () => gettext("Largest packet"),
};

const HELP = {
  mode: () => gettext("In direct mode the server dials the device, in server mode the device dials the server."),
  gateway: () => gettext("Empty for none."),
  server_address: () => gettext("What the device dials in server mode."),
};

const SWITCHES = new Set(["dhcp", "synchronize_time"]);
const NUMBERS = new Set(["port", "server_port", "tls_server_port", "max_connections", "mtu"]);

export function networkWords(name, value) {
  if (name === "mode") return modeWords(value);
  if (typeof value === "boolean") return value ? gettext("yes") : gettext("no");
  return value === "" || value === null ? gettext("none") : String(value);
}

/**
 * @param {object} settings As the device told them; null where the model has none.
 * @returns {{element: Element, inputs: object, read: () => {changes: object, lines: string[]}}} `lines` say what becomes different.
 */
export function networkForm(settings) {
  const inputs = {};
  const fields = [];
  for (const [name, words] of Object.entries(NETWORK_WORDS)) {
    const value = settings[name];
    if (value === null || value === undefined) continue;
    inputs[name] = inputFor(name, value);
    fields.push(field(words(), inputs[name], HELP[name] ? HELP[name]() : ""));
  }
  const follow = () => {
    const dhcp = inputs.dhcp?.value === "true";
    for (const name of ["address", "mask", "gateway"]) if (inputs[name]) inputs[name].disabled = dhcp;
  };
  inputs.dhcp?.addEventListener("input", follow);
  follow();
  return {
    element: make("div", { class: "dv-form-grid" }, fields),
    inputs,
    read() {
      const changes = {};
      const lines = [];
      for (const [name, input] of Object.entries(inputs)) {
        if (input.disabled) continue;
        let value = input.value.trim();
        if (SWITCHES.has(name)) value = value === "true";
        else if (NUMBERS.has(name)) value = Number(value);
        if (value === settings[name]) continue;
        changes[name] = value;
        lines.push(`${NETWORK_WORDS[name]()}: ${networkWords(name, settings[name])} → ${networkWords(name, value)}`);
      }
      return { changes, lines };
    },
  };
}

function inputFor(name, value) {
  if (name === "mode") return make("select", { class: "dw-input" }, option("direct", modeWords("direct"), value === "direct"), option("server", modeWords("server"), value === "server"));
  if (SWITCHES.has(name)) return make("select", { class: "dw-input" }, option("true", gettext("yes"), value === true), option("false", gettext("no"), value === false));
  const input = make("input", { class: "dw-input", autocomplete: "off" });
  if (NUMBERS.has(name)) input.type = "number";
  input.value = String(value);
  return input;
}
