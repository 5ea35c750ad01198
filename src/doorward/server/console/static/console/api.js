// Requests to the server: the session's cookie goes with them, the CSRF token where something changes, and what goes
// wrong comes back as an error in words.

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** The server refused, or could not be reached. `status` is 0 then. */
export class Refused extends Error {
  constructor(words, advice = "", status = 0) {
    super(words);
    this.name = "Refused";
    this.advice = advice;
    this.status = status;
  }
}

function csrfToken() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (field) return field.value;
  const cookie = document.cookie.split("; ").find((item) => item.startsWith("csrftoken="));
  return cookie ? decodeURIComponent(cookie.slice("csrftoken=".length)) : "";
}

/**
 * @param {string} method
 * @param {string} address On this server.
 * @param {object | FormData | undefined} body An object goes as JSON.
 * @param {{signal?: AbortSignal}} options
 * @returns {Promise<any>} What was answered; null for an empty answer.
 * @throws {Refused}
 */
export async function request(method, address, body = undefined, { signal = undefined } = {}) {
  const headers = { Accept: "application/json" };
  if (!SAFE.has(method)) headers["X-CSRFToken"] = csrfToken();
  let content = body;
  if (body !== undefined && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    content = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(address, { method, headers, body: content, signal, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(gettext("The server cannot be reached."), gettext("It may be starting again; try in a moment."));
  }
  const isJson = (response.headers.get("Content-Type") || "").includes("json");
  const answer = isJson && response.status !== 204 ? await response.json() : null;
  if (response.ok && !response.redirected) return answer;
  if (response.redirected || response.status === 401) {
    throw new Refused(gettext("You are not signed in any more."), gettext("Load the page again and sign in."), 401);
  }
  const words = answer && answer.error ? answer.error : gettext("The server could not do that.");
  throw new Refused(words, (answer && answer.advice) || "", response.status);
}

export const get = (address, options) => request("GET", address, undefined, options);
export const post = (address, body = {}, options = undefined) => request("POST", address, body, options);
export const put = (address, body = {}, options = undefined) => request("PUT", address, body, options);
export const patch = (address, body = {}, options = undefined) => request("PATCH", address, body, options);
export const remove = (address, options = undefined) => request("DELETE", address, undefined, options);
