// The composer: Enter sends, what is typed is completed, and what was not sent is still there later.
import { completionsAt } from "./completions.js";
import { Listbox } from "./listbox.js";

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
      field.setRangeText(option.value, from, field.selectionStart, "end");
      changed();
      complete();
    },
  });

  function changed() {
    field.style.height = "auto";
    field.style.height = `${field.offsetHeight - field.clientHeight + field.scrollHeight}px`;
    sessionStorage.setItem(draftOf(form), field.value);
  }
  function complete() {
    const found = completionsAt(field.value.slice(0, field.selectionStart));
    from = found.from;
    // A message that is typed to its end is sent by Enter; only after an arrow does Enter choose.
    list.show(found.options, { at: -1, nothing: found.hint });
  }
  function put(words) {
    field.value = words;
    list.close();
    changed();
  }

  field.addEventListener("input", () => {
    changed();
    complete();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && list.open && list.options.length && list.at < 0 && !event.shiftKey) {
      event.preventDefault();
      list.choose(list.options[0]);
    } else if (!list.key(event) && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    setTimeout(() => field.focus());
    if (!field.value.trim()) event.preventDefault();
  });
  form.addEventListener("sending", () => put(""));
  // What was refused is not lost.
  form.addEventListener("refused", (event) => put(field.value || event.detail));
  put(field.value || (sessionStorage.getItem(draftOf(form)) ?? ""));
  field.setSelectionRange(field.value.length, field.value.length);
}

// Each person has a draft of their own in each place.
function draftOf(form) {
  const { as, channel, thread_ts: thread } = form.elements;
  return `draft|${as.value}|${channel.value}|${thread?.value ?? ""}`;
}
