// The sidebar: the channel filter, light or dark, and whom one acts as.
import { stopFollowing } from "./story.js";

export function dressSidebar(root) {
  const sidebar = root.id === "sidebar" ? root : root.querySelector?.("#sidebar");
  if (!sidebar) return;
  sidebar.querySelector("#theme").addEventListener("click", changeTheme);
  sidebar.querySelector("#acting").addEventListener("change", (event) => {
    stopFollowing();
    event.target.form.requestSubmit();
  });
  dressFilter(sidebar, sidebar.querySelector("#filter"));
}

function dressFilter(sidebar, filter) {
  const narrow = () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const link of sidebar.querySelectorAll("a[data-channel]")) {
      link.parentElement.hidden = !link.dataset.channel.toLowerCase().includes(wanted);
    }
  };
  const remember = (words) => {
    filter.value = words;
    sessionStorage.setItem("filter", words);
    narrow();
  };
  filter.addEventListener("input", () => remember(filter.value));
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && filter.value) {
      event.preventDefault();
      remember("");
    } else if (event.key === "Enter") {
      const first = sidebar.querySelector("li:not([hidden]) > a[data-channel]");
      remember("");
      first?.click();
    }
  });
  filter.value = sessionStorage.getItem("filter") ?? "";
  narrow();
}

function changeTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem("theme", next);
}
