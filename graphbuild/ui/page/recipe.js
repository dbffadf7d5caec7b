// The recipe, edited in the page: its files, what is wrong with a text, what it would build; saving it.

const PAUSE_MS = 300;
const LOOK_EVERY_MS = 4000;
const tag = (name, facts = {}, ...children) => {
  const made = document.createElement(name);
  for (const [fact, value] of Object.entries(facts)) {
    if (fact.startsWith("on")) made.addEventListener(fact.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(fact, value === true ? "" : value);
  }
  made.append(...children.filter(child => child !== null));
  return made;
};
const few = (names, most = 4) => names.slice(0, most).join(", ") + (names.length > most ? ` and ${names.length - most} more` : "");
const span = seconds => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : seconds < 60 ? `${seconds.toFixed(1)} s`
  : `${Math.round(seconds / 60)} min`);
// "would run 3 of 21 nodes: words, ted; 2 wait for those; 1 added: pairs"
const said = made => {
  const parts = [];
  if (!made.run && !made.pending) parts.push(`nothing to run, all ${made.nodes} nodes are reused`);
  else {
    const time = made.expected_s ? `, about ${span(made.expected_s)} by earlier builds` : "";
    parts.push(`would run ${made.run} of ${made.nodes} nodes: ${few(made.runs)}${time}`);
    if (made.pending) parts.push(`${made.pending} more may have to, decided then: ${few(made.waits)}`);
  }
  for (const word of ["added", "removed", "changed"]) {
    if (made[word].length) parts.push(`${made[word].length} ${word}: ${few(made[word])}`);
  }
  if (made.packaged.length) parts.push(`in the package alone: ${few(made.packaged)}`);
  return parts.join("; ");
};
const answerOf = async response => ({ok: response.ok, status: response.status, said: await response.json().catch(() => ({}))});
const put = async (path, body) => answerOf(await fetch(path, {
  method: "PUT", credentials: "same-origin", headers: {"content-type": "application/json"}, body: JSON.stringify(body),
}));

