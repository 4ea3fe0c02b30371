// What people do: forms are posted in the background, and what comes of it arrives over the live stream.
import { confirmed } from "./dialogs.js";
import { complain } from "./said.js";

// The browser refuses to keep larger requests alive when the page is left.
const KEPT_ALIVE = 60_000;
const underway = new WeakSet();

export function listenToForms() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form.act") || event.defaultPrevented) return;
    event.preventDefault();
    const button = event.submitter;
    // A second click while the first is on its way means the same.
    if (button && underway.has(button)) return;
    if (button?.dataset.confirm && !(await confirmed(JSON.parse(button.dataset.confirm), button))) return;
    if (button) underway.add(button);
    await send(form, button);
    if (button) underway.delete(button);
  });
}

export async function send(form, button, extra = {}) {
  const fields = new URLSearchParams(new FormData(form, button?.name ? button : undefined));
  for (const [name, value] of Object.entries(extra)) fields.set(name, value);
  form.setAttribute("aria-busy", "true");
  form.dispatchEvent(new CustomEvent("sending", { bubbles: true }));
  const done = await post(form.getAttribute("action"), fields);
  form.removeAttribute("aria-busy");
  complain(done.said);
  // What was refused is given back, so that it is not lost.
  form.dispatchEvent(new CustomEvent(done.said ? "refused" : "sent", { bubbles: true, detail: fields.get("text") }));
  if (done.said) return;
  const menu = (button ?? form).closest("details.tool, details.overflow");
  if (menu) fold(menu);
  if (menu?.contains(form)) form.reset();
  goOn(button?.dataset.then ?? form.dataset.then);
}

function fold(menu) {
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  menu.open = false;
}

// Where the reader is to be afterwards, when it is not here.
function goOn(then) {
  if (then === "reload") location.reload();
  else if (then) location.assign(then);
}

export async function post(address, fields) {
  try {
    // What was sent is done even when the reader goes on to another page meanwhile.
    const answer = await fetch(address, {
      method: "POST",
      body: fields,
      headers: { Accept: "application/json" },
      keepalive: fields.toString().length < KEPT_ALIVE,
    });
    return answer.ok ? await answer.json() : { said: "The workspace could not do that; its terminal says why." };
  } catch {
    return { said: "The workspace does not answer; try again when it is back." };
  }
}
