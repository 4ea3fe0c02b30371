// A region that is replaced keeps the focus, how far it was scrolled, what is open in it, and what was typed into it.
import { carryTyped } from "./typed.js";

const CONTROLS = "a, button, input:not([type=hidden]), select, textarea, summary, [tabindex]";

export function keepPlace(before, after, replace) {
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  const focus = focused && { name: nameOf(focused), start: focused.selectionStart, end: focused.selectionEnd };
  const open = new Set([...before.querySelectorAll("details[open]")].map(summaryOf));
  for (const details of after.querySelectorAll("details")) details.open ||= open.has(summaryOf(details));
  // Another form may have fields of the same names.
  if (before.dataset.view === after.dataset.view) carryTyped(before, after);
  after.inert = before.inert;
  const tops = scrolled(before).map((one) => one.scrollTop);
  replace();
  // A form that opens, or complains, says by itself where it begins.
  if (after.querySelector("[autofocus]")) return;
  scrolled(after).forEach((one, at) => { one.scrollTop = tops[at] ?? 0; });
  if (focus) restore(after, focus);
}

// How to give the focus back to a control later, though what is around it may be drawn anew meanwhile.
export function remember(control) {
  const [region, name] = [control.closest("[data-v]")?.id, nameOf(control)];
  return () => {
    const around = document.getElementById(region);
    if (control.isConnected) control.focus();
    else if (around) restore(around, { name });
    if (document.activeElement === document.body) document.getElementById("composer")?.focus();
  };
}

function restore(region, focus) {
  const again = [...region.querySelectorAll(CONTROLS)].find((one) => nameOf(one) === focus.name);
  if (again && !again.disabled) {
    again.focus({ preventScroll: true });
    // Fields for dates, numbers and addresses have no caret to set.
    if (focus.start != null && again.selectionStart != null) again.setSelectionRange(focus.start, focus.end);
  } else if (!region.contains(document.activeElement)) {
    // The control is gone: stay near, so that Tab goes on from here.
    if (!region.hasAttribute("tabindex")) region.tabIndex = -1;
    region.focus({ preventScroll: true });
  }
}

const scrolled = (region) => [region, ...region.querySelectorAll(".form-body")];

// What people would call a control: enough to find it again after the region was drawn anew.
function nameOf(control) {
  if (control.id) return control.id;
  const choice = ["radio", "checkbox"].includes(control.type) ? control.value : "";
  const words = control.matches("button, summary") ? control.textContent : "";
  return [control.tagName, control.name, choice, control.getAttribute("aria-label"), words, control.getAttribute("href")].join("|");
}

function summaryOf(details) {
  const summary = details.querySelector("summary");
  return `${details.closest("[id]")?.id}|${summary?.getAttribute("aria-label") ?? summary?.textContent.replace(/\d+/g, "#")}`;
}
