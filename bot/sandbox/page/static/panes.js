// Sidebar and side panel: drawers on a narrow screen; the channel filter, the theme, and whom one acts as.

export function dressPanes(root) {
  const sidebar = root.id === "sidebar" ? root : root.querySelector?.("#sidebar");
  if (!sidebar) return;
  sidebar.querySelector("#acting").addEventListener("change", (event) => {
    sessionStorage.setItem("follow-story", "no");
    event.target.form.requestSubmit();
  });
  sidebar.querySelector("#theme").addEventListener("click", changeTheme);
  const filter = sidebar.querySelector("#filter");
  const narrow = () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const link of sidebar.querySelectorAll("a[data-channel]")) {
      link.parentElement.hidden = wanted !== "" && !link.dataset.channel.includes(wanted);
    }
  };
  filter.value = sessionStorage.getItem("filter") ?? "";
  filter.addEventListener("input", () => {
    sessionStorage.setItem("filter", filter.value);
    narrow();
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const first = [...sidebar.querySelectorAll("li:not([hidden]) > a[data-channel]")][0];
    sessionStorage.removeItem("filter");
    if (first) location.assign(first.href);
  });
  narrow();
  if (document.body.dataset.drawer === "sidebar") sidebar.classList.add("open");
}

function changeTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem("theme", next);
}

export function openDrawer(name) {
  const closing = document.body.dataset.drawer;
  document.body.dataset.drawer = closing === name ? "" : name;
  for (const id of ["sidebar", "panel"]) {
    const open = document.body.dataset.drawer === id;
    document.getElementById(id)?.classList.toggle("open", open);
    document.querySelector(`[data-drawer="${id}"]`)?.setAttribute("aria-expanded", String(open));
    if (open) document.getElementById(id).querySelector("select, a, button, input")?.focus();
  }
  if (closing && !document.body.dataset.drawer) document.querySelector(`[data-drawer="${closing}"]`)?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".bar [data-drawer]");
  if (button) openDrawer(button.dataset.drawer);
});
