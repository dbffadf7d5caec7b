// Why a node runs, or why it does not: the chain of reasons down to file and line, asked for when somebody wants to know.

const placeOf = reason => reason.path ? reason.line ? `${reason.path}:${reason.line}` : reason.path : null;
const isRecord = reason => reason.kind === "source" && reason.change;
// Records of data that came and went: a small diff, with the place of each.
const recordsElement = reasons => {
  const found = reasons.filter(isRecord).sort((one, other) => (one.path ?? "").localeCompare(other.path ?? "")
    || (one.line ?? 0) - (other.line ?? 0) || (one.change !== "removed") - (other.change !== "removed"));
  if (!found.length) return null;
  const text = one => one.detail.replace(new RegExp(` ${one.change}$`), "");
  return element("ul", {class: "diff"}, ...found.map(one => element("li", {class: one.change},
    element("code", {class: "place"}, placeOf(one)), element("span", {class: "sign"}, one.change === "added" ? "+" : "\u2212"),
    element("span", {class: "unseen"}, `${one.change}: `), element("span", {}, ...sentence(text(one))))));
};
const reasonsElements = reasons => [
  ...reasonsList(reasons.filter(one => !isRecord(one)).map(one => ({...one, place: placeOf(one)}))), recordsElement(reasons)];

const chainElement = (chain, go) => element("li", {}, ...chain.path.flatMap((id, place) => {
  const node = model.node(id);
  return [place ? element("span", {class: "soft"}, " \u2190 ") : "", node ? element("button", {type: "button", class: "link", onclick: () => go(node)}, id) : id];
}), element("span", {class: "soft"}, ": "), ...sentence(chain.reasons[0]?.detail ?? ""),
placeOf(chain.reasons[0] ?? {}) && !chain.reasons[0].detail.includes(placeOf(chain.reasons[0])) ? element("code", {class: "place"}, placeOf(chain.reasons[0])) : null,
chain.reasons.length > 1 ? element("span", {class: "soft"}, ` and ${chain.reasons.length - 1} more`) : null);
const chainsElement = (chains, go) => chains.length ? element("ul", {class: "ways"}, ...chains.map(chain => chainElement(chain, go))) : null;

const VERDICTS = {hit: "It is up to date: its inputs, configuration, code and toolchain are those of a known result.",
  run: "It would run, because of", pending: "It is decided when what it needs has run."};
const dependsElement = depends => depends && rows([
  ["options", depends.options || null], ["modules of code", depends.modules || null],
  ["toolchain", Object.entries(depends.toolchain ?? {}).map(pair => pair.join(" ")).join(", ")],
  ["files", (depends.files ?? []).join(", ")],
]);
const inBuildElement = (told, go) => told && [
  element("h4", {}, `In build ${told.build}`),
  ...reasonsElements(told.reasons ?? []), chainsElement(told.chains ?? [], go),
  ...(told.changed ?? []).map(one => element("p", {}, `${one.node}: `, ...sentence(one.reasons.map(reason => reason.detail).join(", ")))),
  recordsElement(told.records ?? []),
  ...(told.cut_off ?? []).map(cut => element("p", {}, `${cut.node} changed, its output ${cut.output} did not: cut off early there.`)),
];
const explanationElements = (one, go) => [
  element("p", {}, VERDICTS[one.decision]),
  ...reasonsElements(one.reasons), chainsElement(one.chains, go),
  one.unchanged_since ? element("p", {class: "soft"}, "None of that has changed since build ", element("a", {href: hashOf("builds", one.unchanged_since)}, one.unchanged_since), ".") : null,
  one.last_run ? element("p", {class: "soft"}, `It last ran at ${moment(one.last_run)}${one.last_reasons.length ? ", because of" : ""}`) : null,
  ...reasonsElements(one.last_reasons), chainsElement(one.last_chains, go),
  dependsElement(one.depends), inBuildElement(one.in_build, go),
];

const explained = new Map();
const whyElement = (node, go) => {
  if (!node.uses) return null;
  const since = data.told === "build" && data.build.name !== now.build?.ended?.build ? data.build.name : null;
  const key = JSON.stringify([node.id, since, now.version]);
  const holder = element("div", {class: "why"}), fill = found => holder.replaceChildren(...found.flatMap(one => explanationElements(one, go)).flat(2).filter(Boolean));
  const open = async () => {
    if (explained.has(key)) return fill(explained.get(key));
    holder.replaceChildren(element("p", {class: "soft"}, "looking\u2026"));
    try {
      const {nodes} = await get(`/api/explain?node=${encodeURIComponent(node.id)}${since ? `&since=${encodeURIComponent(since)}` : ""}`);
      explained.set(key, nodes);
      fill(nodes);
    } catch (error) {
      holder.replaceChildren(failure(error));
    }
  };
  const made = element("details", {class: "explain"}, element("summary", {}, "Explain: down to file and line"), holder);
  made.addEventListener("toggle", () => made.open && open());
  return made;
};
