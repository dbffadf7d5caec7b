// What the sheet shows while nothing is chosen: the build as a whole, where its time went, what the signs mean.

const overview = (model, go, light) => [
  element("h2", {tabindex: "-1"}, data.label),
  element("p", {class: "soft"}, headline(model)),
  ...countsSection(model, light),
  ...timeSection(model, go),
  ...MORE.overview(),
  ...kindsSection(model, light),
];

// The live page begins before there is a plan.
const READING = "reading the recipe and what it names \u2026";
const headline = model => {
  const {name, started, wall_s} = data.build;
  if (!model.nodes.length) return READING;
  const size = `${counted(model.nodes.length, "node")}, ${counted(model.nodes.reduce((sum, node) => sum + node.needs.length, 0), "edge")}`;
  if (data.comparison) return `${name} against ${data.comparison.name}; ${size}`;
  if (data.told === "live") return `a build that runs just now; ${size}`;
  if (data.told === "build") return `build ${name}, ${moment(started)}, ${inSeconds(wall_s)}; ${size}`;
  return `what a build would do now; ${size}`;
};

const TITLES = {plan: "what would happen", live: "what happens", build: "what happened"};
const countsSection = (model, light) => section(data.comparison ? "what changed" : TITLES[data.told],
  element("ul", {class: "counts"}, ...model.counts().map(([word, count]) => element("li", {}, element("button", {
    type: "button", class: "count", "aria-pressed": "false",
    onclick: event => light(event.currentTarget, node => model.outcomeOf(node) === word),
  }, outcomeElement(word), element("strong", {}, count.toLocaleString("en")), outcomeWord(word))))));

const SLOWEST = 8;
const timeSection = (model, go) => {
  const ran = model.nodes.filter(node => node.facts?.seconds > 0
    && {plan: node.facts.outcome !== "hit", live: ["run", "failed"].includes(node.facts.outcome), build: true}[data.told]);
  if (!ran.length || data.comparison) return [];
  ran.sort((one, other) => other.facts.seconds - one.facts.seconds);
  const row = node => ({name: node.id, seconds: node.facts.seconds, style: model.critical.has(node.index) ? "critical" : "now", go: () => go(node)});
  const all = ran.reduce((sum, node) => sum + node.facts.seconds, 0), rest = ran.slice(SLOWEST);
  const rows = ran.slice(0, SLOWEST).map(row);
  const chain = data.build.critical.map(index => model.nodes[index]);
  return [
    ...section(data.told === "plan" ? "where time would go" : "where the time went", bars(rows),
      element("p", {class: "soft"}, rest.length
        ? `${counted(rest.length, "other")} took ${inSeconds(rest.reduce((sum, node) => sum + node.facts.seconds, 0))}; ${inSeconds(all)} in all`
        : `${inSeconds(all)} in all`)),
    ...(chain.length ? section(`critical path, ${inSeconds(data.build.critical_s)}`, element("ol", {class: "chain"},
      ...chain.map(node => element("li", {}, nodeButton(node, go, element("span", {class: "soft"}, inSeconds(node.facts?.seconds))))))) : []),
  ];
};

const kindsSection = (model, light) => {
  const counts = new Map();
  for (const node of model.nodes) counts.set(node.kind, (counts.get(node.kind) ?? 0) + 1);
  return section("kinds", element("ul", {class: "counts"}, ...[...counts].map(([kind, count]) => element("li", {}, element("button", {
    type: "button", class: "count", "aria-pressed": "false", onclick: event => light(event.currentTarget, node => node.kind === kind),
  }, kindElement(kind), element("strong", {}, count.toLocaleString("en")), kind)))),
  element("p", {class: "soft signs"}, element("span", {class: "dot"}), targetWords()),
  element("p", {class: "soft signs"}, element("span", {class: "line up"}), "what a node needs",
    element("span", {class: "line down"}), "what needs it"));
};
