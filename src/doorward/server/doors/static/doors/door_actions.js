// What can be done with a door: the buttons, the questions before, and the request.

import { post, patch } from "/static/console/api.js";
import { ask } from "/static/console/dialog.js";
import { toast, toastError } from "/static/console/toast.js";
import { fill } from "/static/console/format.js";
import { element, icon, hiddenWords } from "./elements.js";

const ACTIONS = {
  open: {
    words: () => gettext("Open"),
    icon: "lock_open",
    done: (door) =>
      door.open_seconds
        ? fill(gettext("%(door)s is unlocked for %(seconds)s s."), { door: door.name, seconds: String(door.open_seconds) })
        : fill(gettext("%(door)s is unlocked for its opening time."), { door: door.name }),
  },
  "hold-open": {
    words: () => gettext("Hold open"),
    icon: "lock_open_right",
    done: (door) => fill(gettext("%(door)s stays unlocked until it is returned to normal."), { door: door.name }),
    title: () => gettext("Hold %(door)s open?"),
    ask: () => [
      gettext("It stays unlocked for everybody, with or without a card, until somebody returns it to normal."),
      gettext("The device keeps this also when it restarts or loses its line to this server."),
    ],
  },
  "lock-down": {
    words: () => gettext("Lock down"),
    icon: "lock",
    done: (door) => fill(gettext("%(door)s stays locked until it is returned to normal."), { door: door.name }),
    title: () => gettext("Lock %(door)s down?"),
    ask: () => [
      gettext("It locks at once and opens to nobody, whoever shows a card or finger, until somebody returns it to normal."),
      gettext("At many devices the exit button does not open it either. Make sure that people inside have another way out."),
    ],
    dangerous: true,
  },
  normal: {
    words: () => gettext("Return to normal"),
    icon: "restart_alt",
    done: (door) => fill(gettext("%(door)s opens again to whoever may pass."), { door: door.name }),
    title: () => gettext("Return %(door)s to normal?"),
    ask: (door) =>
      door.mode === "held open"
        ? [gettext("It locks at once and opens again to whoever may pass.")]
        : [gettext("It opens again to whoever may pass.")],
  },
};

const BY_MODE = {
  normal: ["open", "hold-open", "lock-down"],
  "held open": ["normal", "lock-down"],
  "locked down": ["normal", "hold-open"],
};

/** Why a button of a door cannot be pressed; empty when it can. */
export function hindrance(door) {
  if (!door.may_open) return gettext("Your roles do not include opening this door.");
  if (!door.connected) return gettext("Its device is not connected.");
  if (door.has_relay === false) return gettext("The device has no relay for this door.");
  return "";
}

/**
 * The buttons of a door as it is now.
 *
 * @param {any} door
 * @param {(door: any) => void} onDone Told the door as the server answered it.
 */
export function actionButtons(door, onDone) {
  if (!door.enabled) return null;
  const why = hindrance(door);
  const whyId = `why-${door.id}`;
  const buttons = BY_MODE[door.mode].map((name, place) => {
    const action = ACTIONS[name];
    const button = element(
      "button",
      {
        type: "button",
        class: `dw-button dw-button-small${place === 0 ? " dr-first" : ""}`,
        "data-action": name,
        disabled: Boolean(why),
        "aria-describedby": why ? whyId : null,
        onclick: () => act(door, name, button, onDone),
      },
      icon(action.icon),
      action.words(),
      hiddenWords(` ${door.name}`),
    );
    return button;
  });
  const row = element("div", { class: "dr-actions" }, ...buttons);
  if (why) row.append(element("p", { class: "dr-why dw-quiet", id: whyId, text: why }));
  return row;
}

/** Do something with a door, after a question where that is due. */
export async function act(door, name, button, onDone) {
  const action = ACTIONS[name];
  let reason = "";
  if (action.ask) {
    const field = element("input", { class: "dw-input", id: "act-reason", maxlength: "500", autocomplete: "off" });
    const content = element("div", { class: "dw-field" }, element("label", { for: "act-reason", text: gettext("Reason, for the audit log (may stay empty)") }), field);
    const agreed = await ask({
      title: fill(action.title(), { door: door.name }),
      words: action.ask(door),
      confirm: action.words(),
      dangerous: Boolean(action.dangerous),
      content,
    });
    if (!agreed) return;
    reason = field.value.trim();
  }
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    const done = await post(`/api/v1/doors/${door.id}/${name}`, { reason });
    // What the device adds to it, such as that it restarts its network.
    const more = done.words.split(". ").slice(1).join(". ");
    toast(action.done(door), { kind: "success", advice: more });
    onDone(done.door);
  } catch (error) {
    toastError(error);
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

/** Ask for the name of a door and whether it is in use, and keep both. */
export async function editDoor(door, onDone) {
  const name = element("input", { class: "dw-input", id: "door-name", maxlength: "100", value: door.own_name, placeholder: door.device_name, autocomplete: "off" });
  const used = element("input", { type: "checkbox", id: "door-used" });
  used.checked = door.enabled;
  const content = element(
    "div",
    { class: "dw-form" },
    element("div", { class: "dw-field" }, element("label", { for: "door-name", text: gettext("Name") }), name),
    element("label", { class: "dr-check" }, used, gettext("In use: it can be opened from here")),
    element("dl", { class: "dr-facts" }, ...setupFacts(door)),
  );
  const agreed = await ask({
    title: fill(gettext("Settings of %(door)s"), { door: door.name }),
    words: [],
    confirm: gettext("Save"),
    content,
  });
  if (!agreed) return;
  try {
    onDone(await patch(`/api/v1/doors/${door.id}`, { name: name.value, enabled: used.checked }));
  } catch (error) {
    toastError(error);
  }
}

function setupFacts(door) {
  const facts = [[gettext("Device"), `${door.device_name} (${door.device}), ${fill(gettext("door %(number)s"), { number: String(door.number + 1) })}`]];
  if (door.settings_read) {
    facts.push(
      [gettext("Opens for"), fill(gettext("%(seconds)s s"), { seconds: String(door.open_seconds) })],
      [gettext("May stand open for"), door.held_open_seconds ? fill(gettext("%(seconds)s s"), { seconds: String(door.held_open_seconds) }) : gettext("any time")],
      [gettext("Door sensor"), door.has_sensor ? gettext("yes") : gettext("none")],
    );
  } else {
    facts.push([gettext("Times"), gettext("the device has not told yet")]);
  }
  return facts.flatMap(([title, words]) => [element("dt", { text: title }), element("dd", { text: words })]);
}
