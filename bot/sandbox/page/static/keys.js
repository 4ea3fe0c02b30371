// Keys beyond Tab and Enter: Escape closes, "/" goes to the composer, arrows lead through messages and channels.
import { closeDrawer, openedDrawer } from "./drawers.js";
import { stopFollowing } from "./story.js";

const FOLDED_OUT = "details.tool[open], details.overflow[open], details.members[open]";
const SIDES = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" };
const typing = (element) => element.matches?.("input, textarea, select");

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") close(event.target);
    else if (event.key in SIDES) walk(event);
    else if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      toComposer();
    }
  });
  // A click elsewhere closes what is folded out.
  document.addEventListener("click", (event) => {
    for (const details of document.querySelectorAll(FOLDED_OUT)) {
      if (!details.contains(event.target)) details.open = false;
    }
  });
  // What folds out is seen whole, and who opens the edit of a message wants to type.
  document.addEventListener("toggle", (event) => {
    if (!event.target.open) return;
    event.target.querySelector?.(".tool-menu, .overflow-menu")?.scrollIntoView({ block: "nearest" });
    event.target.querySelector?.(".edit textarea")?.focus();
  }, true);
}

function walk(event) {
  const { target } = event;
  let next = null;
  if (event.altKey) next = () => step(event.key === "ArrowUp" ? -1 : 1);
  else if (target.matches("article.message")) next = () => neighbour(target, SIDES[event.key])?.focus();
  else if (target.matches(".scroll") && event.key === "ArrowUp") next = () => [...target.querySelectorAll("article.message")].pop()?.focus();
  if (!next) return;
  event.preventDefault();
  next();
}

function close(target) {
  const details = target.closest?.("details[open]") ?? document.querySelector(FOLDED_OUT);
  if (details) {
    details.open = false;
    details.querySelector("summary").focus();
  } else if (openedDrawer()) {
    closeDrawer();
  } else if (document.getElementById("thread-close")) {
    document.getElementById("thread-close").click();
  } else if (!typing(target)) {
    toComposer();
  }
}

function toComposer() {
  document.getElementById("composer")?.focus();
}

function step(by) {
  const links = [...document.querySelectorAll("#sidebar li:not([hidden]) > a[data-channel]")];
  const here = links.findIndex((link) => link.ariaCurrent === "page");
  const next = links[(here + by + links.length) % links.length];
  if (!next) return;
  stopFollowing();
  location.assign(next.href);
}

function neighbour(article, side) {
  let next = article[side];
  while (next && !next.matches("article.message")) next = next[side];
  return next;
}
