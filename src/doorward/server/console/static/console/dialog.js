// Questions before something is done. The words are put in as text, never as markup.

function paragraphs(holder, words) {
  holder.replaceChildren();
  for (const line of Array.isArray(words) ? words : [words]) {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    holder.append(paragraph);
  }
}

/**
 * Ask whether to go on; says what will happen.
 *
 * @param {{title: string, words: string | string[], confirm?: string, dangerous?: boolean, content?: Element,
 *     ready?: Promise<boolean>}} question
 *     `content` is put below the words, such as a field to fill in. Until `ready` says so nobody can agree.
 * @returns {Promise<boolean>} Whether the reader agreed.
 */
export function ask({ title, words, confirm = gettext("Go ahead"), dangerous = false, content = null, ready = null }) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("#confirm-title").textContent = title;
  const holder = dialog.querySelector("#confirm-words");
  paragraphs(holder, words);
  if (content) holder.append(content);
  const button = dialog.querySelector("[data-confirms]");
  button.textContent = confirm;
  button.classList.toggle("dw-button-danger", dangerous);
  button.classList.toggle("dw-button-primary", !dangerous);
  button.disabled = ready !== null;
  const asked = (ask.asked = {});
  ready?.then((may) => {
    // Another question may be asked by now.
    if (ask.asked === asked) button.disabled = !may;
  });
  dialog.returnValue = "cancel";
  dialog.showModal();
  // Enter does not do what cannot be undone.
  (dangerous || ready ? dialog.querySelector("[data-cancels]") : button).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm"), { once: true });
  });
}

/** Let forms and buttons with data-ask ask first; data-ask-title, data-ask-confirm and data-ask-danger go with it. */
export function askBeforeForms(root = document) {
  root.addEventListener("submit", async (event) => {
    const source = event.submitter?.dataset.ask ? event.submitter : event.target;
    if (!source.dataset?.ask || event.target.dataset.agreed) return;
    event.preventDefault();
    const agreed = await ask({
      title: source.dataset.askTitle || source.textContent.trim(),
      words: source.dataset.ask.split("\n"),
      confirm: source.dataset.askConfirm || undefined,
      dangerous: "askDanger" in source.dataset,
    });
    if (!agreed) return;
    event.target.dataset.agreed = "yes";
    event.target.requestSubmit(event.submitter);
    delete event.target.dataset.agreed;
  });
  // Until now the style sheet kept such forms from being sent by a click: nobody would have been asked.
  document.documentElement.dataset.asks = "ready";
}
