// Builds that are over: the list, one of them with what ran and why, and in what it differs from another.

const past = {builds: null, all: false, others: 0};
const markOf = head => (head.code === 0 ? "hit" : head.code === 130 ? "skipped" : "failed");
const whenOf = head => moment(head.started);
const loadBuilds = async () => {
  const {builds, others} = await get(`/api/builds${past.all ? "?all=1" : ""}`);
  Object.assign(past, {builds, others});
};
// Of one recipe and purpose: an evaluation has other nodes than a training.
const isLike = (one, other) => one.recipe === other.recipe && one.purpose === other.purpose;
const showAll = all => {
  past.all = all;
  showHash();
};
const allElement = () => (past.others ? element("label", {class: "all"},
  element("input", {type: "checkbox", checked: past.all, onchange: event => showAll(event.target.checked)}),
  ` also evaluations and other recipes (${past.others})`) : null);

handlers.builds = async (id, other) => {
  const {list} = pair("builds"), isAsked = askedHere();
  try {
    await loadBuilds();
    if (id && !past.all && past.others && !past.builds.some(head => head.id === id)) {
      past.all = true;
      await loadBuilds();
    }
  } catch (error) {
    return isAsked() && fillDetail("builds", false, failure(error));
  }
  if (!isAsked()) return;
  const heads = past.builds;
  const chosen = id ?? (innerWidth > 760 ? heads[0]?.id : undefined);
  const focused = document.activeElement?.closest("#builds .list a")?.getAttribute("href");
  const isOnAll = document.activeElement?.matches("#builds .all input");
  list.replaceChildren(...[allElement()].filter(Boolean), ...(heads.length ? heads.map(head => choice("builds", head.id, head.id === chosen,
    outcomeElement(markOf(head)), element("span", {class: "main"}, element("strong", {}, whenOf(head)), element("span", {class: "soft"}, head.counted),
      head.asked ? element("span", {class: "purpose"}, head.asked) : null),
    element("span", {class: "aside"}, element("span", {}, inSeconds(head.wall_s)), element("span", {class: "soft"}, head.is_new_package ? "package" : head.code ? head.result : "")))) : [
    element("p", {class: "soft empty"}, "No build of this recipe is remembered. One that runs something leaves a record.")]));
  if (isOnAll) list.querySelector(".all input")?.focus();
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  if (!chosen) return fillDetail("builds", false);
  await showBuild(chosen, other, Boolean(id));
};

const showBuild = async (id, other, isChosen) => {
  const isAsked = askedHere();
  const heads = past.builds, place = heads.findIndex(head => head.id === id);
  const before = other ?? (place < 0 ? null : heads.slice(place + 1).find(head => isLike(head, heads[place]))?.id ?? null);
  let build, differs = null;
  try {
    [build, differs] = await Promise.all([get(`/api/builds/${encodeURIComponent(id)}`),
      before ? get(`/api/builds/${encodeURIComponent(id)}/difference?against=${encodeURIComponent(before)}`).catch(error => error) : null]);
  } catch (error) {
    return isAsked() && fillDetail("builds", isChosen, failure(error));
  }
  if (!isAsked()) return;
  fillDetail("builds", isChosen,
    element("h2", {}, outcomeElement(markOf(build)), `Build ${build.id}`),
    rows([["result", build.result], ["when", whenOf(build)], ["took", inSeconds(build.wall_s)], ["nodes", build.counted], ["for", build.asked],
      ["package", build.package && (build.is_new_package ? packageLink(build.package) : element("span", {}, packageLink(build.package), element("span", {class: "soft"}, " as before")))]]),
    element("p", {class: "actions"}, element("a", {class: "button main", href: hashOf("graph", build.id)}, "Show in the graph"),
      before ? element("a", {class: "button", href: hashOf("graph", build.id, before)}, "Show the difference") : null),
    ...build.problems.map(problem => element("div", {class: "problem"}, element("pre", {}, problem.what),
      problem.path ? element("code", {class: "place"}, placeOf(problem)) : null, problem.hint ? element("p", {class: "hint"}, problem.hint) : null)),
    ...differenceElements(build, differs, before),
    ...timeElements(build), ...ranElements(build));
};
const packageLink = path => element("a", {href: hashOf("packages", path.split("/").pop())}, path);

