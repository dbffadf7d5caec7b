// The page: wires the parts, and keeps what is chosen, focused, hovered and searched for.

const byName = name => document.getElementById(name);
let model = makeModel(data), search = makeSearch(model);
const painter = makePainter(byName("canvas"));
const page = byName("view"), sheet = byName("sheet"), field = byName("search");
const state = {layout: null, isBegun: false, focused: null, hovered: null, chosen: null, shows: null, found: [], place: 0, filter: null, showsCritical: false};

// What is drawn, once for each frame in which something changed.
let isDue = false, lit = null;
const draw = () => {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    drawNow();
  });
};
const drawNow = () => {
  const trace = state.hovered ?? (state.shows === "box" ? state.chosen : null);
  const traced = trace === null ? null : traceOf(trace);
  const wanted = state.filter ?? (state.found.length ? new Set(state.found) : null);
  const marked = wanted && new Set([...wanted].map(node => model.boxOf.get(node)));
  lit = traced?.lit ?? marked;
  painter.paint({
    boxes: model.boxes, edges: model.edges, layout: state.layout, trace: traced, marked: state.filter ? null : marked,
    lit, chosen: state.shows === "box" ? state.chosen : null, showsCritical: state.showsCritical,
  }, view);
  placeBands();
  placeSpot();
  overviewMap.draw();
};
const traces = new Map();
const traceOf = box => {
  if (!traces.has(box)) {
    const up = model.reach([box], "needs"), down = model.reach([box], "users");
    const isOf = side => edge => (side.has(edge.from) || edge.from === box) && (side.has(edge.to) || edge.to === box);
    traces.set(box, {lit: new Set([box, ...up, ...down]), upEdges: model.edges.filter(isOf(up)), downEdges: model.edges.filter(isOf(down))});
  }
  return traces.get(box);
};

// Boxes under a point: columns are few, so each is looked through.
const boxAt = (x, y) => model.boxes.find(box => {
  const place = state.layout.places.get(box);
  return x >= place.x && x <= place.x + BOX.width && y >= place.y && y <= place.y + BOX.height;
}) ?? null;

const view = makeView(page, {
  changed: () => draw(),
  pressed: (x, y, event) => {
    const box = boxAt(x, y);
    if (box === null) return close();
    if (event.detail > 1 && box.form !== "node") return open(box);
    focus(box, {reveals: false});
    choose(box);
  },
  hovered: (x, y) => {
    const box = x === null ? null : boxAt(x, y);
    if (box === state.hovered) return;
    state.hovered = box;
    page.style.cursor = box ? "pointer" : "";
    showTooltip(box);
    draw();
  },
});

// Far away boxes have no names: what the pointer is over is told beside it.
const showTooltip = box => {
  const tooltip = byName("tooltip");
  tooltip.hidden = box === null || view.scale >= WHOLE_FROM;
  if (tooltip.hidden) return;
  tooltip.textContent = [box.title, box.more, [box.told, inSeconds(box.seconds)].filter(Boolean).join(" ")].filter(Boolean).join(" \u00b7 ");
  const {x, y} = state.layout.places.get(box);
  const left = (x - view.x) * view.scale, top = (y + BOX.height - view.y) * view.scale + 8;
  tooltip.style.transform = `translate(${Math.max(4, Math.min(left, view.width - tooltip.offsetWidth - 4))}px, ${Math.min(top, view.height - 40)}px)`;
};

// Groups are named on the picture; their names close and open them.
let bandButtons = new Map();
const makeBands = () => {
  bandButtons = new Map(model.groups.filter(group => group.members.length > 1).map(group => [group,
    element("button", {type: "button", onclick: () => toggle(group)}, `${group.title} `,
      element("span", {class: "soft"}, group.members.length.toLocaleString("en")))]));
  byName("bands").replaceChildren(...bandButtons.values());
};
const placeBands = () => {
  for (const {group, x, y, width} of state.layout.bands) {
    const button = bandButtons.get(group);
    if (!button) continue;
    const left = (x - view.x) * view.scale, right = left + width * view.scale;
    const at = Math.max(left + 10 * Math.min(view.scale, 1), Math.min(6, right - button.offsetWidth - 6));
    const top = (y - view.y) * view.scale - button.offsetHeight / 2;
    // Whole pixels keep letters crisp.
    button.style.transform = `translate(${Math.round(at)}px, ${Math.round(top)}px)`;
    button.setAttribute("aria-expanded", String(!model.closed.has(group.id)));
  }
};

