// Dialogs: the form that the bot opened, and the question before something is done.
import { send } from "./acts.js";

export function dressModal(root) {
  const modal = root.id === "modal" ? root : root.querySelector?.("#modal");
  if (!(modal instanceof HTMLDialogElement)) return;
  // The browser keeps the focus inside, and what is behind out of reach.
  modal.removeAttribute("open");
  modal.showModal();
  const form = modal.querySelector("form");
  modal.addEventListener("cancel", (event) => {
    event.preventDefault();
    send(form, form.querySelector("button.close"));
  });
  const first = modal.querySelector("[aria-invalid], .invalid input")
    ?? modal.querySelector(".form-body input:not([type=hidden]), .form-body select, .form-body textarea, .form-body button")
    ?? modal.querySelector("footer button:last-child");
  first?.focus();
  modal.addEventListener("change", (event) => dispatch(form, event.target));
  form.addEventListener("keydown", (event) => submitByKey(event, form));
}

// A field that tells the bot at once when it changes.
function dispatch(form, field) {
  const action = field.closest("[data-dispatch]")?.dataset.dispatch;
  if (action) send(form, null, { press: action });
}

// Enter submits the form, and not its first button, which would close it.
function submitByKey(event, form) {
  if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
  if (event.target.matches("textarea") ? !(event.metaKey || event.ctrlKey) : !event.target.matches("input")) return;
  event.preventDefault();
  const submit = form.querySelector('button[value="submit"]');
  if (submit) form.requestSubmit(submit);
}

export function confirmed(words, asked) {
  const dialog = document.createElement("dialog");
  dialog.className = "modal confirm";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  const title = Object.assign(document.createElement("h2"), { id: "confirm-title", textContent: words.title });
  const text = Object.assign(document.createElement("p"), { textContent: words.text });
  const footer = document.createElement("footer");
  const no = Object.assign(document.createElement("button"), { className: "button", textContent: words.deny });
  const yes = Object.assign(document.createElement("button"), { className: `button ${words.style}`, textContent: words.confirm });
  footer.append(no, yes);
  dialog.append(title, text, footer);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    yes.addEventListener("click", () => dialog.close("yes"));
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      asked.focus();
      resolve(dialog.returnValue === "yes");
    });
  });
}
