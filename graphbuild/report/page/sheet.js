// The sheet of one box: component, configuration, inputs and outputs, what became of it and why, how long it took.

const section = (title, ...content) =>
  content.flat().some(Boolean) ? [element("h3", {}, title), ...content.flat().filter(Boolean)] : [];

const digestElement = digest => element("code", {class: "digest", title: digest}, digest);

const nodeButton = (node, go, ...more) => element("button", {type: "button", class: "node", onclick: () => go(node)},
  kindElement(node.kind), element("span", {class: "id"}, node.id), ...more);

const reasonsList = reasons => {
  const kinds = [...new Set(reasons.map(reason => reason.kind))];
  return kinds.map(kind => element("div", {class: "reasons"},
    element("span", {class: "reason-kind"}, REASONS[kind] ?? kind),
    element("ul", {}, ...reasons.filter(reason => reason.kind === kind).map(reason => element("li", {}, ...sentence(reason.detail),
      reason.place && !reason.detail.includes(reason.place) ? element("code", {class: "place"}, reason.place) : null)))));
};

// Options that are not as the component has them come first and are marked, in words too.
const configuration = node => {
  if (node.options === undefined) return [];
  const options = data.options[node.options], known = data.components[node.uses];
  const rows = Object.entries(options).map(([name, value]) => {
    const usual = known?.defaults[name];
    return {name, value, usual, differs: usual !== undefined && usual !== value, help: known?.help[name]};
  });
  rows.sort((one, other) => other.differs - one.differs);
  const row = one => element("tr", {class: one.differs ? "differs" : null, title: one.help},
    element("th", {scope: "row"}, one.name),
    element("td", {}, element("code", {}, one.value),
      one.differs ? element("span", {class: "usual"}, "default ", element("code", {}, one.usual)) : null,
      node.hidden?.includes(one.name) ? element("span", {class: "usual"}, "shown only, not in the key") : null));
  const changed = rows.filter(one => one.differs), usual = rows.filter(one => !one.differs);
  const table = rows => element("table", {class: "options"}, element("tbody", {}, ...rows.map(row)));
  return section("configuration",
    changed.length ? table(changed) : null,
    usual.length ? element("details", {open: !changed.length && usual.length <= 4},
      element("summary", {}, changed.length ? `${counted(usual.length, "option")} as by default` : `${counted(usual.length, "option")}, all as by default`),
      table(usual)) : null);
};

const artifact = (type, made) => [
  element("span", {class: "type"}, type ?? ""),
  made && made[1] !== null ? element("span", {class: "size"}, inBytes(made[1])) : null,
  made ? digestElement(made[0]) : null];

const inputsOf = (node, go) => section(`inputs (${node.needs.length})`, element("ul", {class: "ports"},
  ...node.needs.map(need => element("li", {class: need.change},
    element("span", {class: "port"}, need.port), nodeButton(need.node, go),
    need.change ? element("span", {class: "usual"}, need.change) : null,
    element("div", {class: "artifact"}, ...artifact(need.node.outputs[need.output], need.node.facts?.made?.[need.output]))))));

const outputsOf = (node, go) => {
  const ports = Object.entries(node.outputs);
  return section(`outputs (${ports.length})`, element("ul", {class: "ports"}, ...ports.map(([port, type]) => element("li", {},
    element("span", {class: "port"}, port),
    element("div", {class: "artifact"}, ...artifact(type, node.facts?.made?.[port])),
    element("div", {class: "users"}, ...[...new Set(node.users.filter(user => user.output === port).map(user => user.node))]
      .map(user => nodeButton(user, go)))))));
};

// This time against those before, as bars.
const durations = facts => {
  if (facts?.seconds === undefined && !facts?.earlier) return [];
  const rows = [...(facts.seconds !== undefined ? [[data.told === "plan" || ["pending", "running"].includes(facts.outcome) ? "last time" : "this build", facts.seconds]] : []),
    ...(facts.earlier ?? []).map(([when, seconds]) => [moment(when), seconds])];
  const began = facts?.began_s !== undefined ? element("p", {class: "soft"}, `began ${inSeconds(facts.began_s)} after the build did`) : null;
  return section("duration", began, bars(rows.map(([name, seconds], place) => ({name, seconds, style: place ? "then" : "now"}))));
};
const moment = when => when.replace("T", " ").slice(0, 16);
const bars = rows => {
  const most = Math.max(...rows.map(row => row.seconds), 1e-9);
  return element("ul", {class: "bars"}, ...rows.map(row => {
    const bar = element("span", {class: `bar ${row.style ?? ""}`});
    bar.style.width = `${Math.max(row.seconds / most * 100, 0.8)}%`;
    const label = row.go ? element("button", {type: "button", class: "link", onclick: row.go}, row.name) : element("span", {class: "label"}, row.name);
    return element("li", {}, label, element("span", {class: "track"}, bar), element("span", {class: "figure"}, inSeconds(row.seconds)));
  }));
};

