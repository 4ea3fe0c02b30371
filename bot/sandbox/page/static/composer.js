// The composer: Enter sends, and what begins with / @ # or : is completed.
import { Listbox } from "./listbox.js";

const told = JSON.parse(document.getElementById("completions")?.textContent || "{}");
const SHOWN = 8;

// What may be completed at the caret: from where, and with which options.
function completionsAt(text) {
  const command = /^\/[^\n]*$/.exec(text);
  if (command && told.commands?.length) {
    const typed = command[0].toLowerCase();
    const fits = told.commands.filter((one) => verbOf(one).toLowerCase().startsWith(typed));
    if (fits.length) return { from: 0, options: fits.map((one) => ({ value: `${verbOf(one)} `, text: one.usage, says: one.says })) };
  }
  const word = /(?:^|\s)([@#:])([\w.+-]*)$/.exec(text);
  if (!word) return null;
  const [, sign, typed] = word;
  const from = text.length - typed.length - 1;
  if (sign === "@") {
    const fits = told.people.filter((one) => `${one.name} ${one.text}`.toLowerCase().includes(typed.toLowerCase()));
    return { from, options: fits.map((one) => ({ value: `@${one.name} `, text: one.text, says: one.title })) };
  }
  if (sign === "#") {
    return { from, options: told.channels.filter((one) => one.includes(typed)).map((one) => ({ value: `#${one} `, text: `#${one}` })) };
  }
  if (typed.length < 2) return null;
  const fits = told.emoji.filter((one) => one.name.includes(typed));
  return { from, options: fits.map((one) => ({ value: `:${one.name}: `, text: `${one.char} ${one.name}` })) };
}

// The part of a usage that is typed as it stands: "/ml-incident open".
const verbOf = (command) => command.usage.split(/ [<[@]/)[0];

export function dressComposers(root) {
  for (const form of root.querySelectorAll?.("form.composer") ?? []) {
    const field = form.querySelector("textarea");
    if (field && !field.dataset.dressed) dress(form, field);
  }
}

function dress(form, field) {
  field.dataset.dressed = "yes";
  let from = 0;
  const list = new Listbox(field, {
    label: "Completions",
    above: true,
    choose: (option) => {
      const rest = field.value.slice(field.selectionStart);
      field.value = field.value.slice(0, from) + option.value + rest;
      const caret = from + option.value.length;
      field.setSelectionRange(caret, caret);
      list.close();
      grow();
    },
  });
  const grow = () => {
    field.rows = Math.min(8, field.value.split("\n").length);
  };
  field.addEventListener("input", () => {
    grow();
    const found = completionsAt(field.value.slice(0, field.selectionStart));
    const whole = found?.options.length === 1 && found.options[0].value.trim() === field.value.trim();
    if (!found?.options.length || whole) {
      list.close();
      return;
    }
    from = found.from;
    // A message that is typed to its end is sent by Enter; only after an arrow does Enter choose.
    list.show(found.options.slice(0, SHOWN), { at: -1 });
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && list.open && list.at < 0 && !event.shiftKey) {
      event.preventDefault();
      list.choose(list.options[0]);
      return;
    }
    if (list.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      list.close();
      if (field.value.trim()) form.requestSubmit();
    }
  });
  let sent = "";
  form.addEventListener("sending", () => {
    sent = field.value;
    field.value = "";
    grow();
  });
  // What was refused is not lost.
  form.addEventListener("refused", () => {
    field.value ||= sent;
    grow();
  });
  form.addEventListener("submit", () => setTimeout(() => field.focus()));
  grow();
  if (field.value) field.setSelectionRange(field.value.length, field.value.length);
}
