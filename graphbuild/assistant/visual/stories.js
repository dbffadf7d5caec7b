// The page around the picture of stories: searching, choosing, following. Plain JavaScript, no library.

const area = document.getElementById("view"), svg = area.querySelector("svg"), panel = document.getElementById("panel");
const boxes = [...svg.querySelectorAll(".box")], arrows = [...svg.querySelectorAll(".arrow[data-ways]")];
const numbers = element => (element.dataset.ways || "").split(" ").filter(Boolean).map(Number);

const all = svg.viewBox.baseVal, whole = {x: all.x, y: all.y, width: all.width, height: all.height};
const view = makeView(area, {
  changed: () => svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width / view.scale} ${view.height / view.scale}`),
  pressed: (x, y, event) => {
    const box = event.target.closest(".box");
    box ? choose(box) : close();
  },
  most: 5,
});
// A large picture begins legible, at its upper left; a small one is seen whole, and never blown up.
const begin = () => {
  view.resize();
  view.least = Math.min(view.fitting(whole, 0) * 0.7, 0.5);
  const least = 0.62, scale = view.fitting(whole, 0);
  if (scale >= least) return view.look(whole.width / 2, whole.height / 2, Math.min(scale, 1));
  const first = svg.querySelector(".box.start, .box.anywhere").getBBox();
  const width = view.width / least, height = view.height / least;
  const y = Math.min(Math.max(first.y + first.height / 2, height / 2), Math.max(whole.height - height / 2, height / 2));
  view.look(whole.width <= width ? whole.width / 2 : width / 2, whole.height <= height ? whole.height / 2 : y, least);
};
document.getElementById("in").onclick = () => view.zoom(1.4);
document.getElementById("out").onclick = () => view.zoom(1 / 1.4);
document.getElementById("whole").onclick = () => view.fit(whole, 5);
window.addEventListener("keydown", event => {
  if (event.key === "Escape") { field.value = ""; search(); close(); }
  if (event.target.matches?.(".box") && (event.key === "Enter" || event.key === " ")) choose(event.target);
});

// Searching marks boxes, and Enter goes from one to the next.
const field = document.getElementById("search"), found = document.getElementById("found");
const words = box => {
  const node = data.nodes[box.dataset.spot], edges = numbers(box).map(one => data.edges[one]);
  const events = edges.flatMap(edge => edge.events);
  const stories = (node ?? {stories: edges.flatMap(edge => edge.stories)}).stories;
  return [node?.name, node?.says, ...stories.map(one => data.stories[one].name), ...events.flatMap(event =>
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
  view.look(place.x + place.width / 2, place.y + place.height / 2, Math.max(view.scale, 1));
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
  const ways = element => numbers(element).some(one => passes(data.edges[one].stories));
  for (const box of boxes)
    box.classList.toggle("dim", !(box.dataset.ways ? ways(box) : passes(data.nodes[box.dataset.spot].stories)));
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
  const node = data.nodes[box.dataset.spot], edges = numbers(box).map(one => data.edges[one]);
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
    const these = stories.map(one => data.stories[one]).filter(one => one.kind === kind);
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
