// The live page: what is shown in the graph, how news come into it, and how it begins.

// The token is a cookie by now: it need not stand in the address.
if (new URLSearchParams(location.search).has("token")) history.replaceState(null, "", location.pathname + location.hash);

// What the graph shows: what is now, an earlier build (`name`, `other` where two are compared), or a preview.
const pinned = {kind: "now", name: null, other: null};
const nowShown = () => pinned.kind === "now";
const paintAll = () => {
  if (!nowShown() || data.told !== "live" || !now.build) return;
  for (const [id, told] of Object.entries(now.build.nodes)) paintNode(id, told);
};
const paintNode = (id, told) => update(id, told.outcome, {...told, ...(told.outcome === "running" ? {} : {total: null})});
const showNow = () => {
  Object.assign(pinned, {kind: "now", name: null, other: null});
  if (now.document) showDocument(now.document);
  const isBuilt = data.told === "build";
  chip(isBuilt ? "just built" : null, "to the plan", () => post("/api/refresh?plan=1").catch(complain));
  paintAll();
};
// Beside the title: what is shown where that is not the plan, and the way to that.
const chip = (words, way, go) => {
  byName("pinned").hidden = words === null;
  byName("pinned").replaceChildren(element("span", {}, words ?? ""), element("button", {type: "button", onclick: go}, way));
};
const backToNow = () => (partsOfHash().length > 1 && partsOfHash()[0] === "graph" ? goTo("graph") : showNow());
const pin = (kind, made, words) => {
  pinned.kind = kind;
  chip(words, "back to now", backToNow);
  showDocument(made);
};
// A document that is shown for a while, such as the plan of a recipe that is not saved; null: what there is again.
const showPlan = made => (made ? pin("preview", made, "not saved yet") : showNow());

handlers.graph = async (name, other) => {
  if (!name) return pinned.kind === "build" ? showNow() : undefined;
  if (pinned.kind === "build" && pinned.name === name && pinned.other === (other ?? null)) return;
  const isAsked = askedHere();
  try {
    const made = await get(`/api/builds/${encodeURIComponent(name)}/page${other ? `?against=${encodeURIComponent(other)}` : ""}`);
    if (!isAsked()) return;
    Object.assign(pinned, {name, other: other ?? null});
    pin("build", made, other ? "two builds compared" : "an earlier build");
  } catch (error) {
    complain(error);
  }
};
handlers.recipe = () => {
  if (byName("recipe").childElementCount) return;
  window.graphbuild.mountRecipe(byName("recipe"), {get, post, onSaved: () => post("/api/refresh")});
};
window.addEventListener("hashchange", () => {
  if (partsOfHash()[0] !== "graph" && pinned.kind === "build") showNow();
});

whenNews((what, facts) => {
  if (what === "document" && nowShown()) showNow();
  else if (what === "node" || what === "step") {
    if (nowShown() && data.told === "live") paintNode(facts.node, now.build.nodes[facts.node]);
  } else if (what === "back") paintAll();
  if (what === "told" && facts.ended?.build) refreshLists();
  what === "step" ? showFar(now.build) : showState();
});
// What a build does beside running nodes.
MORE.overview = () => {
  const stages = buildShown()?.stages.filter(([name]) => name !== "run") ?? [];
  return stages.length ? section("beside the nodes", bars(stages.map(([name, seconds]) => ({name, seconds, style: "then"})))) : [];
};
MORE.node = (node, go) => [stepsElement(node), whyElement(node, go), node.uses && nowShown() && !isBuilding()
  ? element("p", {}, element("button", {type: "button", onclick: () => startBuild({targets: [node.id]})}, "Build up to here")) : null];

// The bar takes what belongs to all views.
byName("bar").append(byName("theme"), byName("help"));
document.body.append(byName("status"), byName("keys"));
byName("graph").querySelector(".title").after(element("span", {id: "pinned", class: "chip", hidden: true}));
byName("keys").querySelector("dl").prepend(...[["b", "build"], ["Shift+B", "build with options"], ["s", "stop the build"],
  ["1\u20134", "graph, builds, packages, recipe"]].map(([key, words]) => element("div", {}, element("dt", {}, element("kbd", {}, key)), element("dd", {}, words))));

Object.assign(window.graphbuild, {showPlan, now});
window.addEventListener("DOMContentLoaded", async () => {
  tabOf("recipe").hidden = !window.graphbuild.mountRecipe;
  const {project} = await get("/api/about").catch(() => ({project: "graphbuild"}));
  byName("project").textContent = project;
  await fetchDocument();
  listen();
  showHash();
});
