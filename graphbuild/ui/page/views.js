// Views of the page: tabs, each with an address of its own behind the hash (#builds/ID), so that Back leads back.

const VIEWS = ["graph", "builds", "packages", "recipe"];
const shown = {view: null, handlers: {}};
const partsOfHash = () => location.hash.slice(1).split("/").map(decodeURIComponent);
const hashOf = parts => `#${parts.map(encodeURIComponent).join("/")}`;
const goTo = (...parts) => {
  const hash = hashOf(parts);
  hash === location.hash ? showHash() : location.assign(hash);
};
const tabOf = view => byName(`tab-${view}`);
const showHash = () => {
  const [asked, ...rest] = partsOfHash();
  const view = VIEWS.includes(asked) && !tabOf(asked).hidden ? asked : "graph";
  shown.view = view;
  document.body.dataset.view = view;
  for (const one of VIEWS) {
    byName(one).hidden = one !== view;
    one === view ? tabOf(one).setAttribute("aria-current", "page") : tabOf(one).removeAttribute("aria-current");
  }
  shown.handlers[view]?.(...rest);
};
window.addEventListener("hashchange", showHash);
for (const [place, view] of VIEWS.entries()) {
  KEYS[place + 1] = () => !tabOf(view).hidden && goTo(view);
  ANYWHERE.add(`${place + 1}`);
}
