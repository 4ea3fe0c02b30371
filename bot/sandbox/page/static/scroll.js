// The newest message stays in sight unless the reader scrolled away from it.
const NEAR_PX = 80;
const panes = () => [document.getElementById("scroll"), document.getElementById("thread-scroll")].filter(Boolean);
const atEnd = (pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR_PX;
const newer = document.getElementById("newer");

for (const pane of panes()) pane.scrollTop = pane.scrollHeight;
if (location.hash.startsWith("#m-")) document.getElementById(location.hash.slice(1))?.scrollIntoView();

panes()[0]?.addEventListener("scroll", (event) => { if (atEnd(event.target)) newer.hidden = true; }, { passive: true });
newer?.addEventListener("click", () => {
  panes()[0].scrollTop = panes()[0].scrollHeight;
  newer.hidden = true;
});

export function stickToEnd(change) {
  const held = panes().map((pane) => [pane, atEnd(pane), pane.scrollHeight]);
  change();
  for (const [pane, stuck, height] of held) {
    if (stuck) pane.scrollTop = pane.scrollHeight;
    else if (pane.id === "scroll" && pane.scrollHeight > height) newer.hidden = false;
  }
}
