// Searching: every word must be found in what a node is called, is made of, reads or is told of.

const makeSearch = model => {
  let texts = null;
  const textOf = node => [node.id, node.uses, node.kind, node.group, node.operation, data.components[node.uses]?.says,
    ...(node.files ?? []), ...Object.values(node.outputs), ...(node.given ?? []), ...(node.facts?.reasons ?? []).map(reason => reason.detail),
    outcomeWord(model.outcomeOf(node) ?? "")].filter(Boolean).join("\n").toLowerCase();
  const words = text => text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  // Names come before all else that matches.
  const find = text => {
    const wanted = words(text);
    if (!wanted.length) return [];
    texts ??= new Map(model.nodes.map(node => [node, textOf(node)]));
    const found = model.nodes.filter(node => wanted.every(word => texts.get(node).includes(word)));
    const rank = node => {
      const id = node.id.toLowerCase(), name = node.name.toLowerCase();
      if (wanted.every(word => word === id || word === name)) return 0;
      if (id.startsWith(wanted[0])) return 1;
      return wanted.every(word => id.includes(word)) ? 2 : 3;
    };
    return found.map(node => [rank(node), node]).sort(([one], [other]) => one - other).map(([, node]) => node);
  };
  return {find, forget: () => { texts = null; }};
};
