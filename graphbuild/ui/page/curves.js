// Curves of a node that trains: loss and accuracy over its epochs, as small pictures with words for those who hear them.

const SVG = "http://www.w3.org/2000/svg";
const drawn = (name, facts, ...children) => {
  const made = document.createElementNS(SVG, name);
  for (const [fact, value] of Object.entries(facts)) made.setAttribute(fact, value);
  made.append(...children);
  return made;
};
const CHART = {width: 320, height: 92, left: 2, right: 2, top: 6, bottom: 4};
const figure = value => Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 0.001 || value === 0 ? value.toFixed(3) : value.toExponential(1);

// What lies between 0 and 1 shares an axis, losses share another; a line that lies on one before tells nothing.
const chartsOf = points => {
  const names = [...new Set(points.flatMap(([, facts]) => Object.keys(facts)))];
  const lines = name => ({name, points: points.filter(([, facts]) => Number.isFinite(facts[name])).map(([done, facts]) => [done, facts[name]])});
  const isShare = name => /acc|f1|precision|recall/i.test(name);
  const isNew = (line, place, all) => line.points.length && !all.slice(0, place).some(one => JSON.stringify(one.points) === JSON.stringify(line.points));
  return [["loss", names.filter(name => !isShare(name))], ["accuracy", names.filter(isShare)]]
    .map(([title, found]) => ({title, lines: found.map(lines).filter(isNew)})).filter(chart => chart.lines.length);
};
const inWords = ({name, points}) => {
  const values = points.map(([, value]) => value), [first, last] = [values[0], values.at(-1)];
  return `${name}: ${figure(first)} at step ${points[0][0]}, ${figure(last)} at step ${points.at(-1)[0]}, between ${figure(Math.min(...values))} and ${figure(Math.max(...values))}`;
};
const chartElement = ({title, lines}, total) => {
  const values = lines.flatMap(line => line.points.map(([, value]) => value));
  const least = title === "accuracy" ? Math.min(0, ...values) : Math.min(...values), most = title === "accuracy" ? Math.max(1, ...values) : Math.max(...values);
  const steps = Math.max(total ?? 0, ...lines.map(line => line.points.at(-1)[0]), 2), first = Math.min(...lines.map(line => line.points[0][0]));
  const x = done => CHART.left + (done - first) / Math.max(steps - first, 1) * (CHART.width - CHART.left - CHART.right);
  const y = value => CHART.height - CHART.bottom - (value - least) / Math.max(most - least, 1e-12) * (CHART.height - CHART.top - CHART.bottom);
  const path = points => points.map(([done, value], place) => `${place ? "L" : "M"}${x(done).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const picture = drawn("svg", {viewBox: `0 0 ${CHART.width} ${CHART.height}`, class: "chart", role: "img",
    "aria-label": `${title}: ${lines.map(inWords).join("; ")}`, preserveAspectRatio: "none"},
  ...[least, most].map(value => drawn("line", {x1: 0, x2: CHART.width, y1: y(value), y2: y(value), class: "grid"})),
  ...lines.map((line, place) => drawn("path", {d: path(line.points), class: `curve of${place % 4}`})),
  // A line of one point would not be seen.
  ...lines.flatMap((line, place) => line.points.length > 1 ? [] : [drawn("circle", {cx: x(line.points[0][0]), cy: y(line.points[0][1]), r: 2.5, class: `curve of${place % 4}`})]));
  return element("figure", {class: "curves"},
    element("div", {class: "scale", "aria-hidden": "true"}, element("span", {}, figure(most)), element("span", {}, figure(least))), picture,
    element("figcaption", {}, ...lines.map((line, place) => element("span", {class: "legend"}, element("span", {class: `sample of${place % 4}`}),
      `${line.name} `, element("strong", {}, figure(line.points.at(-1)[1]))))));
};

// Of the build that runs, or that ran last here: others are not remembered so closely.
const buildShown = () => now.build && (data.told === "live" || (data.told === "build" && data.build.name === now.build.ended?.build)) ? now.build : null;
const stepsElement = node => {
  const build = buildShown(), told = build?.nodes[node.id], points = build?.curves[node.id] ?? [];
  const holder = element("div", {class: "steps", "data-node": node.id});
  if (told?.note) holder.append(element("p", {class: "soft"}, told.note));
  if (!told?.total) return holder;
  const bar = element("progress", {max: told.total, value: told.done, "aria-label": "steps done"});
  if (told.outcome === "running") holder.append(element("p", {class: "step"}, bar, ` ${told.done.toLocaleString("en")} of ${told.total.toLocaleString("en")}`));
  const charts = chartsOf(points);
  if (charts.length) holder.append(...section("training", ...charts.map(chart => chartElement(chart, told.total))));
  return holder;
};
MORE.goesOn = (node, sheet) => {
  const holder = sheet.querySelector(".steps");
  if (holder?.dataset.node === node.id) holder.replaceWith(stepsElement(node));
};
