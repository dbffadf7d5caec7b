// What the page shows: nodes that know their neighbours, and the boxes that stand for them while groups are closed.

// What the dot of a target says.
const targetWords = () => data.variants ? "a target of the variants" : "kept in the package";

const makeModel = data => {
  const nodes = data.nodes.map((plain, index) => ({
    ...plain, index, users: [], stack: null, facts: data.facts[index] ?? null,
    change: data.comparison?.changes[index] ?? null,
  }));
  const removed = new Set((data.comparison?.removed ?? []).map(row => JSON.stringify(row)));
  const added = new Set((data.comparison?.added ?? []).map(row => JSON.stringify(row)));
  for (const node of nodes) {
    node.needs = node.inputs.map(([port, from, output]) => {
      const row = JSON.stringify([node.index, port, from, output]);
      const change = removed.has(row) ? "removed" : added.has(row) ? "added" : null;
      return {port, node: nodes[from], output, change};
    });
    for (const need of node.needs) need.node.users.push({port: need.port, node, output: need.output});
  }
  const stacks = data.stacks.map((members, number) => ({key: `stack ${number}`, members: members.map(one => nodes[one])}));
  for (const stack of stacks) for (const node of stack.members) node.stack = stack;
  const groups = data.groups
    .map(group => ({...group, members: nodes.filter(node => node.group === group.id)}))
    .filter(group => group.members.length);
  const byGroup = new Map(groups.map(group => [group.id, group]));
  const steps = new Map();
  for (const node of nodes) steps.set(node.name, (steps.get(node.name) ?? 0) + 1);
  const byId = new Map(nodes.map(node => [node.id, node]));
  const critical = new Set(data.build.critical);

  // Closed groups are one box each; stacks are closed until somebody opens them.
  const closed = new Set();
  const opened = new Set();

  const model = {nodes, groups, stacks, critical, closed, opened, boxes: [], edges: [], boxOf: new Map()};
  model.node = id => byId.get(id) ?? null;
  model.rebuild = () => {
    const boxes = new Map();
    model.boxOf = new Map();
    for (const node of nodes) {
      const isClosed = closed.has(node.group) && byGroup.get(node.group).members.length > 1;
      const isStacked = node.stack !== null && !opened.has(node.stack.key);
      const key = isClosed ? `group ${node.group}` : isStacked ? node.stack.key : `node ${node.index}`;
      if (!boxes.has(key)) boxes.set(key, {
        key, form: isClosed ? "group" : isStacked ? "stack" : "node",
        node, members: [], group: byGroup.get(node.group), needs: new Set(), users: new Set(),
      });
      boxes.get(key).members.push(node);
      model.boxOf.set(node, boxes.get(key));
    }
    const edges = new Map();
    for (const node of nodes) {
      for (const need of node.needs) {
        const from = model.boxOf.get(need.node), to = model.boxOf.get(node);
        if (from === to) continue;
        const name = `${from.key}\0${to.key}`;
        if (!edges.has(name)) edges.set(name, {from, to, isCritical: false, changes: new Set()});
        edges.get(name).changes.add(edgeChange(need, node));
        from.users.add(to);
        to.needs.add(from);
      }
    }
    for (const [place, index] of data.build.critical.entries()) {
      const next = data.build.critical[place + 1];
      if (next === undefined) continue;
      const edge = edges.get(`${model.boxOf.get(nodes[index]).key}\0${model.boxOf.get(nodes[next]).key}`);
      if (edge) edge.isCritical = true;
    }
    model.boxes = [...boxes.values()];
    model.edges = [...edges.values()];
    for (const box of model.boxes) describe(box);
  };

  const edgeChange = (need, node) => {
    if (need.change) return need.change;
    if (node.change === "removed" || need.node.change === "removed") return "removed";
    return node.change === "added" || need.node.change === "added" ? "added" : "same";
  };

  // The first of these that one of its members has is what a box is painted as.
  const worst = Object.keys(OUTCOMES);
  const outcomeOf = node => node.change ?? node.facts?.outcome ?? null;
  const describe = box => {
    const {node, members} = box;
    const found = members.map(outcomeOf);
    box.outcome = worst.find(word => found.includes(word)) ?? null;
    box.count = found.filter(word => word === box.outcome).length;
    const seconds = members.map(one => one.facts?.seconds).filter(one => one !== undefined && one !== null);
    const counts = ["run", "failed", "running", "pending"].includes(box.outcome) || data.told === "plan";
    box.seconds = seconds.length && counts ? seconds.reduce((sum, one) => sum + one, 0) : null;
    box.isTarget = members.some(one => one.target);
    box.isCritical = members.some(one => critical.has(one.index));
    box.kind = box.form === "group" ? null : node.kind;
    box.title = {
      group: () => box.group.title,
      stack: () => data.variants && node.kind !== "importer" ? `${node.id.split("@")[0]} \u00d7 ${members.length}`
        : `${node.name}: ${counted(members.length, "file")}`,
      // A step is named where the recipe's node has several.
      node: () => node.kind === "importer" && node.files?.length === 1 ? node.files[0] : steps.get(node.name) > 1 ? node.id : node.name,
    }[box.form]();
    box.more = {
      group: () => counted(members.length, "node"),
      stack: () => node.uses,
      node: () => [node.uses || counted(node.inputs.length, "artifact"), node.operation === "train" ? "train" : null].filter(Boolean).join(" \u00b7 "),
    }[box.form]();
    box.told = box.outcome === null ? "" : box.count === members.length ? outcomeWord(box.outcome)
      : `${box.count} ${outcomeWord(box.outcome)}`;
  };
  model.describe = describe;
  model.outcomeOf = outcomeOf;

  // All that some boxes need, or that needs them, without themselves.
  model.reach = (starts, way) => {
    const found = new Set(), waiting = [...starts];
    while (waiting.length) {
      for (const next of waiting.pop()[way]) {
        if (found.has(next)) continue;
        found.add(next);
        waiting.push(next);
      }
    }
    for (const start of starts) found.delete(start);
    return found;
  };
  model.counts = () => {
    const counts = new Map();
    for (const node of nodes) {
      const word = outcomeOf(node);
      if (word) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    return worst.filter(word => counts.has(word)).map(word => [word, counts.get(word)]);
  };
  model.rebuild();
  return model;
};
