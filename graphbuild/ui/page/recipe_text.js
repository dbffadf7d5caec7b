// The text of the recipe: CodeMirror, told by the server what may stand where and what is wrong. Knows no buttons.

// It lives in a shadow root, where CodeMirror's styles are sheets of the document's own and not elements, which the
// policy of the page forbids. The page's keys mean nothing while somebody types.
const SCRIPT = "/codemirror.js";
let loading = null;
const loadCodeMirror = () => (loading ??= new Promise((done, failed) => {
  const script = document.createElement("script");
  script.src = SCRIPT;
  script.onload = () => done(window.CodeMirror);
  script.onerror = () => {
    loading = null;
    failed(new Error("the editor cannot be loaded: `graphbuild ui` may have ended"));
  };
  document.head.append(script);
}));

// The server counts characters from 1, CodeMirror units of UTF-16 from 0.
const placeOf = (doc, offset) => {
  const line = doc.lineAt(offset);
  return {line: line.number, column: [...line.text.slice(0, offset - line.from)].length + 1};
};
const offsetOf = (doc, number, column) => {
  const line = doc.line(Math.min(Math.max(number, 1), doc.lines));
  return line.from + [...line.text].slice(0, Math.max(column - 1, 0)).join("").length;
};
const WORD = /^(?:"[^"]*"|'[^']*'|[^\s,{}[\]:]+)/;
const rangeOf = (doc, problem) => {
  const from = offsetOf(doc, problem.line, problem.column ?? 1), line = doc.lineAt(from);
  const word = WORD.exec(doc.sliceString(from, line.to));
  return {from, to: problem.column && word ? from + word[0].length : Math.max(line.to, from)};
};

const THEME = {
  "&": {height: "100%", color: "var(--ink)", backgroundColor: "var(--bar)", fontSize: "13px"},
  "&.cm-focused": {outline: "2px solid var(--link)", outlineOffset: "-2px"},
  ".cm-scroller": {fontFamily: "ui-monospace, 'DejaVu Sans Mono', monospace", lineHeight: "1.55"},
  ".cm-content": {caretColor: "var(--ink)", padding: "6px 0"},
  ".cm-cursor": {borderLeftColor: "var(--ink)"},
  ".cm-gutters": {backgroundColor: "var(--field)", color: "var(--soft)", borderRight: "1px solid var(--rim)"},
  ".cm-activeLine": {backgroundColor: "light-dark(#1763c60d, #79b4ff12)"},
  ".cm-activeLineGutter": {backgroundColor: "transparent", color: "var(--ink)"},
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    {background: "light-dark(#1763c633, #79b4ff44)"},
  ".cm-selectionMatch": {backgroundColor: "light-dark(#f2b10033, #ffc93333)"},
  ".cm-searchMatch": {backgroundColor: "light-dark(#f2b10055, #ffc93355)"},
  ".cm-searchMatch-selected": {backgroundColor: "light-dark(#f2b100aa, #ffc933aa)"},
  "&.cm-focused .cm-matchingBracket": {backgroundColor: "light-dark(#1d7f3c33, #6fd08c44)"},
  ".cm-panels": {backgroundColor: "var(--field)", color: "var(--ink)", borderColor: "var(--rim)"},
  ".cm-panels.cm-panels-top": {borderBottom: "1px solid var(--rim)"},
  ".cm-panel.cm-search label": {fontSize: "12px"},
  ".cm-textfield": {backgroundColor: "var(--bar)", color: "var(--ink)", border: "1px solid var(--rim)", fontSize: "12px"},
  ".cm-button": {backgroundImage: "none", backgroundColor: "var(--bar)", color: "var(--ink)", border: "1px solid var(--rim)",
    borderRadius: "5px", fontSize: "12px"},
  ".cm-panel.cm-search [name=close]": {color: "var(--ink)", fontSize: "16px"},
  ".cm-tooltip": {backgroundColor: "var(--bar)", color: "var(--ink)", border: "1px solid var(--rim)", borderRadius: "7px",
    boxShadow: "0 4px 18px rgb(0 0 0 / .18)", maxWidth: "min(30rem, 92vw)"},
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {fontFamily: "inherit", maxHeight: "16em"},
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {padding: "2px 8px"},
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {backgroundColor: "var(--link)", color: "var(--bar)"},
  ".cm-completionDetail": {fontStyle: "normal", color: "var(--soft)", marginLeft: "1em"},
  "li[aria-selected] .cm-completionDetail": {color: "inherit"},
  ".cm-tooltip.cm-completionInfo": {whiteSpace: "pre-line", padding: "6px 10px", fontSize: "12.5px"},
  ".about": {padding: "6px 10px", whiteSpace: "pre-line", fontSize: "12.5px"},
  ".about b": {marginRight: ".7em"},
  ".about span": {color: "var(--soft)"},
  ".cm-diagnostic": {whiteSpace: "pre-line", padding: "5px 10px", borderLeftWidth: "4px"},
  ".cm-diagnostic-error": {borderLeftColor: "var(--failed)"},
  ".cm-diagnostic-warning": {borderLeftColor: "var(--run)"},
  ".cm-diagnostic-info": {borderLeftColor: "var(--link)"},
  ".cm-foldPlaceholder": {backgroundColor: "var(--field)", borderColor: "var(--rim)", color: "var(--soft)"},
};
const highlights = ({HighlightStyle, tags}) => HighlightStyle.define([
  {tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--link)"},
  {tag: tags.string, color: "light-dark(#1d6b35, #86d19b)"},
  {tag: [tags.content, tags.number, tags.bool, tags.null], color: "var(--ink)"},
  {tag: tags.comment, color: "var(--soft)", fontStyle: "italic"},
  {tag: [tags.labelName, tags.typeName, tags.keyword, tags.meta], color: "light-dark(#7a3aa8, #cfa5f2)"},
  {tag: tags.invalid, color: "var(--failed)"},
]);

