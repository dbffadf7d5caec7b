// The live page: begins, and is what other scripts of the page know it by.

// The token is a cookie by now: it need not stand in the address.
if (new URLSearchParams(location.search).has("token")) history.replaceState(null, "", location.pathname + location.hash);

const live = {document: null, preview: null};
const refresh = async () => {
  live.document = await get("/api/document");
  if (!live.preview) showDocument(live.document);
};
// A document that is shown for a while, such as the plan of a recipe that is not saved; null: what there is again.
const showPlan = next => {
  live.preview = next;
  showDocument(next ?? live.document ?? data);
};
Object.assign(window.graphbuild, {showPlan, refresh});

shown.handlers.graph = begin;
shown.handlers.recipe = () => {
  if (byName("recipe").childElementCount) return;
  window.graphbuild.mountRecipe(byName("recipe"), {get, post, onSaved: refresh});
};
window.addEventListener("DOMContentLoaded", () => {
  tabOf("recipe").hidden = !window.graphbuild.mountRecipe;
  showHash();
  refresh();
});
