// The newest message stays in sight unless the reader scrolled away from it.
const NEAR_PX = 80;
const panes = [document.getElementById("scroll"), document.getElementById("thread-scroll")].filter(Boolean);
const newer = document.getElementById("newer");
const atEnd = new WeakMap();

function toEnd(pane) {
  pane.scrollTop = pane.scrollHeight;
  atEnd.set(pane, true);
}

function keepAtEnd(pane) {
  toEnd(pane);
  const stay = () => { if (atEnd.get(pane)) toEnd(pane); };
  pane.addEventListener("scroll", () => {
    atEnd.set(pane, pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR_PX);
    if (pane === panes[0] && atEnd.get(pane)) newer.hidden = true;
  }, { passive: true });
  // A composer that grows takes from the messages; a picture that arrives pushes them down.
  new ResizeObserver(stay).observe(pane);
  pane.addEventListener("load", stay, true);
}

panes.forEach(keepAtEnd);
if (/^#[mt]-/.test(location.hash)) document.getElementById(location.hash.slice(1))?.scrollIntoView();

newer?.addEventListener("click", () => {
  toEnd(panes[0]);
  newer.hidden = true;
});

// Whoever says something wants to see it.
document.addEventListener("sending", (event) => {
  const pane = event.target.matches(".composer") && event.target.closest("main, aside").querySelector(".scroll");
  if (pane) toEnd(pane);
});

export function stickToEnd(change) {
  const heights = panes.map((pane) => pane.scrollHeight);
  change();
  panes.forEach((pane, at) => {
    if (atEnd.get(pane)) toEnd(pane);
    else if (pane === panes[0] && pane.scrollHeight > heights[at]) newer.hidden = false;
  });
}
