// The page of all floor plans: adding one.

import { request } from "/static/console/api.js";

const dialog = document.getElementById("add-plan");
const form = document.getElementById("add-plan-form");
const fault = document.getElementById("add-plan-error");

dialog?.querySelector("[data-closes]").addEventListener("click", () => dialog.close());

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  fault.hidden = true;
  const body = new FormData(form);
  body.delete("csrfmiddlewaretoken");
  if (!body.get("group")) body.delete("group");
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const plan = await request("POST", "/api/v1/floor-plans", body);
    window.location.assign(`${window.location.pathname}${plan.id}/#place`);
  } catch (error) {
    fault.textContent = [error.message, error.advice].filter(Boolean).join(" ");
    fault.hidden = false;
    button.disabled = false;
  }
});