const relayout = keep => {
  const before = keep && state.layout?.places.get(model.boxOf.get(keep));
  model.rebuild();
  traces.clear();
  state.layout = layOut(model.boxes, model.edges, model.groups);
  state.hovered = null;
  // What the user looks at stays where it is.
  const after = keep && state.layout.places.get(model.boxOf.get(keep));
  if (before && after) view.move((after.x - before.x) * view.scale, (after.y - before.y) * view.scale);
  overviewMap.forget();
  draw();
};
const toggle = (group, node = group.members[0]) => {
  const hadFocus = state.focused?.members[0] ?? null, hadSheet = state.shows === "box";
  model.closed.has(group.id) ? model.closed.delete(group.id) : model.closed.add(group.id);
  relayout(node);
  if (hadFocus) focus(model.boxOf.get(hadFocus), {takes: document.activeElement?.closest("#spot") !== null});
  if (hadSheet) choose(model.boxOf.get(hadFocus));
  say(`${group.title} ${model.closed.has(group.id) ? "closed" : "open"}`);
};
const open = box => {
  const node = box.members[0];
  box.form === "group" ? model.closed.delete(box.group.id) : model.opened.add(node.stack.key);
  relayout(node);
  focus(model.boxOf.get(node));
  choose(model.boxOf.get(node));
};

// One box has the focus: a button over it, named in words, and another one when the focus moves.
const describeBox = box => [box.title, box.more, box.kind, box.told,
  box.progress ? `${box.progress.done} of ${box.progress.total}` : inSeconds(box.seconds), box.isTarget ? targetWords() : "", `needs ${box.needs.size}`, `needed by ${box.users.size}`].filter(Boolean).join(", ");
const focus = (box, {takes = true, reveals = true} = {}) => {
  state.focused = box;
  const button = element("button", {type: "button", "aria-label": describeBox(box), "data-node": box.node.id, "data-form": box.form,
    onclick: () => choose(box), onkeydown: walk});
  byName("spot").replaceChildren(button);
  if (reveals) reveal(box);
  placeSpot();
  if (takes) button.focus({preventScroll: true});
  draw();
};
const placeSpot = () => {
  const button = byName("spot").firstElementChild;
  if (!button || !state.focused) return;
  const {x, y} = state.layout.places.get(state.focused);
  button.style.transform = `translate(${(x - view.x) * view.scale}px, ${(y - view.y) * view.scale}px)`;
  button.style.width = `${BOX.width * view.scale}px`;
  button.style.height = `${BOX.height * view.scale}px`;
};
const reveal = box => {
  // On a narrow screen the sheet lies over the lower part of the picture.
  const covered = !sheet.hidden && getComputedStyle(sheet).position === "absolute" ? sheet.offsetHeight : 0;
  const {x, y} = state.layout.places.get(box), margin = 30 / view.scale, height = (page.clientHeight - covered) / view.scale;
  const isSeen = x >= view.x && y >= view.y + margin && x + BOX.width <= view.x + page.clientWidth / view.scale
    && y + BOX.height <= view.y + height - margin;
  if (isSeen && view.scale >= NAMES_FROM) return;
  const scale = Math.max(view.scale, WHOLE_FROM);
  view.look(x + BOX.width / 2, y + BOX.height / 2 + covered / 2 / scale, scale);
};

