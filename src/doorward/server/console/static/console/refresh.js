// Parts of a page drawn anew by the server, without loading the page: what is open elsewhere stays open.

/**
 * Ask for this page again and take over some of its parts.
 *
 * @param {string[]} ids Names of the parts; one that the answer lacks is left as it is.
 */
export async function refresh(ids) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) {
    location.reload();
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ids) {
    const old = document.getElementById(id);
    const part = fresh.getElementById(id);
    if (!old || !part || old.isEqualNode(part)) continue;
    const path = focusPath(old);
    old.replaceWith(document.adoptNode(part));
    if (path) follow(document.getElementById(id), path)?.focus();
  }
}

/** Where the focus is within an element, as the places of the elements that lead there; null where it is not. */
function focusPath(element) {
  if (!element.contains(document.activeElement) || document.activeElement === element) return null;
  const path = [];
  for (let at = document.activeElement; at !== element; at = at.parentElement) path.unshift([...at.parentElement.children].indexOf(at));
  return path;
}

const follow = (element, path) => path.reduce((at, place) => at?.children[place], element);
