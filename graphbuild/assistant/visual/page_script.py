"""Script of the page around the picture of stories: moving, searching, choosing. Plain JavaScript, no library."""

from __future__ import annotations

SCRIPT = r"""
const map = JSON.parse(document.getElementById("map").textContent);
const view = document.getElementById("view"), svg = view.querySelector("svg"), panel = document.getElementById("panel");
const boxes = [...svg.querySelectorAll(".box")], arrows = [...svg.querySelectorAll(".arrow[data-ways]")];
const numbers = element => (element.dataset.ways || "").split(" ").filter(Boolean).map(Number);

// The part of the picture that is seen, moved by dragging, the wheel, two fingers, and keys.
const all = svg.viewBox.baseVal, whole = {x: all.x, y: all.y, width: all.width, height: all.height};
let seen = {...whole}, size = {width: 1, height: 1};
const show = () => svg.setAttribute("viewBox", `${seen.x} ${seen.y} ${seen.width} ${seen.height}`);
const scale = () => seen.width / size.width;
const zoom = (by, x = view.clientWidth / 2, y = view.clientHeight / 2) => {
  const s = scale(), next = Math.min(Math.max(s * by, 0.2), Math.max(whole.width, whole.height) / 100);
  const left = seen.x + seen.width / 2 + (x - view.clientWidth / 2) * s;
  const top = seen.y + seen.height / 2 + (y - view.clientHeight / 2) * s;
  const middle = {x: left - (x - view.clientWidth / 2) * next, y: top - (y - view.clientHeight / 2) * next};
  look(middle.x, middle.y, next);
};
const look = (x, y, s) => {
  size = {width: view.clientWidth, height: view.clientHeight};
  const width = size.width * s, height = size.height * s;
  seen = {x: x - width / 2, y: y - height / 2, width, height};
  show();
};
const fit = () => look(whole.width / 2, whole.height / 2,
  Math.max(whole.width / view.clientWidth, whole.height / view.clientHeight));
// What is at the upper left stays there when the window or the panel beside the picture changes.
new ResizeObserver(() => {
  const s = scale();
  look(seen.x + view.clientWidth * s / 2, seen.y + view.clientHeight * s / 2, s);
}).observe(view);
// A large picture begins legible, at its upper left; a small one is seen whole, and never blown up.
const begin = () => {
  const s = Math.max(whole.width / view.clientWidth, whole.height / view.clientHeight);
  const most = 1.6, used = Math.min(Math.max(s, 1), most);
  if (s <= most) return look(whole.width / 2, whole.height / 2, used);
  const first = svg.querySelector(".box.start, .box.anywhere").getBBox();
  const width = view.clientWidth * used, height = view.clientHeight * used;
  const y = Math.min(Math.max(first.y + first.height / 2, height / 2), Math.max(whole.height - height / 2, height / 2));
  look(whole.width <= width ? whole.width / 2 : width / 2, whole.height <= height ? whole.height / 2 : y, used);
};
view.addEventListener("wheel", event => {
  event.preventDefault();
  const place = view.getBoundingClientRect();
  zoom(Math.exp(event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX - place.x, event.clientY - place.y);
}, {passive: false});
const fingers = new Map();
let moved = 0, pressed = null;
view.addEventListener("pointerdown", event => {
  fingers.set(event.pointerId, event);
  moved = 0;
  pressed = event.target.closest(".box");
});
window.addEventListener("pointermove", event => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const others = [...fingers.values()].filter(one => one.pointerId !== event.pointerId);
  if (others.length) {
    const apart = one => Math.hypot(one.clientX - others[0].clientX, one.clientY - others[0].clientY);
    zoom(apart(before) / Math.max(apart(event), 1));
  } else {
    const s = scale();
    seen.x -= (event.clientX - before.clientX) * s;
    seen.y -= (event.clientY - before.clientY) * s;
    show();
  }
  moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
  if (moved > 4) view.classList.add("dragged");
  fingers.set(event.pointerId, event);
});
const release = event => {
  if (!fingers.delete(event.pointerId)) return;
  view.classList.remove("dragged");
  if (event.type === "pointerup" && moved <= 4) pressed ? choose(pressed) : close();
};
window.addEventListener("pointerup", release);
window.addEventListener("pointercancel", release);
document.getElementById("in").onclick = () => zoom(0.7);
document.getElementById("out").onclick = () => zoom(1 / 0.7);
document.getElementById("whole").onclick = fit;
window.addEventListener("keydown", event => {
  if (event.key === "Escape") { field.value = ""; search(); close(); }
  if (event.target.matches?.(".box") && (event.key === "Enter" || event.key === " ")) choose(event.target);
});

// Searching marks boxes, and Enter goes from one to the next.
const field = document.getElementById("search"), found = document.getElementById("found");
const words = box => {
  const node = map.nodes[box.dataset.spot], edges = numbers(box).map(one => map.edges[one]);
  const events = edges.flatMap(edge => edge.events);
  const stories = (node ?? {stories: edges.flatMap(edge => edge.stories)}).stories;
  return [node?.name, node?.says, ...stories.map(one => map.stories[one].name), ...events.flatMap(event =>
    [event.label, event.intent, event.text, event.example, ...(event.entities ?? []).map(one => one.label)])]
    .filter(Boolean).join("\n").toLowerCase();
};
let texts = null, hits = [], next = 0;
const search = () => {
  texts ??= new Map(boxes.map(box => [box, words(box)]));
  const wanted = field.value.trim().toLowerCase();
  hits = wanted ? boxes.filter(box => texts.get(box).includes(wanted)) : [];
  for (const box of boxes) box.classList.toggle("hit", hits.includes(box));
  found.textContent = wanted ? `${hits.length} found` : "";
  next = 0;
};
field.oninput = search;
field.onkeydown = event => {
  if (event.key !== "Enter" || !hits.length) return;
  const box = hits[next++ % hits.length], place = box.getBBox();
  found.textContent = `${(next - 1) % hits.length + 1} of ${hits.length}`;
  choose(box);
  look(place.x + place.width / 2, place.y + place.height / 2, Math.min(scale(), 1));
};

// What is chosen is told beside the picture; a story that is chosen is the only one that is not dim.
const element = (name, text, style) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (style) made.className = style;
  return made;
};
const follow = story => {
  const passes = stories => story === null || stories.includes(story);
  const ways = element => numbers(element).some(one => passes(map.edges[one].stories));
  for (const box of boxes)
    box.classList.toggle("dim", !(box.dataset.ways ? ways(box) : passes(map.nodes[box.dataset.spot].stories)));
  for (const arrow of arrows) {
    arrow.classList.toggle("dim", !ways(arrow));
    arrow.classList.toggle("told", story !== null && ways(arrow));
  }
};
const close = () => {
  panel.hidden = true;
  follow(null);
  for (const box of boxes) box.classList.remove("chosen");
};
const told = edge => {
  const list = document.createDocumentFragment();
  for (const event of edge.events) {
    const line = element("p", (event.condition ? "if " : "") + event.label.replace(/^if /, ""));
    if (event.type === "user") line.style.fontWeight = 600;
    list.append(line);
    for (const entity of event.entities ?? []) list.append(element("p", entity.label, "soft"));
    const said = event.intent ? event.text || event.example : null;
    if (said) list.append(element("p", `\u201c${said}\u201d`, "soft"));
  }
  return list;
};
const choose = box => {
  close();
  box.classList.add("chosen");
  const node = map.nodes[box.dataset.spot], edges = numbers(box).map(one => map.edges[one]);
  const head = {start: "Conversations begin", anywhere: "Rules that hold at any time", end: "The story ends",
    onward: "The assistant goes on", chip: "Between two actions"}[node?.kind ?? "chip"] ?? node.name;
  const shut = element("button", "\u00d7", "close");
  shut.type = "button";
  shut.setAttribute("aria-label", "close");
  shut.onclick = close;
  panel.replaceChildren(shut, element("h2", head));
  if (node?.says) panel.append(element("p", node.says));
  if (node?.before.length) panel.append(element("p", `after ${node.before.join(", ")}`, "soft"));
  for (const edge of edges.filter(one => one.events.length)) panel.append(element("h3", "what happens"), told(edge));
  const stories = [...new Set(edges.length ? edges.flatMap(edge => edge.stories) : node.stories)];
  for (const kind of ["story", "rule"]) {
    const these = stories.map(one => map.stories[one]).filter(one => one.kind === kind);
    if (!these.length) continue;
    panel.append(element("h3", `${these.length} ${kind === "rule" ? "rule" : "stor"}${
      kind === "rule" ? (these.length > 1 ? "s" : "") : (these.length > 1 ? "ies" : "y")}`));
    const list = element("ul");
    for (const story of these) {
      const item = element("li"), button = element("button", story.name);
      button.type = "button";
      button.title = "show this one alone";
      button.onclick = () => {
        const was = button.getAttribute("aria-pressed") === "true";
        for (const other of panel.querySelectorAll("li button")) other.setAttribute("aria-pressed", "false");
        button.setAttribute("aria-pressed", String(!was));
        follow(was ? null : story.id);
      };
      item.append(button);
      for (const place of story.places) item.append(document.createElement("br"),
        element("code", `${place.path}:${place.line}`));
      list.append(item);
    }
    panel.append(list);
  }
  panel.hidden = false;
  panel.scrollTop = 0;
};
begin();
"""