const differenceElements = (build, differs, before) => {
  const others = past.builds.filter(head => head.id !== build.id && (isLike(head, build) || head.id === before)).map(head => [head.id, `${whenOf(head)}, ${head.counted}`]);
  if (!others.length) return [];
  const select = against("compared with", others, before, other => goTo("builds", build.id, other));
  if (!differs || differs instanceof Error) return [...section("what is otherwise", select, differs ? failure(differs) : null)];
  const own = change => change.reasons.some(reason => !(["input", "upstream"].includes(reason.kind) && !reason.change));
  const first = differs.changed.filter(own), then = differs.changed.filter(change => !own(change));
  const names = list => element("p", {class: "names"}, ...list.flatMap((one, place) => [place ? ", " : "", element("code", {}, one.node)]));
  return [
    ...section("what is otherwise", select, differs.same ? element("p", {}, `Nothing: ${counted(differs.equal, "node")} as before.`) : null,
      ...Object.entries(differs.about).map(([name, [was, is]]) => element("p", {}, `${name}: `, element("code", {}, JSON.stringify(was)), " \u2192 ", element("code", {}, JSON.stringify(is))))),
    ...(differs.records.length ? section("data that came and went", recordsElement(differs.records)) : []),
    ...(differs.removed.length ? section("nodes that went", names(differs.removed)) : []),
    ...(differs.added.length ? section("nodes that came", names(differs.added)) : []),
    ...(first.length ? section("nodes that changed", element("ul", {class: "changes"}, ...first.map(changeElement))) : []),
    ...(then.length ? section("nodes that changed by what they need", element("details", {}, element("summary", {}, counted(then.length, "node")),
      element("ul", {class: "changes"}, ...then.map(changeElement)))) : []),
    differs.same ? null : element("p", {class: "soft"}, `${counted(differs.equal, "node")} as before`),
  ];
};
const changeElement = change => element("li", {}, element("strong", {}, change.node),
  element("span", {class: "soft"}, ` ${change.seconds.map(inSeconds).filter(Boolean).join(" \u2192 ")}`),
  ...reasonsElements(change.reasons.filter(reason => !isRecord(reason))),
  ...Object.entries(change.outputs).map(([port, {before, after}]) => element("p", {class: "soft"}, `${port}: `,
    before && after ? `${after.type}, ${inBytes(before.bytes)} \u2192 ${inBytes(after.bytes)}` : before ? "is gone" : "is new")));

const SHOWN = 40;
const ranElements = build => ["failed", "skipped", "run"].flatMap(ending => {
  const nodes = build.nodes.filter(node => node.ending === ending);
  if (!nodes.length) return [];
  const row = node => element("tr", {}, element("th", {scope: "row"}, node.node),
    element("td", {}, ...sentence(node.problems[0]?.what.split("\n")[0] ?? node.reasons[0]?.detail ?? ""),
      node.reasons.length > 1 ? element("span", {class: "soft"}, ` and ${node.reasons.length - 1} more`) : null),
    element("td", {class: "figure"}, inSeconds(node.seconds || null)));
  const table = some => element("table", {class: "plain"}, element("tbody", {}, ...some.map(row))), list = table(nodes.slice(0, SHOWN));
  const rest = nodes.slice(SHOWN);
  return section({run: `what ran (${nodes.length})`, failed: `what failed (${nodes.length})`, skipped: `what was skipped (${nodes.length})`}[ending],
    list, rest.length ? element("details", {}, element("summary", {}, `${rest.length} more`), table(rest)) : null);
});
const timeElements = build => {
  const ran = build.nodes.filter(node => node.seconds > 0).sort((one, other) => other.seconds - one.seconds), critical = new Set(build.critical_path);
  if (!ran.length) return [];
  return section("where the time went", bars(ran.slice(0, SLOWEST).map(node => ({name: node.node, seconds: node.seconds, style: critical.has(node.node) ? "critical" : "now"}))),
    element("p", {class: "soft"}, `${inSeconds(build.nodes_s)} of nodes in all; critical path, ${inSeconds(build.critical_s)}: ${build.critical_path.join(" \u2192 ")}`));
};
const refreshLists = () => { if (["builds", "packages"].includes(document.body.dataset.view)) showHash(); };