// Arrow keys: along edges to the nearest neighbour, back the way one came, up and down the column.
const cameFrom = new Map();
const middle = box => state.layout.places.get(box).y;
const nearest = (boxes, box) => [...boxes].sort((one, other) => Math.abs(middle(one) - middle(box)) - Math.abs(middle(other) - middle(box)))[0];
const inColumn = (box, step) => {
  const {column} = state.layout.places.get(box);
  const list = model.boxes.filter(one => state.layout.places.get(one).column === column).sort((one, other) => middle(one) - middle(other));
  return list[list.indexOf(box) + step];
};
const across = (box, way, back) => {
  const known = cameFrom.get(`${way} ${box.key}`);
  const next = box[way].has(known) ? known : nearest(box[way], box);
  if (next) cameFrom.set(`${back} ${next.key}`, box);
  return next;
};
const inOrder = () => [...model.boxes].sort((one, other) => {
  const [a, b] = [one, other].map(box => state.layout.places.get(box));
  return a.x - b.x || a.y - b.y;
});
const walk = event => {
  const box = state.focused;
  const next = {
    ArrowRight: () => across(box, "users", "needs"), ArrowLeft: () => across(box, "needs", "users"),
    ArrowDown: () => inColumn(box, 1), ArrowUp: () => inColumn(box, -1),
    Home: () => inOrder()[0], End: () => inOrder().at(-1),
  }[event.key]?.();
  if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") event.preventDefault();
  if (!next) return;
  focus(next);
  if (state.shows === "box") choose(next, {takes: false});
};

// The sheet.
const go = (node, {takes = true} = {}) => {
  if (model.closed.has(node.group) && bandButtons.has(model.boxOf.get(node).group)) model.closed.delete(node.group);
  if (node.stack) model.opened.add(node.stack.key);
  if (model.boxOf.get(node).form !== "node") relayout(node);
  focus(model.boxOf.get(node), {takes: false});
  choose(model.boxOf.get(node), {takes});
};
const show = (what, content, takes) => {
  state.shows = what;
  const shut = element("button", {type: "button", class: "close", "aria-label": "Close", onclick: close}, "\u00d7");
  sheet.replaceChildren(shut, ...content.filter(Boolean));
  sheet.hidden = false;
  sheet.scrollTop = 0;
  byName("info").setAttribute("aria-pressed", String(what === "overview"));
  if (takes) sheet.querySelector("h2").focus({preventScroll: true});
  draw();
};
const choose = (box, {takes = true, reveals = true} = {}) => {
  state.chosen = box;
  show("box", sheetOf(box, go, open), takes);
  view.resize();
  if (reveals) reveal(box);
};
const showOverview = (takes = true) => show("overview", overview(model, go, light), takes);
const close = () => {
  const hadFocus = sheet.contains(document.activeElement);
  sheet.hidden = true;
  state.shows = null;
  state.filter = null;
  byName("info").setAttribute("aria-pressed", "false");
  if (hadFocus) (state.focused ? byName("spot").firstElementChild : byName("info")).focus({preventScroll: true});
  draw();
};
const light = (button, isWanted) => {
  const was = button.getAttribute("aria-pressed") === "true";
  for (const other of sheet.querySelectorAll("[aria-pressed]")) other.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-pressed", String(!was));
  state.filter = was ? null : new Set(model.nodes.filter(isWanted));
  draw();
};

// Searching.
const look = () => {
  state.found = search.find(field.value);
  state.place = -1;
  byName("found").textContent = field.value.trim() ? `${state.found.length} found` : "";
  draw();
};
field.addEventListener("input", look);
field.addEventListener("keydown", event => {
  if (event.key === "Escape") {
    field.value = "";
    look();
    (byName("spot").firstElementChild ?? field).focus({preventScroll: true});
  } else if (event.key === "Enter" && state.found.length) {
    const count = state.found.length;
    state.place = (state.place + (event.shiftKey ? -1 : 1) + count) % count;
    byName("found").textContent = `${state.place + 1} of ${count}`;
    go(state.found[state.place], {takes: false});
  } else return;
  event.stopPropagation();
});