const KINDS = {component: "class", node: "variable", option: "property", port: "property", key: "keyword", value: "constant",
  variable: "text"};
const asOption = (mirror, offer) => ({
  label: offer.label, type: KINDS[offer.kind], detail: offer.detail || undefined, info: offer.info || undefined,
  boost: offer.first ? 20 : 0,
  apply: (view, completion, from, to) => {
    // Of a key that has a value, or a quote that is closed already, nothing is written twice.
    view.dispatch({...mirror.insertCompletionText(view.state, offer.insert, from, to),
      annotations: mirror.pickedCompletion.of(completion), userEvent: "input.complete"});
    if (offer.insert.endsWith(": ")) setTimeout(() => mirror.startCompletion(view));
  },
});

// ask(what, place) asks the server about the text; changed() and save() are told what happens.
const makeEditor = async (parent, {ask, changed, save}) => {
  const mirror = await loadCodeMirror();
  const {EditorState, EditorView} = mirror;
  const host = document.createElement("div");
  host.className = "host";
  const root = host.attachShadow({mode: "open"});
  for (const kind of ["keydown", "keyup", "keypress"]) host.addEventListener(kind, event => event.stopPropagation());
  parent.append(host);

  const complete = async context => {
    if (!context.explicit && !context.matchBefore(/[\w$.@-]|\$\{|[:,-] +|[[{] *|\n */)) return null;
    const {doc} = context.state, line = doc.lineAt(context.pos);
    const found = await ask("complete", placeOf(doc, context.pos)).catch(() => null);
    if (!found?.offers.length || context.aborted) return null;
    const from = offsetOf(doc, line.number, found.start);
    const typed = doc.sliceString(from, context.pos);
    if (!context.explicit && !typed && !/[:,[{-] *$/.test(line.text.slice(0, context.pos - line.from))) return null;
    return {from, to: Math.max(offsetOf(doc, line.number, found.end), context.pos),
      options: found.offers.map(offer => asOption(mirror, offer)), validFor: /^[\w.@$-]*$/};
  };
  const about = async (view, offset) => {
    const place = placeOf(view.state.doc, offset);
    const {told} = await ask("hover", place).catch(() => ({told: null}));
    if (!told) return null;
    return {pos: offsetOf(view.state.doc, place.line, told.start), end: offsetOf(view.state.doc, place.line, told.end), above: true,
      create: () => {
        const dom = document.createElement("div"), name = document.createElement("b"), detail = document.createElement("span");
        dom.className = "about";
        name.textContent = told.label;
        detail.textContent = told.detail;
        dom.append(name, detail, told.info ? `\n${told.info}` : "");
        return {dom};
      }};
  };
  const keys = [
    {key: "Mod-s", run: () => { save(); return true; }, preventDefault: true},
    {key: "Tab", run: mirror.acceptCompletion},
    {key: "Tab", run: mirror.indentMore, shift: mirror.indentLess},
  ];
  const extensions = [
    mirror.lineNumbers(), mirror.foldGutter(), mirror.lintGutter(), mirror.highlightActiveLine(), mirror.highlightActiveLineGutter(),
    mirror.highlightSpecialChars(), mirror.history(), mirror.drawSelection(), mirror.indentOnInput(), mirror.bracketMatching(),
    mirror.closeBrackets(), mirror.highlightSelectionMatches(), mirror.search({top: true}), mirror.yaml(),
    mirror.syntaxHighlighting(highlights(mirror)), mirror.indentUnit.of("  "), EditorState.tabSize.of(2),
    mirror.autocompletion({override: [complete], activateOnTypingDelay: 120}), mirror.hoverTooltip(about),
    mirror.keymap.of([...keys, ...mirror.closeBracketsKeymap, ...mirror.completionKeymap, ...mirror.searchKeymap,
      ...mirror.historyKeymap, ...mirror.foldKeymap, ...mirror.lintKeymap, ...mirror.defaultKeymap]),
    EditorView.theme(THEME), EditorView.lineWrapping,
    EditorView.contentAttributes.of({"aria-label": "Recipe, YAML. Escape and then Tab leaves the text.", "aria-multiline": "true"}),
    EditorView.updateListener.of(update => update.docChanged && changed()),
  ];
  const stateOf = (text, isWritable) => EditorState.create({doc: text, extensions: [extensions, EditorState.readOnly.of(!isWritable)]});
  const view = new EditorView({state: stateOf("", false), root, parent: root});

  return {
    view,
    text: () => view.state.doc.toString(),
    // Another file: nothing can be undone into it.
    open: (text, isWritable) => view.setState(stateOf(text, isWritable)),
    // The same file with another text: that can be undone.
    replace: text => view.dispatch({changes: {from: 0, to: view.state.doc.length, insert: text}}),
    mark: problems => {
      const {doc} = view.state, severity = {error: "error", warning: "warning", note: "info"};
      view.dispatch(mirror.setDiagnostics(view.state, problems.map(problem => ({
        ...rangeOf(doc, problem), severity: severity[problem.level] ?? "error",
        message: problem.what + (problem.hint ? `\n${problem.hint}` : ""),
      }))));
    },
    go: problem => {
      const {from} = rangeOf(view.state.doc, problem);
      view.dispatch({selection: {anchor: from}, effects: EditorView.scrollIntoView(from, {y: "center"})});
      view.focus();
    },
    focus: () => view.focus(),
  };
};
