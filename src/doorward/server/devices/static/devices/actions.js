// What can be done with devices: the words before it, the request, and who may.

import { patch, post } from "/static/console/api.js";
import { fill } from "/static/console/format.js";
import { may, nameOf } from "./common.js";

const API = "/api/v1/devices";

/**
 * Each action: `title` for its button, `words` of what will happen for a number of devices, `fits` tells why a device
 * is left out, `run` does it and gives the result in words.
 */
export const ACTIONS = {
  approve: {
    icon: "check_circle",
    right: "devices.approve",
    title: () => gettext("Approve"),
    words: () => [
      gettext("Each device is let in at the address from which it was last heard. From then on its events are kept, and it can be given commands."),
      gettext("A device proves nothing on a plain line: make sure that the address is the one where it hangs."),
    ],
    fits: (device) => (device.approval === "approved" ? gettext("is let in already") : ""),
    run: async (device) => {
      const after = await post(`${API}/${device.device_id}/approve`);
      return after.approved_address ? fill(gettext("Let in at %(address)s."), { address: after.approved_address }) : gettext("Let in.");
    },
  },
  block: {
    icon: "block",
    right: "devices.approve",
    dangerous: true,
    title: () => gettext("Block"),
    words: () => [gettext("Connections that stand are dropped, and the devices are kept out until somebody approves them again. Their doors go on working by what the devices hold.")],
    fits: (device) => (device.approval === "blocked" ? gettext("is blocked already") : ""),
    run: async (device) => {
      await post(`${API}/${device.device_id}/block`);
      return gettext("Blocked.");
    },
  },
  sync_time: {
    icon: "schedule",
    right: "devices.command",
    title: () => gettext("Set clock"),
    words: () => [gettext("What a device wrote so far is read first, then its clock is set to the time of its zone.")],
    fits: () => "",
    run: async (device) => (await post(`${API}/${device.device_id}/sync-time`)).words,
  },
  fetch_log: {
    icon: "download",
    right: "devices.command",
    title: () => gettext("Read log"),
    words: () => [gettext("What is new in the log of each device is read now. Nothing at the devices changes.")],
    fits: () => "",
    run: async (device) => (await post(`${API}/${device.device_id}/fetch-log`, { complete: false })).words,
  },
  fetch_whole_log: {
    icon: "menu_book",
    right: "devices.command",
    title: () => gettext("Read whole log"),
    words: () => [gettext("The whole log is read and compared with what is kept; what is missing is added. With a full log this takes minutes.")],
    fits: () => "",
    run: async (device) => (await post(`${API}/${device.device_id}/fetch-log`, { complete: true })).words,
  },
  reconnect: {
    icon: "sync",
    right: "devices.command",
    title: () => gettext("Connect anew"),
    words: () => [gettext("The connection that stands is closed and made anew. No event is lost.")],
    fits: () => "",
    run: async (device) => (await post(`${API}/${device.device_id}/reconnect`)).words,
  },
  reboot: {
    icon: "restart_alt",
    right: "devices.command",
    dangerous: true,
    title: () => gettext("Restart"),
    words: () => [gettext("Each device starts anew and is away for about half a minute. Nobody passes its door by card or finger meanwhile.")],
    fits: () => "",
    run: async (device) => (await post(`${API}/${device.device_id}/reboot`)).words,
  },
  reset: {
    icon: "power_settings_new",
    right: "network.change",
    dangerous: true,
    title: () => gettext("Restart by UDP"),
    words: () => [
      gettext("The server asks the address of each device on UDP port 51110 whether it is the one, and then sends it the command to restart. No connection is needed."),
      gettext("This helps with a device that answers a search and refuses connections. It is away for about half a minute, and whoever is connected to it is cut off."),
    ],
    fits: () => "",
    run: async (device) => {
      const address = device.connected_address || device.last_address || device.address;
      return (await post("/api/v1/discovery/reset", { device_id: device.device_id, addresses: address ? [address] : [], generation: device.generation })).words;
    },
  },
  move: {
    icon: "drive_file_move",
    right: "devices.edit",
    title: () => gettext("Move to group"),
    words: () => [gettext("The devices change their place in the tree. Who has rights in a group has them for the devices in it.")],
    fits: () => "",
    run: async (device, group) => {
      await patch(`${API}/${device.device_id}`, { group_id: group === "" ? null : Number(group) });
      return gettext("Moved.");
    },
  },
};

/** Why an action is not for a device; empty when it is. */
export function unfit(action, device) {
  if (!may(action.right, device.group_id)) return gettext("your roles do not include this here");
  return action.fits(device);
}

/** Up to five names, and how many more. */
export function namesOf(devices) {
  const names = devices.slice(0, 5).map(nameOf).join(", ");
  const more = devices.length - 5;
  return more > 0 ? fill(gettext("%(names)s and %(more)s more"), { names, more }) : names;
}
