// Sidebar and side panel on a narrow screen: drawers in front of the page, opened by the buttons of the bar.
const DRAWERS = { sidebar: "(max-width: 48rem)", panel: "(max-width: 75rem)" };
const opened = () => document.body.dataset.drawer ?? "";
const drawer = (name) => document.getElementById(name);

export const openedDrawer = () => (opened() ? drawer(opened()) : null);

export function closeDrawer() {
  const name = opened();
  show("");
  document.querySelector(`.bar [data-drawer="${name}"]`)?.focus();
}

function show(name) {
  document.body.dataset.drawer = name;
  for (const part of document.querySelectorAll("body > :is(.skip, .bar, nav, main, aside)")) {
    // What is behind an open drawer is out of reach: for the finger, for Tab, and for a screen reader.
    part.inert = name !== "" && part.id !== name;
  }
  for (const button of document.querySelectorAll(".bar [data-drawer]")) {
    button.setAttribute("aria-expanded", String(button.dataset.drawer === name));
  }
  if (name) drawer(name).querySelector("[data-close]").focus();
}

export function listenToDrawers() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".bar [data-drawer]");
    if (button) show(button.dataset.drawer);
    else if (opened() && (event.target === document.body || event.target.closest("[data-close]"))) closeDrawer();
  });
  for (const [name, width] of Object.entries(DRAWERS)) {
    matchMedia(width).addEventListener("change", () => { if (opened() === name) closeDrawer(); });
  }
}
