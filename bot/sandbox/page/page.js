// Refreshes what others say; leaves alone what is being typed, and reloads when a form opens, changes or closes.
const formOf = (page) => page.querySelector("dialog")?.dataset.view || "";
const messages = document.getElementById("messages");
messages.scrollTop = messages.scrollHeight;

setInterval(async () => {
  try {
    const text = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html");
    if (formOf(fresh) !== formOf(document)) {
      location.reload();
      return;
    }
    for (const id of ["channels", "about", "messages"]) {
      const shown = document.getElementById(id);
      const now = fresh.getElementById(id);
      if (shown.innerHTML === now.innerHTML || shown.contains(document.activeElement)) continue;
      shown.innerHTML = now.innerHTML;
      if (id === "messages") shown.scrollTop = shown.scrollHeight;
    }
  } catch {
    // The sandbox has ended, or is busy; the next second may be better.
  }
}, 1000);
