// Outlines of boxes, as paths of a canvas: kinds are told apart without colour, too.

const OUTLINES = {
  box: (path, x, y, w, h) => path.roundRect(x, y, w, h, 7),
  pill: (path, x, y, w, h) => path.roundRect(x, y, w, h, h / 2),
  page: (path, x, y, w, h) => polygon(path, [[x, y], [x + w - 13, y], [x + w, y + 13], [x + w, y + h], [x, y + h]]),
  hexagon: (path, x, y, w, h) => polygon(path, [[x + 11, y], [x + w - 11, y], [x + w, y + h / 2], [x + w - 11, y + h],
    [x + 11, y + h], [x, y + h / 2]]),
  slanted: (path, x, y, w, h) => polygon(path, [[x + 9, y], [x + w, y], [x + w - 9, y + h], [x, y + h]]),
  cut: (path, x, y, w, h) => polygon(path, [[x + 8, y], [x + w - 8, y], [x + w, y + 8], [x + w, y + h - 8],
    [x + w - 8, y + h], [x + 8, y + h], [x, y + h - 8], [x, y + 8]]),
  parcel: (path, x, y, w, h) => {
    path.rect(x, y, w, h);
    path.rect(x + 3.5, y + 3.5, w - 7, h - 7);
  },
};
const polygon = (path, points) => {
  for (const [place, [x, y]] of points.entries()) place ? path.lineTo(x, y) : path.moveTo(x, y);
  path.closePath();
};
const outline = (shape, x, y, w = BOX.width, h = BOX.height) => {
  const path = new Path2D();
  (OUTLINES[shape] ?? OUTLINES.box)(path, x, y, w, h);
  return path;
};

const ICONS = new Map();
const icon = strokes => {
  if (!ICONS.has(strokes)) ICONS.set(strokes, new Path2D(strokes));
  return ICONS.get(strokes);
};

// The same icon as an element, for the sheet and the legend.
const iconElement = (strokes, style = "icon") => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", strokes);
  made.setAttribute("viewBox", "0 0 16 16");
  made.setAttribute("class", style);
  made.setAttribute("aria-hidden", "true");
  made.append(path);
  return made;
};
const kindElement = kind => {
  const look = data.kinds[kind], made = element("span", {class: `kind ${look.shape}`}, iconElement(look.icon));
  made.style.setProperty("--hue", look.hue ?? 0);
  made.style.setProperty("--chroma", look.hue === null ? "0%" : "1%");
  return made;
};
const outcomeElement = outcome =>
  element("span", {class: `mark ${outcome}`}, iconElement(OUTCOMES[outcome]?.mark ?? ""));
