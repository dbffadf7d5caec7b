// Views of the page: each has an address of its own behind the hash (#builds/ID), so that Back leads back.

const VIEWS = ["graph", "builds", "packages", "recipe"];
const BESIDE_FROM = 1100;
// From this width the graph stands beside the recipe.
let wasBeside = false;
const handlers = {};
const partsOfHash = () => location.hash.slice(1).split("/").map(part => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
});
const hashOf = (...parts) => `#${parts.map(encodeURIComponent).join("/")}`;
// An answer may come when another address has been asked for: then it is late, and not shown.
const askedHere = () => {
  const asked = location.hash;
  return () => location.hash === asked;
};
const tabOf = view => byName(`tab-${view}`);
const showHash = () => {
  const [asked, ...rest] = partsOfHash();
  const view = VIEWS.includes(asked) && !tabOf(asked).hidden ? asked : "graph";
  const isBeside = view === "recipe" && innerWidth >= BESIDE_FROM;
  for (const one of VIEWS) {
    byName(one).hidden = one !== view && !(isBeside && one === "graph");
    one === view ? tabOf(one).setAttribute("aria-current", "page") : tabOf(one).removeAttribute("aria-current");
  }
  document.body.dataset.view = view;
  if (!byName("graph").hidden) {
    // In another width the picture is fitted anew.
    if (isBeside !== wasBeside) state.isBegun = false;
    wasBeside = isBeside;
    begin();
  }
  if (isBeside && state.shows === "overview") close();
  handlers[view]?.(...rest);
};
const goTo = (...parts) => (hashOf(...parts) === location.hash ? showHash() : location.assign(hashOf(...parts)));
window.addEventListener("hashchange", showHash);
matchMedia(`(min-width: ${BESIDE_FROM}px)`).addEventListener("change", showHash);
for (const [place, view] of VIEWS.entries()) {
  KEYS[place + 1] = () => !tabOf(view).hidden && goTo(view);
  ANYWHERE.add(`${place + 1}`);
}

// A list at the left, and what is chosen of it at the right; on a narrow screen one after the other.
const pair = view => ({list: byName(view).querySelector(".list"), detail: byName(view).querySelector(".detail")});
const choice = (view, id, isChosen, ...content) => element("a", {
  href: hashOf(view, id), class: "choice", "aria-current": isChosen ? "true" : null,
}, ...content);
const fillDetail = (view, isChosen, ...content) => {
  const {list, detail} = pair(view);
  byName(view).classList.toggle("chosen", isChosen);
  detail.replaceChildren(element("a", {class: "back", href: hashOf(view)}, "\u2190 all"), ...content.flat(2).filter(Boolean));
  detail.scrollTop = 0;
  // On a narrow screen the list, and the focus in it, has gone.
  if (isChosen && !list.offsetParent) detail.focus({preventScroll: true});
};
// Arrow keys go through the list.
for (const view of ["builds", "packages"]) {
  byName(view).querySelector(".list").addEventListener("keydown", event => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step) return;
    const all = [...pair(view).list.querySelectorAll("a")];
    event.preventDefault();
    all[all.indexOf(document.activeElement) + step]?.focus();
  });
}
const failure = error => element("div", {class: "problem"}, element("p", {}, error.message));
const rows = pairs => element("dl", {class: "facts"}, ...pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
  .map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));

// What is compared with what, chosen from a list.
const against = (label, ids, chosen, choose) => {
  const select = element("select", {onchange: event => choose(event.target.value)},
    ...ids.map(([id, name]) => element("option", {value: id, selected: id === chosen}, name)));
  return element("label", {class: "against"}, `${label} `, select);
};
