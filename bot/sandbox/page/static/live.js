// Server-sent events: each says which regions changed, and how messages are ordered now.
import { keepPlace } from "./place.js";
import { stickToEnd } from "./scroll.js";

const RECONNECTING_MS = 1500;

export function followLive(dress) {
  const source = new EventSource(document.body.dataset.live);
  const lost = document.getElementById("lost");
  let missing = 0;
  source.onopen = () => {
    clearTimeout(missing);
    missing = 0;
    lost.hidden = true;
  };
  source.onerror = () => {
    missing ||= setTimeout(() => { lost.hidden = false; }, RECONNECTING_MS);
  };
  source.onmessage = (event) => {
    const patch = JSON.parse(event.data);
    if (patch.gone) {
      source.close();
      location.assign("/");
      return;
    }
    apply(patch, dress);
  };
  addEventListener("pagehide", () => source.close());
}

function apply(patch, dress) {
  stickToEnd(() => {
    const made = new Map();
    for (const [id, html] of Object.entries(patch.set)) {
      const there = document.getElementById(id);
      const fresh = parse(html);
      if (!fresh) continue;
      if (!there) {
        made.set(id, fresh);
      } else if (there.dataset.v !== fresh.dataset.v) {
        keepPlace(there, fresh, () => {
          there.replaceWith(fresh);
          dress(fresh);
        });
      }
    }
    for (const [id, names] of Object.entries(patch.order)) arrange(document.getElementById(id), names, made, dress);
  });
  if (patch.heard) document.getElementById("announcer").textContent = patch.heard;
  countUnread();
}

function arrange(list, names, made, dress) {
  if (!list) return;
  const wanted = new Set(names);
  for (const child of [...list.children]) if (!wanted.has(child.id)) child.remove();
  let next = list.firstElementChild;
  for (const name of names) {
    if (next?.id === name) {
      next = next.nextElementSibling;
      continue;
    }
    const one = document.getElementById(name) ?? made.get(name);
    if (!one) continue;
    list.insertBefore(one, next);
    if (made.has(name)) dress(one);
  }
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

function countUnread() {
  const plain = document.title.replace(/^\(\d+\) /, "");
  const unread = document.querySelectorAll("#sidebar a.unread").length;
  document.title = unread ? `(${unread}) ${plain}` : plain;
}
