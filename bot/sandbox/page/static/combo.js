// Menus with type-ahead in place of the browser's: over a plain <select>, or over what the bot offers for some letters.
import { post } from "./acts.js";
import { Listbox } from "./listbox.js";
import { complain } from "./said.js";

const ASKED_AFTER_MS = 120;

export function dressMenus(root) {
  for (const select of root.querySelectorAll?.("select[data-menu]:not([data-dressed])") ?? []) dress(overSelect(select));
  for (const place of root.querySelectorAll?.("[data-suggest]:not([data-dressed])") ?? []) dress(overSuggestions(place));
}

// What a menu needs: its field, what it offers, what it holds, and how to hold something else.
function overSelect(select) {
  select.dataset.dressed = "yes";
  const field = document.createElement("input");
  for (const name of ["id", "aria-label", "aria-describedby", "aria-invalid", "aria-required"]) {
    if (select.hasAttribute(name)) field.setAttribute(name, select.getAttribute(name));
  }
  select.removeAttribute("id");
  select.hidden = true;
  const frame = document.createElement("span");
  frame.className = "combo";
  select.before(frame);
  frame.append(field);
  const options = [...select.options].filter((one) => one.value)
    .map((one) => ({ value: one.value, text: one.text, says: one.dataset.says ?? one.closest("optgroup")?.label }));
  const fits = (option, words) => `${option.text} ${option.says ?? ""}`.toLowerCase().includes(words);
  return {
    field, frame, form: select.form, many: select.multiple, hint: select.dataset.hint, dispatch: select.dataset.dispatch,
    offer: async (words) => ({ options: options.filter((one) => fits(one, words.toLowerCase())) }),
    held: () => [...select.selectedOptions].filter((one) => one.value).map((one) => ({ value: one.value, text: one.text })),
    hold: (chosen) => {
      select.dataset.touched = "yes";
      const values = new Set(chosen.map((one) => one.value));
      for (const one of select.options) one.selected = values.has(one.value);
    },
  };
}

function overSuggestions(place) {
  place.dataset.dressed = "yes";
  const field = place.querySelector("input[type=text]");
  const { name, suggest, ts, min } = place.dataset;
  field.removeAttribute("name");
  let held = [...place.querySelectorAll("input[type=hidden]")].map((one) => ({ value: one.value, text: one.dataset.text }));
  const frame = document.createElement("span");
  frame.className = "combo";
  field.before(frame);
  frame.append(field);
  return {
    field, frame, form: place.closest("form"), many: "many" in place.dataset, hint: field.placeholder,
    dispatch: field.dataset.dispatch,
    offer: async (words) => {
      if (words.length < Number(min)) return { options: [], nothing: `Type at least ${min} letters` };
      const fields = new URLSearchParams({ as: document.body.dataset.me, action_id: suggest, query: words, ts });
      const found = await post("/suggest", fields);
      complain(found.error ?? found.said);
      return found.options ? found : { options: [], nothing: "Not loaded" };
    },
    held: () => held,
    hold: (chosen) => {
      held = chosen;
      place.dataset.touched = "yes";
      for (const old of place.querySelectorAll("input[type=hidden]")) old.remove();
      for (const one of chosen) {
        const input = Object.assign(document.createElement("input"), { type: "hidden", name, value: one.value });
        input.dataset.text = one.text;
        place.append(input);
      }
    },
  };
}

function dress(menu) {
  const { field, frame, form } = menu;
  const shown = () => (menu.many ? "" : menu.held()[0]?.text ?? "");
  Object.assign(field, { type: "text", autocomplete: "off", placeholder: menu.hint || "Choose", value: shown() });
  // What is typed to find something is no change yet; the choice is.
  delete field.dataset.dispatch;
  const list = new Listbox(field, { label: field.getAttribute("aria-label") ?? menu.hint ?? "Choices", choose });
  const chips = menu.many ? frame.insertAdjacentElement("afterbegin", document.createElement("span")) : null;
  let asked = 0;

  function choose(option) {
    menu.hold(menu.many ? [...menu.held().filter((one) => one.value !== option.value), option] : [option]);
    field.value = shown();
    list.close();
    drawChips();
    changed();
  }
  function drop(option) {
    menu.hold(menu.held().filter((one) => one.value !== option.value));
    drawChips();
    changed();
  }
  function changed() {
    const button = form.querySelector("button.choose");
    if (button) form.requestSubmit(button);
    else if (menu.dispatch) field.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail: menu.dispatch }));
  }
  function drawChips() {
    chips?.replaceChildren(...menu.held().map((one) => {
      const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip", textContent: `${one.text} ✕` });
      chip.setAttribute("aria-label", `Remove ${one.text}`);
      chip.addEventListener("click", () => {
        drop(one);
        field.focus();
      });
      return chip;
    }));
  }
  async function offer(words) {
    const mine = ++asked;
    const found = await menu.offer(words);
    // An answer that was overtaken, or comes when the field was left, is not shown.
    if (mine !== asked || document.activeElement !== field) return;
    list.show(found.options, { at: words ? 0 : -1, nothing: found.nothing ?? "Nothing fits" });
  }
  let waiting = 0;
  field.addEventListener("input", () => {
    if (!menu.many && !field.value) menu.hold([]);
    clearTimeout(waiting);
    waiting = setTimeout(() => offer(field.value.trim()), ASKED_AFTER_MS);
  });
  field.addEventListener("focus", () => field.select());
  field.addEventListener("click", () => { if (!list.open) offer(""); });
  field.addEventListener("keydown", (event) => {
    if (list.key(event)) return;
    // Enter submits a form whose field is filled in; in a message there is nothing to submit but a choice.
    const opens = event.key === "Enter" && !list.open && !(menu.held().length && field.closest("dialog"));
    if (event.key === "ArrowDown" || opens) {
      event.preventDefault();
      offer("");
    } else if (event.key === "Backspace" && menu.many && !field.value && menu.held().length) {
      drop(menu.held().at(-1));
    }
  });
  // What was typed and not chosen goes away, so that the field never says something it does not hold.
  field.addEventListener("blur", () => { clearTimeout(waiting); asked += 1; field.value = shown(); });
  drawChips();
}