const verdict = (node, word) => element("p", {class: "verdict"}, outcomeElement(word), element("strong", {}, outcomeWord(word)),
  node.facts?.rows ? element("span", {class: "soft"}, `computed ${node.facts.rows}`) : null);

const SENTENCES = {
  hit: {plan: "Its inputs, configuration, code and toolchain are those of a known result.", build: "A known result was taken from the store."},
  cutoff: {build: "Something that it needs ran, and made what it had made before: nothing was left to do."},
  pending: {plan: "Decided when what it needs has run; where that comes out equal, it is reused.", live: "It waits for its turn."},
};
SENTENCES.hit.live = SENTENCES.hit.build;
SENTENCES.cutoff.live = SENTENCES.cutoff.build;

const decision = node => {
  const facts = node.facts, word = node.change ?? facts?.outcome;
  if (!word) return [];
  const reasons = node.change ? data.comparison.reasons[node.index] ?? [] : facts?.reasons ?? [];
  const sentence = node.change ? null : SENTENCES[word]?.[data.told];
  return [verdict(node, word), sentence ? element("p", {class: "soft"}, sentence) : null, ...reasonsList(reasons),
    ...(facts?.problems ?? []).map(problem => element("div", {class: "problem"},
      element("pre", {}, problem.what), problem.place ? element("code", {class: "place"}, problem.place) : null,
      ...(problem.facts ?? []).map(([name, value]) => element("p", {}, element("span", {class: "soft"}, `${name}: `), value)),
      problem.hint ? element("p", {class: "hint"}, problem.hint) : null))];
};

// A page that is served tells more: `node` and `overview` give elements for the sheet, `goesOn` hears of a step of the node that is shown.
const MORE = {node: () => [], overview: () => [], goesOn: () => {}};

const nodeSheet = (node, go) => {
  const known = data.components[node.uses];
  return [
    element("h2", {tabindex: "-1"}, kindElement(node.kind), element("span", {}, node.id)),
    element("p", {class: "uses"}, element("strong", {}, node.uses || "package"), element("span", {class: "soft"},
      ` ${[node.kind, node.operation !== node.kind ? node.operation : null, node.target ? targetWords() : null].filter(Boolean).join(" \u00b7 ")}`)),
    known?.says ? element("p", {class: "says"}, known.says) : null,
    node.place ? element("p", {}, element("span", {class: "soft"}, "written in "), element("code", {}, node.place)) : null,
    ...decision(node),
    ...MORE.node(node, go),
    ...durations(node.facts),
    ...configuration(node),
    ...(node.files ? section(`files (${node.files.length})`, element("ul", {}, ...node.files.map(file => element("li", {}, element("code", {}, file))))) : []),
    ...(node.needs.length ? inputsOf(node, go) : []),
    ...(Object.keys(node.outputs).length ? outputsOf(node, go) : []),
    ...(node.facts?.key ? section("action key", digestElement(node.facts.key)) : []),
    ...(node.facts?.log ? section("log", element("pre", {class: "log"}, node.facts.log)) : []),
  ];
};

const boxSheet = (box, go, open) => [
  element("h2", {tabindex: "-1"}, box.kind ? kindElement(box.kind) : null, element("span", {}, box.title)),
  element("p", {class: "soft"}, counted(box.members.length, "node")),
  element("p", {}, element("button", {type: "button", onclick: () => open(box)}, "Show each of them")),
  ...section("nodes", element("ul", {class: "members"}, ...box.members.map(node => element("li", {}, nodeButton(node, go,
    node.facts ? element("span", {class: "soft"}, [outcomeWord(node.change ?? node.facts.outcome), inSeconds(node.facts.seconds)].filter(Boolean).join(" ")) : null))))),
];

const sheetOf = (box, go, open) => box.form === "node" ? nodeSheet(box.node, go) : boxSheet(box, go, open);
