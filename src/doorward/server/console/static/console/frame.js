// What every page has: the navigation on a phone, the operator's menu, light and dark, shortcuts, questions.

import { askBeforeForms } from "./dialog.js";

const sidebar = document.getElementById("sidebar");

// --- Navigation on a narrow screen ---

function showSidebar(shown) {
  if (sidebar === null) return;
  sidebar.classList.toggle("dw-sidebar-shown", shown);
  document.querySelector(".dw-backdrop").hidden = !shown;
  const opener = document.querySelector("[data-opens-sidebar]");
  opener?.setAttribute("aria-expanded", String(shown));
  if (shown) sidebar.querySelector("a, button").focus();
  else if (document.activeElement && sidebar.contains(document.activeElement)) opener?.focus();
}

// --- Groups of the navigation that fold ---

const FOLDED = "doorward.unfolded";

for (const group of document.querySelectorAll("[data-fold]")) {
  try {
    if (localStorage.getItem(FOLDED) === "yes") group.open = true;
  } catch {
    // A browser that keeps nothing shows what the server chose.
  }
  group.querySelector("summary").addEventListener("click", () => {
    try {
      localStorage.setItem(FOLDED, group.open ? "no" : "yes");
    } catch {
      // It holds for this page then.
    }
  });
}

// --- Menus ---

function showMenu(button, shown) {
  const menu = document.getElementById(button.dataset.opensMenu);
  menu.hidden = !shown;
  button.setAttribute("aria-expanded", String(shown));
  if (shown) menu.querySelector("button, a, input")?.focus();
}

function closeMenus(except = null) {
  for (const button of document.querySelectorAll("[data-opens-menu][aria-expanded=true]")) {
    if (button !== except) showMenu(button, false);
  }
}

// --- Light and dark ---

function markTheme() {
  for (const button of document.querySelectorAll("[data-theme-choice] button")) {
    button.setAttribute("aria-pressed", String(button.dataset.theme === window.doorwardTheme.chosen()));
  }
}

document.addEventListener("click", (event) => {
  const target = event.target.closest?.("button, a, [data-closes-sidebar]");
  const opener = target?.closest("[data-opens-menu]");
  if (opener) showMenu(opener, opener.getAttribute("aria-expanded") !== "true");
  const inMenu = event.target.closest?.(".dw-operator-menu, [data-menu]");
  if (!inMenu) closeMenus(opener);
  if (target?.closest("[data-opens-sidebar]")) showSidebar(true);
  else if (target?.closest("[data-closes-sidebar]")) showSidebar(false);
  const theme = target?.closest("[data-theme-choice] button");
  if (theme) {
    window.doorwardTheme.choose(theme.dataset.theme);
    markTheme();
  }
  const dialog = target?.closest("[data-opens-dialog]");
  if (dialog) {
    closeMenus();
    document.getElementById(dialog.dataset.opensDialog)?.showModal();
  }
});

// --- Shortcuts ---

const WAIT_MILLISECONDS = 1200;
let wentAt = 0;

function isTyping(element) {
  return element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName);
}

function search() {
  const field = document.querySelector("[data-search], #searchbar, main input[type=search]");
  if (!field) return false;
  field.focus();
  field.select?.();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector("[data-opens-menu][aria-expanded=true]");
    closeMenus();
    open?.focus();
    showSidebar(false);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (Date.now() - wentAt < WAIT_MILLISECONDS) {
    wentAt = 0;
    const link = [...document.querySelectorAll("[data-keys]")].find((item) => item.dataset.keys === event.key);
    if (link) {
      event.preventDefault();
      link.click();
      return;
    }
  }
  if (event.key === "g") wentAt = Date.now();
  else if (event.key === "/" && search()) event.preventDefault();
  else if (event.key === "?") document.getElementById("shortcuts")?.showModal();
});

askBeforeForms();
markTheme();
sidebar?.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest" });