window.graphbuild.mountRecipe = async (element, {get, post, onSaved}) => {
  const held = {path: null, text: "", digest: null, files: [], problems: [], preview: null, disk: null, asked: 0, timer: null};
  let editor = null;

  const files = tag("select", {"aria-label": "File of the recipe", onchange: () => choose(files.value)});
  const status = tag("span", {class: "state", role: "status"});
  const save = tag("button", {type: "button", class: "main", title: "Save (Ctrl-S)", "aria-keyshortcuts": "Control+S", onclick: () => keep()}, "Save");
  const revert = tag("button", {type: "button", title: "Back to what is saved; can be undone", onclick: () => goBack()}, "Revert");
  const plan = tag("button", {type: "button", "aria-pressed": "false", title: "Show in the graph what a build would do", onclick: () => turnPlan()}, "Show plan");
  const note = tag("p", {class: "note", hidden: true});
  const conflict = tag("div", {class: "conflict", role: "alert", hidden: true});
  const place = tag("div", {class: "text"});
  const summary = tag("p", {class: "summary", role: "status"});
  const problems = tag("ul", {class: "problems", "aria-label": "Problems"});
  element.classList.add("recipe");
  element.append(tag("div", {class: "tools", role: "toolbar", "aria-label": "Recipe"}, files, status, save, revert, plan),
    note, conflict, place, summary, problems);

  const isWritable = () => held.files.find(one => one.path === held.path)?.writable ?? false;
  const isChanged = () => editor !== null && editor.text() !== held.text;
  const isPressed = () => plan.getAttribute("aria-pressed") === "true";
  const showState = words => {
    status.textContent = words ?? (held.disk ? "changed on disk" : isChanged() ? "not saved" : isWritable() ? "saved" : "read only");
    status.className = `state ${held.disk ? "bad" : isChanged() ? "open" : ""}`;
    save.disabled = !isWritable() || !isChanged();
    revert.disabled = !isChanged();
  };
  const showFailure = error => {
    summary.className = "summary bad";
    summary.textContent = error.message;
  };

  const showProblems = () => {
    const own = held.problems.filter(one => (one.path === held.path || !one.path) && one.line);
    editor.mark(own);
    problems.replaceChildren(...held.problems.map(problem => {
      const where = problem.path ? `${problem.path === held.path ? "" : problem.path}${problem.line ? `${problem.path === held.path ? "" : ":"}${problem.line}${problem.column ? `:${problem.column}` : ""}` : ""}` : "";
      const content = [tag("b", {class: problem.level}, problem.level), where ? tag("code", {}, where) : null, tag("span", {}, problem.what),
        problem.hint ? tag("i", {}, problem.hint) : null];
      const isElsewhere = problem.path && problem.path !== held.path;
      const leads = problem.line && (!isElsewhere || held.files.some(one => one.path === problem.path));
      const go = async () => {
        if (isElsewhere && !(await choose(problem.path))) return;
        editor.go(problem);
      };
      return tag("li", {}, leads ? tag("button", {type: "button", onclick: go}, ...content) : tag("div", {}, ...content));
    }));
  };
  const showSummary = () => {
    const {preview} = held;
    summary.className = "summary";
    if (held.problems.some(one => one.level === "error")) {
      const count = held.problems.filter(one => one.level === "error").length;
      summary.textContent = `cannot be built: ${count} problem${count === 1 ? "" : "s"}`;
      summary.className = "summary bad";
    } else summary.textContent = preview?.summary ? said(preview.summary) : "";
    plan.disabled = !preview?.document && !isPressed();
  };
  const showPlan = () => {
    if (isPressed() && held.preview?.document) window.graphbuild.showPlan(held.preview.document);
  };

  // What a text means, a moment after somebody typed. Answers about an earlier text are passed over.
  const consider = async () => {
    const asked = ++held.asked, text = editor.text(), body = {text, path: held.path};
    try {
      const checked = await post("/api/recipe/check", body);
      if (asked !== held.asked) return;
      held.problems = checked.problems;
      if (!checked.buildable) held.preview = null;
      showProblems();
      if (!checked.buildable) return showSummary();
      summary.classList.add("busy");
      const made = await post("/api/recipe/preview", body);
      if (asked !== held.asked) return;
      held.preview = made;
      if (made.problems.length) {
        held.problems = made.problems;
        showProblems();
      }
      showSummary();
      showPlan();
    } catch (error) {
      if (asked === held.asked) showFailure(error);
    }
  };
  const soon = () => {
    clearTimeout(held.timer);
    held.timer = setTimeout(consider, PAUSE_MS);
  };

  const take = opened => {
    Object.assign(held, {path: opened.path, text: opened.text, digest: opened.digest, disk: null});
    if (opened.files) held.files = opened.files;
    files.replaceChildren(...held.files.map(one => tag("option", {value: one.path, selected: one.path === held.path}, one.path)));
    files.value = held.path;
    const refused = held.files.find(one => one.path === held.path)?.refused;
    note.hidden = !refused;
    note.textContent = refused ? `Read only: ${refused}.`.replace(/`/g, "") : "";
    conflict.hidden = true;
  };
  // Whether the file is open then.
  const choose = async path => {
    if (isChanged() && !window.confirm(`${held.path} is not saved. Leave it as it is on the disk?`)) {
      files.value = held.path;
      return false;
    }
    try {
      take(await get(`/api/recipe${path ? `?path=${encodeURIComponent(path)}` : ""}`));
    } catch (error) {
      files.value = held.path;
      showFailure(error);
      return false;
    }
    editor.open(held.text, isWritable());
    showState();
    await consider();
    return true;
  };
  const keep = async (digest = held.digest) => {
    if (!isWritable() || (!isChanged() && !held.disk)) return;
    const text = editor.text();
    showState("saving");
    try {
      const answer = await put("/api/recipe", {text, path: held.path, digest});
      if (answer.status === 409) return collide(answer.said);
      if (!answer.ok) throw new Error(answer.said.message ?? "it cannot be saved");
      take(answer.said);
      if (isPressed()) turnPlan();
      showState();
      onSaved?.();
      soon();
    } catch (error) {
      showState("not saved");
      showFailure(error);
    }
  };
  const goBack = () => {
    editor.replace(held.text);
    editor.focus();
  };
  const collide = ({message, details}) => {
    held.disk = details;
    const takeOver = () => {
      editor.replace(details.text);
      settle({text: details.text, digest: details.digest});
      editor.focus();
    };
    conflict.replaceChildren(tag("p", {}, message),
      details.difference ? tag("pre", {tabindex: "0", "aria-label": "Difference"}, details.difference) : "",
      tag("div", {class: "buttons"},
        details.text === null ? null : tag("button", {type: "button", onclick: takeOver}, "Take over what is on the disk"),
        details.digest === null ? null : tag("button", {type: "button", onclick: () => keep(details.digest)}, "Save over it")));
    conflict.hidden = false;
    showState();
  };
  const settle = news => {
    Object.assign(held, {disk: null, ...news});
    conflict.hidden = true;
    showState();
  };
  // Another program may save the file, too.
  const look = async () => {
    if (!editor || !element.offsetParent || document.hidden) return;
    const path = held.path;
    if (path === null) return choose(null); // it could not be read so far
    const found = await get(`/api/recipe?path=${encodeURIComponent(path)}`).catch(() => null);
    if (!found || path !== held.path || found.digest === (held.disk?.digest ?? held.digest)) return;
    if (found.digest === held.digest) return settle({}); // it is again what it was
    if (!isChanged()) return follow(found);
    const text = editor.text();
    const compared = await post("/api/recipe/compare", {text, path}).catch(() => null);
    if (!compared || path !== held.path || text !== editor.text()) return; // the next look comes soon
    if (!compared.difference) return settle({text: compared.text, digest: compared.digest}); // somebody saved the same
    collide({message: `${path} changed on the disk while you edited it.`, details: compared});
  };
  const follow = found => {
    take(found);
    editor.replace(found.text);
    showState();
  };

  const turnPlan = () => {
    const shows = !isPressed();
    plan.setAttribute("aria-pressed", String(shows));
    if (!shows) return window.graphbuild.showPlan(null);
    showPlan();
    const graph = document.getElementById("graph");
    if (graph?.hidden) location.hash = "#graph";
  };

  try {
    editor = await makeEditor(place, {
      ask: (what, at) => post(`/api/recipe/${what}`, {text: editor.text(), path: held.path, ...at}),
      changed: () => { showState(); soon(); },
      save: () => keep(),
    });
    await choose(null);
  } catch (error) {
    return showFailure(error);
  }
  setInterval(look, LOOK_EVERY_MS);
  window.addEventListener("focus", look);
  window.addEventListener("beforeunload", event => isChanged() && event.preventDefault());
};