// Keys that hold anywhere but where one writes.
const told = ["failed", "running", "run", "pending", "added", "removed", "changed"];
const nextTold = () => {
  const boxes = inOrder().filter(box => told.includes(box.outcome));
  if (boxes.length) focus(boxes[(boxes.indexOf(state.focused) + 1) % boxes.length]);
};
const KEYS = {
  "/": () => { field.focus(); field.select(); },
  "?": () => byName("keys").showModal(),
  "+": () => view.zoom(1.25), "=": () => view.zoom(1.25), "-": () => view.zoom(0.8), "0": () => whole(),
  c: () => state.focused && bandButtons.has(state.focused.group) && toggle(state.focused.group, state.focused.members[0]),
  i: () => (state.shows === "overview" ? close() : showOverview()),
  n: nextTold, p: () => byName("critical").click(), t: () => byName("theme").click(),
};
const ANYWHERE = new Set(["t", "?"]);
window.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented
    || event.target.matches("input, textarea, select, [contenteditable], dialog, dialog *")) return;
  // A page that is served has other views: there the keys of the picture mean nothing.
  if (!page.offsetParent && !ANYWHERE.has(event.key)) return;
  if (event.key === "Escape") return close();
  if (!KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
// The tab key leads to the picture by the box that has the focus, or had it last.
const say = text => { byName("status").textContent = text; };

byName("in").onclick = () => view.zoom(1.25);
byName("out").onclick = () => view.zoom(0.8);
byName("whole").onclick = () => whole();
byName("info").onclick = () => KEYS.i();
byName("help").onclick = () => KEYS["?"]();
byName("critical").onclick = () => {
  state.showsCritical = !state.showsCritical;
  byName("critical").setAttribute("aria-pressed", String(state.showsCritical));
  draw();
};
const repaint = () => {
  painter.readColours();
  overviewMap.forget();
  draw();
};
byName("theme").onclick = () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  repaint();
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

// The whole picture, small, where it is larger than what is seen of it.
const overviewMap = (() => {
  const canvas = byName("map"), pen = canvas.getContext("2d");
  let still = null, scale = 1;
  const width = 180, height = 110, ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const drawStill = () => {
    const {bounds} = state.layout;
    scale = Math.min(width / bounds.width, height / bounds.height);
    still = document.createElement("canvas");
    still.width = canvas.width;
    still.height = canvas.height;
    const ink = still.getContext("2d");
    ink.setTransform(ratio * scale, 0, 0, ratio * scale, -bounds.x * scale * ratio, -bounds.y * scale * ratio);
    const colour = name => getComputedStyle(byName("map")).getPropertyValue(name);
    ink.fillStyle = getComputedStyle(byName("about")).color;
    ink.globalAlpha = 0.55;
    for (const box of model.boxes) {
      const {x, y} = state.layout.places.get(box);
      ink.fillRect(x, y, BOX.width, BOX.height);
    }
  };
  const draw = () => {
    const {bounds} = state.layout;
    canvas.hidden = view.fitting(bounds, 0) >= view.scale * 0.98;
    if (canvas.hidden) return;
    if (still === null) drawStill();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(still, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.strokeStyle = getComputedStyle(byName("search")).color;
    pen.lineWidth = 1.5;
    pen.strokeRect((view.x - bounds.x) * scale, (view.y - bounds.y) * scale, view.width / view.scale * scale, view.height / view.scale * scale);
  };
  const to = event => {
    const place = canvas.getBoundingClientRect(), {bounds} = state.layout;
    view.look(bounds.x + (event.clientX - place.x) / scale, bounds.y + (event.clientY - place.y) / scale);
  };
  canvas.addEventListener("pointerdown", event => {
    event.stopPropagation();
    canvas.setPointerCapture(event.pointerId);
    to(event);
  });
  canvas.addEventListener("pointermove", event => event.buttons && to(event));
  return {draw, forget: () => { still = null; }};
})();

// Nobody gets lost: smaller than the whole picture there is nothing to see.
const whole = () => {
  view.least = Math.min(view.fitting(state.layout.bounds) * 0.7, 0.3);
  view.fit(state.layout.bounds);
};
// A small picture is seen whole; of a large one its beginning, legible. Once, and not before it is seen at all.
const begin = () => {
  if (state.isBegun || !page.clientWidth) return;
  state.isBegun = model.nodes.length > 0;
  view.width = page.clientWidth;
  view.height = page.clientHeight;
  const {bounds} = state.layout, scale = view.fitting(bounds);
  whole();
  if (scale >= 0.36) return;
  const wanted = Math.max(scale, Math.min(0.5, (view.height - 48) / bounds.height));
  view.look(bounds.x + Math.min(bounds.width, view.width / wanted) / 2 - 24 / wanted, bounds.y + bounds.height / 2, wanted);
};

// What a running build tells, node by node: an outcome, and how far it is.
const update = (id, outcome, progress = null) => {
  const node = model.node(id);
  if (node === null) return;
  const seconds = progress?.seconds ?? node.facts?.seconds, isOther = outcome && outcome !== node.facts?.outcome;
  node.facts = {...(node.facts ?? {}), ...(outcome ? {outcome} : {}), ...(seconds === undefined ? {} : {seconds})};
  for (const told of ["reasons", "problems"]) if (progress?.[told]) node.facts[told] = progress[told];
  const box = model.boxOf.get(node);
  box.progress = progress?.total ? progress : null;
  model.describe(box);
  search.forget();
  if (state.focused === box) byName("spot").firstElementChild.setAttribute("aria-label", describeBox(box));
  if (state.shows === "box" && state.chosen === box) isOther ? retell(() => choose(box, {takes: false, reveals: false})) : MORE.goesOn(node, sheet);
  else if (state.shows === "overview" && isOther) retellOverview();
  draw();
};
// What the sheet says is written anew where one reads: the place, the focus and what was opened stay.
const retell = write => {
  const {scrollTop} = sheet, focusable = "button, summary, a", list = () => [...sheet.querySelectorAll(focusable)];
  const place = list().indexOf(document.activeElement), opened = [...sheet.querySelectorAll("details")].map(one => one.open);
  write();
  for (const [index, one] of [...sheet.querySelectorAll("details")].entries()) one.open = opened[index] ?? one.open;
  if (place >= 0) list()[place]?.focus({preventScroll: true});
  sheet.scrollTop = scrollTop;
};
let isRetold = false;
const retellOverview = () => {
  if (isRetold) return;
  isRetold = true;
  requestAnimationFrame(() => {
    isRetold = false;
    if (state.shows === "overview" && !state.filter) retell(() => showOverview(false));
  });
};

// Another document takes the place of the one that is shown. What one looks at stays where it is, if it is still there.
const showDocument = next => {
  const known = new Set(model.nodes.map(node => node.id)), {closed} = model, {shows} = state;
  const focused = state.focused?.node.id ?? null, chosen = shows === "box" ? state.chosen.node.id : null;
  const before = state.focused && state.layout?.places.get(state.focused);
  data = next;
  model = makeModel(data);
  search = makeSearch(model);
  for (const group of closed) model.closed.add(group);
  Object.assign(state, {hovered: null, focused: null, chosen: null, filter: null});
  cameFrom.clear();
  relayout();
  makeBands();
  byName("label").textContent = data.label;
  byName("about").textContent = data.comparison ? `against ${data.comparison.name}`
    : !model.nodes.length ? READING : data.told === "plan" ? counted(model.nodes.length, "node") : `build ${data.build.name}`;
  byName("critical").hidden = !data.build.critical.length || data.comparison !== null;
  const isAlike = model.nodes.some(node => known.has(node.id));
  const box = model.boxOf.get(focused === null ? null : model.node(focused)) ?? inOrder()[0];
  const after = box && state.layout.places.get(box);
  if (!isAlike) state.isBegun = false;
  else if (before && after && box.node.id === focused) view.move((after.x - before.x) * view.scale, (after.y - before.y) * view.scale);
  begin();
  if (box) focus(box, {takes: false, reveals: false});
  else byName("spot").replaceChildren();
  if (field.value) look();
  const same = chosen === null ? null : model.boxOf.get(model.node(chosen));
  if (shows) retell(() => (same ? choose(same, {takes: false, reveals: false}) : showOverview(false)));
  drawNow();
};
// What a page that is served says goes in by `update` and `showDocument`; the rest is for tests.
window.graphbuild = {update, view, get model() { return model; }, layout: () => state.layout, lit: () => {
  drawNow();
  return lit;
}};

if (innerWidth > 1000) {
  state.shows = "overview";
  sheet.hidden = false;
}
showDocument(data);
performance.mark("first picture");
