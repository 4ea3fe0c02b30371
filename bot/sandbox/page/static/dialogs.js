// Dialogs: the form that the bot opened, and the question before something is done.
import { send } from "./acts.js";
import { remember } from "./place.js";
import { placeComplaint } from "./said.js";

const FIELDS = ".form-body :is(input:not([type=hidden]), select:not([hidden]), textarea, button, a)";
const INVALID = ".invalid :is(input:not([type=hidden]), textarea), [aria-invalid]:not([hidden])";

// The form that was shown last, what was wrong in it, and who gets the focus back when it closes.
const shown = { view: "", complaints: "", giveBack: null };

export function dressModal(root) {
  const modal = root.id === "modal" ? root : root.querySelector?.("#modal");
  if (!modal) return;
  if (modal instanceof HTMLDialogElement) open(modal);
  else if (shown.view) closed();
}

function open(modal) {
  shown.giveBack ??= remember(document.activeElement);
  const form = modal.querySelector("form");
  const complaints = [...modal.querySelectorAll(".complaint")].map((one) => one.textContent).join();
  // Opened or refused, it begins where something is to be done. Else whoever replaced it keeps the place.
  const anew = modal.dataset.view !== shown.view;
  let first = anew || complaints !== shown.complaints ? modal.querySelector(INVALID) : null;
  if (anew) first ??= modal.querySelector(FIELDS) ?? modal.querySelector("footer button:last-child");
  first?.setAttribute("autofocus", "");
  Object.assign(shown, { view: modal.dataset.view, complaints });
  // Shown by script the browser keeps the focus inside, and what is behind out of reach.
  modal.removeAttribute("open");
  modal.showModal();
  modal.addEventListener("cancel", (event) => {
    event.preventDefault();
    const menu = modal.querySelector("details.overflow[open]");
    if (menu) menu.open = false;
    else send(form, form.querySelector("button.close"));
  });
  modal.addEventListener("change", (event) => tell(form, event.target));
  modal.addEventListener("chosen", (event) => send(form, null, { press: event.detail }));
  form.addEventListener("keydown", (event) => submitByKey(event, form));
  placeComplaint();
}

function closed() {
  const giveBack = shown.giveBack;
  Object.assign(shown, { view: "", complaints: "", giveBack: null });
  giveBack();
  placeComplaint();
}

// A field that tells the bot at once when it changes. True when it is one.
function tell(form, field) {
  const action = field.closest("[data-dispatch]")?.dataset.dispatch;
  // Enter tells, and leaving the field afterwards would tell the same again.
  if (action && (field.type === "radio" || field.type === "checkbox" || field.dataset.told !== field.value)) {
    field.dataset.told = field.value;
    send(form, null, { press: action });
  }
  return Boolean(action);
}

// Enter submits the form, and not its first button, which would close it.
function submitByKey(event, form) {
  if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
  if (event.target.matches("textarea") ? !(event.metaKey || event.ctrlKey) : !event.target.matches("input")) return;
  event.preventDefault();
  const submit = form.querySelector('button[value="submit"]');
  if (!tell(form, event.target) && submit) form.requestSubmit(submit);
}

export function confirmed(words, asked) {
  const dialog = document.createElement("dialog");
  dialog.className = "modal confirm";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.setAttribute("aria-describedby", "confirm-text");
  const title = Object.assign(document.createElement("h2"), { id: "confirm-title", textContent: words.title });
  const text = Object.assign(document.createElement("p"), { id: "confirm-text", textContent: words.text });
  const footer = document.createElement("footer");
  const no = Object.assign(document.createElement("button"), { className: "button", textContent: words.deny });
  const yes = Object.assign(document.createElement("button"), { className: `button ${words.style}`, textContent: words.confirm });
  footer.append(no, yes);
  dialog.append(title, text, footer);
  document.body.append(dialog);
  const giveBack = remember(asked);
  dialog.showModal();
  return new Promise((resolve) => {
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => dialog.close("yes"));
    dialog.addEventListener("close", () => {
      dialog.remove();
      giveBack();
      resolve(dialog.returnValue === "yes");
    });
  });
}
