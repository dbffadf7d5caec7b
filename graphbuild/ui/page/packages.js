// Packages: the list of the folder, what is in one and where it came from, and in what it differs from another.

handlers.packages = async (name, other) => {
  const {list} = pair("packages"), isAsked = askedHere();
  let found;
  try {
    found = await get("/api/packages");
  } catch (error) {
    return isAsked() && fillDetail("packages", false, failure(error));
  }
  if (!isAsked()) return;
  const all = found.packages, chosen = name ?? (innerWidth > 760 ? all[0]?.name : undefined);
  list.replaceChildren(...(all.length ? all.map(one => choice("packages", one.name, one.name === chosen,
    kindElementOf("package"), element("span", {class: "main"}, element("strong", {}, moment(one.written)), element("span", {class: "soft"}, one.name)),
    element("span", {class: "aside"}, element("span", {}, inBytes(one.bytes))))) : [
    element("p", {class: "soft empty"}, `There is no package in ${found.folder}/. A build of the recipe's targets writes one.`)]));
  if (!chosen) return fillDetail("packages", false);
  await showPackage(chosen, other, all, Boolean(name));
};
// Kinds of the document have looks; a package has one even where no document is shown.
const kindElementOf = kind => data.kinds[kind] ? kindElement(kind) : outcomeElement("hit");

const showPackage = async (name, other, all, isChosen) => {
  const isAsked = askedHere();
  const place = all.findIndex(one => one.name === name), before = other ?? all[place + 1]?.name ?? null;
  let one, differs = null;
  try {
    [one, differs] = await Promise.all([get(`/api/packages/${encodeURIComponent(name)}`),
      before ? get(`/api/packages/${encodeURIComponent(name)}/difference?against=${encodeURIComponent(before)}`).catch(error => error) : null]);
  } catch (error) {
    return isAsked() && fillDetail("packages", isChosen, failure(error));
  }
  if (!isAsked()) return;
  const others = all.filter(other => other.name !== name).map(other => [other.name, `${moment(other.written)}, ${other.name}`]);
  const sizes = [...one.artifacts].sort((a, b) => b.bytes - a.bytes), most = Math.max(1, ...sizes.map(made => made.bytes));
  fillDetail("packages", isChosen,
    element("h2", {}, kindElementOf("package"), one.file),
    rows([["size", inBytes(one.bytes)], ["made by", one.build && element("a", {href: hashOf("builds", one.build)}, `build ${one.build}`)],
      ["the same since", one.builds?.length > 1 ? counted(one.builds.length - 1, "build") + " came to the same" : null],
      ["recipe", one.recipe], ["language", one.language], ["graphbuild", one.graphbuild], ["git", one.git],
      ["went on from", one.parent && element("code", {}, one.parent.key)],
      ["made with", Object.entries(one.toolchain).map(pair => pair.join(" ")).join(", ")], ["key", element("code", {class: "digest", title: one.key}, one.key)]]),
    ...(others.length ? section("what is otherwise", against("compared with", others, before, chosen => goTo("packages", name, chosen)), ...packageDifference(differs)) : []),
    ...section(`nodes of using it (${Object.keys(one.nodes).length})`, element("table", {class: "plain"}, element("tbody", {},
      ...Object.entries(one.nodes).map(([node, facts]) => element("tr", {}, element("th", {scope: "row"}, node), element("td", {}, facts.uses), element("td", {class: "soft"}, facts.state ? "trained" : "")))))),
    ...section(`artifacts (${sizes.length})`, element("ul", {class: "bars"}, ...sizes.map(made => {
      const bar = element("span", {class: "bar"});
      bar.style.width = `${Math.max(0.8, made.bytes / most * 100)}%`;
      return element("li", {}, element("span", {class: "label", title: `${made.type} ${made.digest}`}, `${made.node} ${made.port}`), element("span", {class: "track"}, bar), element("span", {class: "figure"}, inBytes(made.bytes)));
    })), element("p", {class: "soft"}, `${inBytes(sizes.reduce((sum, made) => sum + made.bytes, 0))} before they are packed`)),
    ...section(`made of (${counted(Object.keys(one.sources).length, "file")})`, element("table", {class: "plain"}, element("tbody", {},
      ...Object.entries(one.sources).map(([file, made]) => element("tr", {}, element("th", {scope: "row"}, file), element("td", {}, digestElement(made)))))))
  );
};

const PARTS = {about: "about it", toolchain: "what it was made with", nodes: "nodes of using it", training: "options of trainings",
  artifacts: "artifacts", sources: "files that it was made of", code: "modules of components"};
const packageDifference = differs => {
  if (!differs) return [];
  if (differs instanceof Error) return [failure(differs)];
  const found = Object.entries(differs.difference), text = value => element("code", {}, typeof value === "string" ? value : JSON.stringify(value));
  if (!found.length) return [element("p", {}, "Nothing: the same assistant, made in the same way of the same data.")];
  return found.map(([part, {removed = [], added = [], changed = {}}]) => element("div", {class: "part"}, element("h4", {}, PARTS[part] ?? part),
    element("ul", {class: "diff"},
      ...removed.map(one => element("li", {class: "removed"}, element("span", {class: "sign"}, "\u2212"), element("span", {}, element("span", {class: "unseen"}, "removed: "), one))),
      ...added.map(one => element("li", {class: "added"}, element("span", {class: "sign"}, "+"), element("span", {}, element("span", {class: "unseen"}, "added: "), one))),
      ...Object.entries(changed).map(([one, [was, is]]) => element("li", {}, element("span", {class: "sign"}, "~"), element("span", {}, element("span", {class: "unseen"}, "changed: "), `${one}: `, text(was), " \u2192 ", text(is)))))));
};
