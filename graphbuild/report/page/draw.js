// Draws what is seen of the picture on a canvas: bands, edges, boxes. Decides nothing: it is told what is lit.

const FONT = 'system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';
const BENDS_FROM = 0.13, NAMES_FROM = 0.3, WHOLE_FROM = 0.62;
// The scales from which edges bend, boxes have names, and boxes have all that is written on them.
const INSETS = {hexagon: 5, pill: 3, slanted: 4};

const makePainter = canvas => {
  const pen = canvas.getContext("2d");
  const widths = new Map();
  let colours = {}, isDark = false;

  // Colours stay in the style sheet; they are read again when the scheme changes.
  const readColours = () => {
    const probe = element("span", {hidden: true}), style = getComputedStyle(probe);
    document.body.append(probe);
    isDark = style.colorScheme === "dark"
      || (style.colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    const names = ["page", "ink", "soft", "card", "card-rim", "edge", "up", "down", "mark", "link", "critical", "band",
      "band-rim", ...Object.keys(OUTCOMES), ...Object.keys(OUTCOMES).map(word => `${word}-card`)];
    colours = Object.fromEntries(names.map(name => {
      probe.style.color = `var(--${name})`;
      return [name, style.color];
    }));
    probe.remove();
  };
  readColours();

  const tone = (kind, part) => {
    const hue = data.kinds[kind]?.hue ?? null, chroma = hue === null ? 0 : 1;
    const [s, l] = {tile: isDark ? [32, 24] : [62, 93], icon: isDark ? [62, 74] : [58, 36], far: isDark ? [42, 52] : [48, 62]}[part];
    return `hsl(${hue ?? 0} ${s * chroma}% ${l}%)`;
  };

  const measured = (text, font) => {
    const key = `${font}\0${text}`;
    if (!widths.has(key)) {
      if (widths.size > 20_000) widths.clear();
      pen.font = font;
      widths.set(key, pen.measureText(text).width);
    }
    return widths.get(key);
  };
  // A text cut in its middle where it is too long: both ends tell.
  const fitted = (text, font, width) => {
    const key = `${font}\0${width}\0${text}`;
    if (widths.has(key)) return widths.get(key);
    let shown = text;
    if (measured(text, font) > width) {
      let low = 1, high = text.length;
      const cut = length => `${text.slice(0, Math.ceil(length * 0.4))}\u2026${text.slice(text.length - Math.floor(length * 0.6))}`;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        measured(cut(middle), font) <= width ? low = middle : high = middle - 1;
      }
      shown = cut(low);
    }
    widths.set(key, shown);
    return shown;
  };

  const edgePath = (path, stops) => {
    const [start, ...rest] = stops, reach = BOX.across * 0.62;
    let x = start.x + BOX.width, y = start.y;
    path.moveTo(x, y);
    for (const [place, stop] of rest.entries()) {
      path.bezierCurveTo(x + reach, y, stop.x - reach, stop.y, stop.x, stop.y);
      [x, y] = [stop.x + BOX.width, stop.y];
      if (place < rest.length - 1) path.lineTo(x, y);
    }
  };
  const tip = (path, {x, y}) => {
    path.moveTo(x, y);
    path.lineTo(x - 8, y - 4);
    path.lineTo(x - 8, y + 4);
    path.closePath();
  };

  const middleLeft = ({x, y}) => ({x, y: y + BOX.height / 2});

  // Edges that look alike are one path, made when they are laid out anew.
  let together = null;
  const gather = (layout, edges) => {
    const lines = new Map();
    for (const edge of edges) {
      const style = edge.changes.size === 1 ? [...edge.changes][0] : "same";
      if (!lines.has(style)) lines.set(style, {line: new Path2D(), far: new Path2D()});
      const {line, far} = lines.get(style), stops = layout.paths.get(edge);
      edgePath(line, stops);
      far.moveTo(stops[0].x + BOX.width, stops[0].y);
      far.lineTo(stops.at(-1).x, stops.at(-1).y);
    }
    const critical = edges.filter(edge => edge.isCritical);
    return {layout, lines, critical};
  };

  const drawBand = (band, scale) => {
    pen.beginPath();
    pen.roundRect(band.x, band.y, band.width, band.height, 14);
    pen.fillStyle = colours.band;
    pen.strokeStyle = colours["band-rim"];
    pen.lineWidth = Math.max(1, 0.7 / scale);
    pen.fill();
    pen.stroke();
  };

  const drawEdges = (scene, visible, scale) => {
    const least = 0.7 / scale;
    for (const [style, {line, far}] of together.lines) {
      pen.globalAlpha = scene.lit ? 0.16 : style === "same" ? 1 : 0.9;
      pen.strokeStyle = pen.fillStyle = style === "same" ? colours.edge : colours[style];
      pen.lineWidth = Math.max(style === "same" ? 1.2 : 2.2, least);
      pen.setLineDash(style === "removed" ? [7, 5] : []);
      // From afar nobody sees bends, and straight lines cost a tenth.
      pen.stroke(scale < BENDS_FROM ? far : line);
    }
    pen.setLineDash([]);
    if (scale >= NAMES_FROM) {
      // All edges of a box end at one place, and share a tip.
      const tips = new Path2D();
      for (const box of visible) if (box.needs.size) tip(tips, middleLeft(scene.layout.places.get(box)));
      pen.globalAlpha = scene.lit ? 0.16 : 1;
      pen.fillStyle = colours.edge;
      pen.fill(tips);
    }
    pen.globalAlpha = 1;
    const strokeAll = (edges, colour, width) => {
      pen.strokeStyle = pen.fillStyle = colour;
      pen.lineWidth = Math.max(width, width * 0.6 / scale);
      for (const edge of edges) {
        const line = new Path2D(), end = new Path2D(), stops = together.layout.paths.get(edge);
        edgePath(line, stops);
        tip(end, stops.at(-1));
        pen.stroke(line);
        pen.fill(end);
      }
    };
    if (scene.showsCritical) strokeAll(together.critical, colours.critical, 4);
    if (scene.trace) {
      strokeAll(scene.trace.upEdges, colours.up, 2);
      strokeAll(scene.trace.downEdges, colours.down, 2);
    }
  };

  // Far away a box is its outline in one colour; those of one colour are filled together.
  const farColour = box => {
    const known = box.outcome !== null && box.outcome !== "same" ? colours[box.outcome] : null;
    return known ?? (box.kind === null ? colours.soft : tone(box.kind, "far"));
  };
  const drawFar = (boxes, scene, scale) => {
    const paths = new Map();
    for (const box of boxes) {
      const {x, y} = scene.layout.places.get(box), key = `${scene.lit && !scene.lit.has(box) ? 0.3 : 1} ${farColour(box)}`;
      if (!paths.has(key)) paths.set(key, new Path2D());
      if (scale < BENDS_FROM) paths.get(key).rect(x, y, BOX.width, BOX.height);
      else paths.get(key).addPath(outline(box.kind === null ? "box" : data.kinds[box.kind].shape, x, y));
    }
    for (const [key, path] of paths) {
      const [alpha, ...colour] = key.split(" ");
      pen.globalAlpha = Number(alpha);
      pen.fillStyle = colour.join(" ");
      pen.fill(path);
    }
    pen.globalAlpha = 1;
  };

  const drawBox = (box, place, scene, scale) => {
    const {x, y} = place, shape = box.kind === null ? "box" : data.kinds[box.kind].shape;
    const path = outline(shape, x, y), outcome = box.outcome;
    const isQuiet = outcome === "hit" || outcome === "same" || outcome === null;
    if (box.form !== "node") {
      for (const shift of [8, 4]) {
        const behind = outline(shape, x + shift, y + shift);
        pen.fillStyle = colours.card;
        pen.strokeStyle = colours["card-rim"];
        pen.lineWidth = 1.1;
        pen.fill(behind);
        pen.stroke(behind);
      }
    }
    if (scene.showsCritical && box.isCritical) {
      pen.strokeStyle = colours.critical;
      pen.lineWidth = 8;
      pen.stroke(path);
    }
    pen.fillStyle = (outcome && colours[`${outcome}-card`]) || colours.card;
    pen.fill(path, "nonzero");
    pen.strokeStyle = outcome && outcome !== "same" ? colours[outcome] : colours["card-rim"];
    pen.lineWidth = isQuiet ? 1.2 : 2;
    pen.setLineDash({skipped: [6, 4], removed: [6, 4], pending: [2.5, 3]}[outcome] ?? []);
    pen.stroke(path);
    pen.setLineDash([]);
    if (box.progress) {
      const share = Math.min(1, box.progress.done / Math.max(box.progress.total, 1));
      pen.fillStyle = colours.running;
      pen.fillRect(x + 12, y + BOX.height - 5, (BOX.width - 24) * share, 3);
    }
    drawWords(box, x, y, scale);
    if (box.isTarget) {
      pen.beginPath();
      pen.arc(x + BOX.width, y + BOX.height / 2, 5, 0, 7);
      pen.fillStyle = colours.ink;
      pen.strokeStyle = colours.page;
      pen.lineWidth = 2;
      pen.fill();
      pen.stroke();
    }
  };

  const drawIcon = (box, x, y) => {
    const inset = INSETS[data.kinds[box.kind]?.shape] ?? 0;
    pen.beginPath();
    pen.roundRect(x + 10 + inset, y + 11, 28, 28, 8);
    pen.fillStyle = box.kind === null ? colours.band : tone(box.kind, "tile");
    pen.fill();
    pen.save();
    pen.translate(x + 16 + inset, y + 17);
    pen.strokeStyle = box.kind === null ? colours.soft : tone(box.kind, "icon");
    pen.lineWidth = 1.5;
    pen.lineJoin = pen.lineCap = "round";
    pen.stroke(icon(box.kind === null ? "M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z" : data.kinds[box.kind].icon));
    pen.restore();
    return x + 46 + inset;
  };

  const drawMark = (outcome, x, y) => {
    pen.beginPath();
    pen.arc(x, y, 7.5, 0, 7);
    pen.fillStyle = colours[outcome];
    pen.fill();
    pen.save();
    pen.translate(x - 6, y - 6);
    pen.scale(0.75, 0.75);
    pen.strokeStyle = colours.card;
    pen.lineWidth = 2.2;
    pen.lineJoin = pen.lineCap = "round";
    pen.stroke(icon(OUTCOMES[outcome].mark));
    pen.restore();
  };

  const drawWords = (box, x, y, scale) => {
    const right = x + BOX.width - (box.isTarget ? 16 : 14), hasMark = box.outcome !== "same" && OUTCOMES[box.outcome]?.mark;
    pen.textBaseline = "alphabetic";
    pen.textAlign = "left";
    pen.fillStyle = colours.ink;
    if (scale < WHOLE_FROM) {
      const size = Math.min(21, Math.max(14, 8.8 / scale));
      const font = `600 ${size}px ${FONT}`;
      const shown = fitted(box.title, font, BOX.width - 34);
      const inset = INSETS[data.kinds[box.kind]?.shape] ?? 0;
      if (box.kind !== null) {
        pen.fillStyle = tone(box.kind, "far");
        pen.fillRect(x + 8 + inset, y + 13, 6, BOX.height - 26);
        pen.fillStyle = colours.ink;
      }
      pen.font = font;
      pen.fillText(shown, x + 20 + inset, y + BOX.height / 2 + size * 0.36);
      if (hasMark) drawMark(box.outcome, x + BOX.width - 6, y + 4);
      return;
    }
    const left = drawIcon(box, x, y);
    const name = `600 12.5px ${FONT}`, small = `10.5px ${FONT}`;
    const shown = fitted(box.title, name, right - left - (hasMark ? 15 : 0));
    // The mark says what happened; words are for what stops a build, and for parts of a stack.
    const isSaid = ["failed", "skipped"].includes(box.outcome) || box.count < box.members.length && box.outcome !== "hit";
    const far = box.progress ? `${box.progress.done}/${box.progress.total}` : inSeconds(box.seconds);
    const told = [isSaid ? box.told : "", far].filter(Boolean).join(" ");
    const toldWidth = told ? measured(told, small) + 8 : 0;
    const more = fitted(box.more, small, right - left - toldWidth - 2);
    pen.fillStyle = colours.ink;
    pen.font = name;
    pen.fillText(shown, left, y + 22);
    pen.fillStyle = colours.soft;
    pen.font = small;
    pen.fillText(more, left, y + 37.5);
    if (told) {
      pen.textAlign = "right";
      pen.fillStyle = colours.ink;
      pen.fillText(told, right, y + 37.5);
      pen.textAlign = "left";
    }
    if (hasMark) drawMark(box.outcome, right - 3, y + 16);
  };

  const ring = (box, place, colour, width, scale) => {
    const shape = box.kind === null ? "box" : data.kinds[box.kind].shape;
    pen.strokeStyle = colour;
    pen.lineWidth = Math.max(width, width / scale * 0.7);
    pen.stroke(outline(shape, place.x - 3, place.y - 3, BOX.width + 6, BOX.height + 6));
  };

  // scene: boxes, edges, layout, lit (boxes that are not dim, or null for all), trace, marked, chosen, showsCritical.
  const paint = (scene, view) => {
    const ratio = window.devicePixelRatio || 1, {width, height, scale} = view;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    if (together === null || together.layout !== scene.layout) together = gather(scene.layout, scene.edges);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = colours.page;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(ratio * scale, 0, 0, ratio * scale, -view.x * scale * ratio, -view.y * scale * ratio);
    const seen = {left: view.x - 20, top: view.y - 20, right: view.x + width / scale + 20, bottom: view.y + height / scale + 20};
    for (const band of scene.layout.bands) drawBand(band, scale);
    const visible = scene.boxes.filter(box => {
      const {x, y} = scene.layout.places.get(box);
      return x <= seen.right && y <= seen.bottom && x + BOX.width >= seen.left && y + BOX.height >= seen.top;
    });
    drawEdges(scene, visible, scale);
    if (scale < NAMES_FROM) drawFar(visible, scene, scale);
    for (const box of visible) {
      const place = scene.layout.places.get(box);
      if (scale >= NAMES_FROM) {
        pen.globalAlpha = scene.lit && !scene.lit.has(box) ? 0.3 : 1;
        drawBox(box, place, scene, scale);
        pen.globalAlpha = 1;
      }
      if (scene.marked?.has(box)) ring(box, place, colours.mark, 3, scale);
      if (scene.chosen === box) ring(box, place, colours.link, 3, scale);
    }
  };
  return {paint, readColours};
};
