// Builds that the page starts: buttons, options, how far it is, how it ended, what is wrong.

const isBuilding = () => Boolean(now.build?.running);
const startBuild = async (asked = {}) => {
  if (isBuilding()) return;
  complaint = [];
  try {
    if (partsOfHash()[0] !== "graph" || partsOfHash().length > 1) goTo("graph");
    if (!nowShown()) showNow();
    await post("/api/build", asked);
  } catch (error) {
    complain(error);
  }
};
const stopBuild = () => isBuilding() && post("/api/stop").catch(() => {});
const askOptions = () => {
  if (isBuilding()) return;
  byName("known-targets").replaceChildren(...[...new Set(model.nodes.filter(node => node.uses).flatMap(node => [node.name, node.id]))]
    .map(name => element("option", {value: name})));
  byName("options").showModal();
};
byName("options").querySelector("form").addEventListener("submit", () => startBuild({
  targets: byName("targets").value.split(/[\s,]+/).filter(Boolean), jobs: Math.max(1, Number(byName("jobs").value) || 1),
  force: byName("force").checked, keep_going: byName("keep-going").checked,
}));
byName("options-cancel").onclick = () => byName("options").close();
byName("build").onclick = () => startBuild();
byName("more").onclick = askOptions;
byName("stop").onclick = stopBuild;
Object.assign(KEYS, {b: () => startBuild(), B: askOptions, s: stopBuild});
for (const key of ["b", "B", "s"]) ANYWHERE.add(key);

// What is wrong with the recipe or the data, or what failed: above all views, with place and hint.
let dismissed = "", troubled = "[]", complaint = [];
const complain = error => {
  complaint = error.problems?.length ? error.problems : [{what: error.message}];
  showState();
};
window.addEventListener("hashchange", () => {
  complaint = [];
  showState();
});
const showTrouble = problems => {
  const text = JSON.stringify(problems);
  if (text === troubled) return;
  troubled = text;
  // What comes again after it had gone is told again.
  if (!problems.length) dismissed = "";
  const isSeen = problems.length > 0 && text !== dismissed;
  const shut = element("button", {type: "button", class: "close", "aria-label": "Close", onclick: () => {
    if (complaint.length) {
      complaint = [];
      return showState();
    }
    dismissed = text;
    byName("trouble").replaceChildren();
  }}, "\u00d7");
  const place = problem => problem.place ?? (problem.path ? `${problem.path}${problem.line ? `:${problem.line}` : ""}` : null);
  // The node is named already.
  const facts = problem => (Array.isArray(problem.facts) ? problem.facts : Object.entries(problem.facts ?? {}))
    .filter(([name]) => !problem.node || !["node", "component"].includes(name));
  byName("trouble").replaceChildren(...(isSeen ? [shut, ...problems.slice(0, 8).map(problem => element("div", {class: "problem"},
    problem.node ? element("button", {type: "button", class: "link", onclick: () => {
      goTo("graph");
      if (model.node(problem.node)) go(model.node(problem.node));
    }}, problem.node) : null,
    place(problem) ? element("code", {class: "place"}, place(problem)) : null,
    element("pre", {}, problem.what),
    ...facts(problem).map(([name, value]) => element("p", {}, element("span", {class: "soft"}, `${name}: `), value)),
    problem.hint ? element("p", {class: "hint"}, problem.hint) : null)),
  problems.length > 8 ? element("p", {class: "soft"}, `and ${problems.length - 8} more`) : ""] : []));
};

// One line: what a build would do, how far it is, how it ended.
const planSentence = made => {
  const due = made.facts.filter(one => one && ["run", "pending"].includes(one.outcome)).length;
  return due ? `${counted(due, "node")} to look at` : "up to date";
};
const buildSentence = build => {
  if (build.ended) return build.ended.summary;
  if (build.stopping) return "stopping\u2026";
  if (build.due === null) return "looking at the files\u2026";
  return [`${build.done} of ${counted(build.due, "node")}`, build.left].filter(Boolean).join(", ");
};
// Nodes that are under way count for as much of them as is done.
const showFar = build => {
  const parts = Object.values(build.nodes).reduce((sum, one) => sum + (one.outcome === "running" && one.total ? one.done / one.total : 0), 0);
  byName("far").firstElementChild.style.width = `${build.due ? Math.max(1, (build.done + parts) / build.due * 100) : 0}%`;
};
const showState = () => {
  const {build, wrong} = now, building = isBuilding();
  byName("build").hidden = byName("more").hidden = building;
  byName("stop").hidden = !building;
  byName("stop").disabled = Boolean(build?.stopping);
  byName("far").hidden = !building;
  if (building) showFar(build);
  // Once the files changed after a build, the plan is the news.
  const tellsBuild = building || (build?.ended && build.version === now.version);
  const said = isLost ? "not connected: the server may have ended" : wrong.length ? "the files cannot be read as they are"
    : tellsBuild ? buildSentence(build) : now.document ? planSentence(now.document) : "\u2026";
  if (byName("said").textContent !== said) {
    byName("said").textContent = said;
    // Who hears the page hears how it begins and ends, and not every step.
    if (!building || build.ended || build.stopping || !build.done) say(said);
  }
  byName("said").className = wrong.length || isLost || (tellsBuild && build.ended?.code) ? "bad" : "";
  const project = byName("project").textContent;
  document.title = building && build.due ? `${build.done}/${build.due} \u00b7 ${project}` : `${project} \u00b7 graphbuild`;
  showTrouble(complaint.length ? complaint : wrong.length ? wrong : tellsBuild && build.ended ? build.ended.problems : []);
};
