// What is said to the reader: complaints where they are looking, and news for those who listen to the page.

import { openedDrawer } from "./drawers.js";

let complaint = "";

export function complain(words) {
  complaint = words || "";
  placeComplaint();
}

// A form or an open drawer keeps everything else out of reach; a complaint behind it would not be seen or heard.
export function placeComplaint() {
  document.getElementById("said-here")?.remove();
  const inFront = document.querySelector("#modal[open] .form-body") ?? openedDrawer();
  const said = document.getElementById("said");
  said.textContent = inFront ? "" : complaint;
  said.hidden = !said.textContent;
  if (!inFront || !complaint) return;
  const here = Object.assign(document.createElement("p"), { id: "said-here", className: "complaint", textContent: complaint });
  here.setAttribute("role", "alert");
  inFront.prepend(here);
}

export function announce(words) {
  // A new element each time, so that the same words are read twice when they are said twice.
  const line = Object.assign(document.createElement("p"), { textContent: words });
  document.getElementById("announcer").replaceChildren(line);
}
