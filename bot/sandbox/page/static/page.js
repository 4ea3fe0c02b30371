// The page works without any script; with it, it is live, completes what is typed, and never loses your place.
import { listenToForms } from "./acts.js";
import { dressMenus } from "./combo.js";
import { dressComposers } from "./composer.js";
import { dressModal } from "./dialogs.js";
import { listenToDrawers } from "./drawers.js";
import { listenToKeys } from "./keys.js";
import { countUnread, followLive } from "./live.js";
import { dressSidebar } from "./sidebar.js";
import { followStory, listenToStory } from "./story.js";

// What has to be done for every piece of the page, when it is first there and when it is replaced.
function dress(root) {
  dressMenus(root);
  dressComposers(root);
  dressModal(root);
  dressSidebar(root);
  followStory(root);
}

// What the address asked for once is not asked for again by a reload.
const address = new URL(location.href);
for (const once of ["text", "said"]) {
  if (!address.searchParams.has(once)) continue;
  address.searchParams.delete(once);
  history.replaceState(null, "", address);
}

dress(document);
listenToForms();
listenToKeys();
listenToDrawers();
listenToStory();
countUnread();
followLive(dress);
document.documentElement.dataset.ready = "yes";
