// What was typed or chosen and not sent yet goes over into the same form drawn anew.

export function carryTyped(before, after) {
  for (const field of after.querySelectorAll("input[name]:not([type=hidden]), textarea[name]")) {
    const old = twin(before, field);
    if (!old) continue;
    if (["radio", "checkbox"].includes(field.type)) {
      if (old.checked !== old.defaultChecked) field.checked = old.checked;
    } else if (old.value !== old.defaultValue) {
      field.value = old.value;
    }
  }
  for (const select of after.querySelectorAll("select[data-menu]")) {
    const old = twin(before, select);
    if (!old?.dataset.touched) continue;
    const chosen = new Set([...old.selectedOptions].map((one) => one.value));
    for (const option of select.options) option.selected = chosen.has(option.value);
    select.dataset.touched = "yes";
  }
  for (const place of after.querySelectorAll("[data-suggest]")) {
    const old = [...before.querySelectorAll("[data-suggest][data-touched]")].find((one) => one.dataset.name === place.dataset.name);
    if (!old) continue;
    for (const held of place.querySelectorAll("input[type=hidden]")) held.remove();
    place.prepend(...[...old.querySelectorAll("input[type=hidden]")].map((one) => one.cloneNode()));
    place.dataset.touched = "yes";
  }
}

function twin(before, field) {
  const choice = ["radio", "checkbox"].includes(field.type);
  return [...before.querySelectorAll(field.tagName)]
    .find((one) => one.name === field.name && one.type === field.type && (!choice || one.value === field.value));
}
