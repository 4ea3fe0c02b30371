// Keys beyond Tab and Enter: Escape closes, "/" goes to the composer, Alt with an arrow to the next channel.
import { openDrawer } from "./panes.js";

const typing = (element) => element.matches?.("input, textarea, select, [contenteditable]");

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(event);
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      step(event.key === "ArrowUp" ? -1 : 1);
    }
    if (event.key === "/" && !typing(event.target) && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      document.getElementById("composer")?.focus();
    }
    if ((event.key === "ArrowUp" || event.key === "ArrowDown") && event.target.matches?.("article.message")) {
      event.preventDefault();
      neighbour(event.target, event.key === "ArrowUp" ? "previousElementSibling" : "nextElementSibling")?.focus();
    }
  });
  // A click elsewhere closes what is folded out.
  document.addEventListener("click", (event) => {
    for (const details of document.querySelectorAll("details.tool[open], details.overflow[open], details.members[open]")) {
      if (!details.contains(event.target)) details.open = false;
    }
  });
}

function close(event) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const details = event.target.closest?.("details[open]") ?? document.querySelector("details.tool[open], details.overflow[open], details.members[open]");
  if (details) {
    details.open = false;
    details.querySelector("summary").focus();
  } else if (document.body.dataset.drawer) {
    openDrawer(document.body.dataset.drawer);
  } else {
    document.getElementById("thread-close")?.click();
  }
}

function step(by) {
  const links = [...document.querySelectorAll("#sidebar li:not([hidden]) > a[data-channel]")];
  const here = links.findIndex((link) => link.ariaCurrent === "page");
  const next = links[(here + by + links.length) % links.length];
  if (next) location.assign(next.href);
}

function neighbour(article, side) {
  let next = article[side];
  while (next && !next.matches("article.message")) next = next[side];
  return next;
}
