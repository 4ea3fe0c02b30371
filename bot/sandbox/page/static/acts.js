// What people do: forms are posted in the background, and what comes of it arrives over the live stream.
import { confirmed } from "./dialogs.js";

export function listenToForms() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form.act")) return;
    event.preventDefault();
    const button = event.submitter;
    if (button?.dataset.confirm && !(await confirmed(JSON.parse(button.dataset.confirm), button))) return;
    await send(form, button);
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
  form.dispatchEvent(new CustomEvent(done.said ? "refused" : "sent", { bubbles: true }));
  for (const details of document.querySelectorAll("details.tool[open], details.overflow[open]")) {
    if (details.contains(form)) details.open = false;
  }
  if (button?.dataset.then === "reload" && !done.said) location.reload();
  return done;
}

export async function post(address, fields) {
  try {
    // What was sent is done even when the reader goes on to another page meanwhile.
    const answer = await fetch(address, {
      method: "POST", body: fields, headers: { Accept: "application/json" }, keepalive: true,
    });
    return await answer.json();
  } catch {
    return { said: "The workspace does not answer; nothing was done." };
  }
}

export function complain(words) {
  const said = document.getElementById("said");
  said.textContent = words || "";
  said.hidden = !words;
}
