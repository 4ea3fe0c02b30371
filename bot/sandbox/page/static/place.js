// A region that is replaced keeps the focus, what is open in it, and what was typed into it.

export function keepPlace(before, after, replace) {
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  const focus = focused && { name: nameOf(focused), start: focused.selectionStart, end: focused.selectionEnd };
  const open = [...before.querySelectorAll("details[open]")].map(summaryOf);
  const typed = new Map();
  for (const field of before.querySelectorAll("input[name], textarea[name]")) {
    if (field.type !== "hidden" && field.value !== field.defaultValue) typed.set(nameOf(field), field.value);
  }
  for (const details of after.querySelectorAll("details")) details.open ||= open.includes(summaryOf(details));
  for (const field of after.querySelectorAll("input[name], textarea[name]")) {
    if (typed.has(nameOf(field)) && !["radio", "checkbox"].includes(field.type)) field.value = typed.get(nameOf(field));
  }
  const top = before.scrollTop;
  replace();
  after.scrollTop = top;
  if (focus) restore(after, focus);
}

function restore(region, focus) {
  const again = [...region.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")]
    .find((one) => nameOf(one) === focus.name);
  if (again && !again.disabled) {
    again.focus({ preventScroll: true });
    if (focus.start != null && again.setSelectionRange && again.type !== "email") again.setSelectionRange(focus.start, focus.end);
  } else if (!region.contains(document.activeElement)) {
    // The control is gone: stay near, so that Tab goes on from here.
    if (!region.hasAttribute("tabindex")) region.tabIndex = -1;
    region.focus({ preventScroll: true });
  }
}

// What people would call a control: enough to find it again after the region was drawn anew.
function nameOf(element) {
  const kind = element.tagName + (element.name ?? "") + (element.type === "radio" || element.type === "checkbox" ? element.value : "");
  return element.id || `${kind}|${element.getAttribute("aria-label") ?? ""}|${element.value === undefined || element.tagName !== "BUTTON" ? "" : element.textContent}|${element.getAttribute("href") ?? ""}`;
}

function summaryOf(details) {
  const summary = details.querySelector("summary");
  return `${details.closest("[id]")?.id}|${summary?.getAttribute("aria-label") ?? summary?.textContent.replace(/\d+/g, "#")}`;
}
