// The page works without any script; with it, it is live, completes what is typed, and never loses your place.
import { listenToForms } from "./acts.js";
import { dressMenus } from "./combo.js";
import { dressComposers } from "./composer.js";
import { dressModal } from "./dialogs.js";
import { listenToKeys } from "./keys.js";
import { followLive } from "./live.js";
import { dressPanes } from "./panes.js";
import { followStory } from "./story.js";

// What has to be done for every piece of the page, when it is first there and when it is replaced.
function dress(root) {
  dressMenus(root);
  dressComposers(root);
  dressModal(root);
  dressPanes(root);
  followStory(root);
}

dress(document);
listenToForms();
listenToKeys();
followLive(dress);
document.documentElement.dataset.ready = "yes";
