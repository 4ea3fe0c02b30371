// Server-sent events: each says which regions changed, and how messages are ordered now.
import { keepPlace } from "./place.js";
import { announce } from "./said.js";
import { stickToEnd } from "./scroll.js";

const MISSED_MS = 1500;
const AGAIN_MS = 2000;

export function followLive(dress) {
  const lost = document.getElementById("lost");
  let source = null;
  let missing = 0;

  function connect() {
    source = new EventSource(document.body.dataset.live);
    source.onopen = () => {
      clearTimeout(missing);
      missing = 0;
      lost.hidden = true;
    };
    source.onerror = () => {
      missing ||= setTimeout(() => { lost.hidden = false; }, MISSED_MS);
      // After an answer that is no stream the browser gives up; this page does not.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS);
    };
    source.onmessage = (event) => {
      const patch = JSON.parse(event.data);
      if (patch.gone) {
        source.close();
        location.assign(patch.go ?? "/");
      } else {
        apply(patch, dress);
      }
    };
  }
  connect();
  addEventListener("pagehide", () => source.close());
  // Back from the browser's memory: the first event tells all that was missed.
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
}

function apply(patch, dress) {
  const heard = [];
  stickToEnd(() => {
    const made = new Map();
    for (const [id, html] of Object.entries(patch.set)) {
      const there = document.getElementById(id);
      const fresh = parse(html);
      if (!fresh) continue;
      if (!there) {
        made.set(id, fresh);
      } else if (there.dataset.v !== fresh.dataset.v) {
        heard.push(...news(there, fresh));
        keepPlace(there, fresh, () => {
          there.replaceWith(fresh);
          dress(fresh);
        });
      }
    }
    for (const [id, names] of Object.entries(patch.order)) arrange(document.getElementById(id), names, made, dress);
  });
  if (patch.heard) heard.push(patch.heard);
  if (heard.length) announce(heard.join(". "));
  countUnread();
}

// A live part that is replaced as a whole stays silent in the browser, so its words are read out here.
function news(there, fresh) {
  const known = new Set([...there.querySelectorAll("[aria-live]")].map((one) => one.textContent));
  return [...fresh.querySelectorAll("[aria-live]")].map((one) => one.textContent).filter((words) => !known.has(words));
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

// The title says how many channels have something unread.
export function countUnread() {
  const plain = document.title.replace(/^\(\d+\) /, "");
  const unread = document.querySelectorAll("#sidebar a.unread").length;
  document.title = unread ? `(${unread}) ${plain}` : plain;
}
