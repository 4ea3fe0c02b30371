// Follow the story: go where it plays, until the reader goes somewhere alone.
const KEY = "follow-story";
const following = () => sessionStorage.getItem(KEY) !== "no";

// A window that was opened to be somebody or somewhere stays so; only the bare address goes along by itself.
if (sessionStorage.getItem(KEY) === null) sessionStorage.setItem(KEY, location.search ? "no" : "yes");

export const stopFollowing = () => sessionStorage.setItem(KEY, "no");

export function followStory(root) {
  const story = root.id === "story" ? root : root.querySelector?.("#story");
  if (!story) return;
  const box = story.querySelector("#follow");
  if (box) {
    box.checked = following();
    box.addEventListener("change", () => {
      sessionStorage.setItem(KEY, box.checked ? "yes" : "no");
      sessionStorage.removeItem("followed");
      go(story);
    });
  }
  go(story);
}

function go(story) {
  const address = story.dataset.follow;
  if (!address || !following() || !story.querySelector("#follow")) return;
  // Each place is gone to once: whoever looks around there is not pulled back.
  if (sessionStorage.getItem("followed") === address) return;
  // Nobody is pulled away in the middle of a sentence; it is followed when that is sent.
  const writing = [...document.querySelectorAll(".composer textarea")].some((field) => field.value.trim());
  if (writing || document.querySelector("dialog[open]")) return;
  sessionStorage.setItem("followed", address);
  if (location.pathname + location.search !== address) location.assign(address);
}

export function listenToStory() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("#sidebar a, .replies a, .tries a")) stopFollowing();
  });
  document.addEventListener("sent", () => go(document.getElementById("story")));
}
