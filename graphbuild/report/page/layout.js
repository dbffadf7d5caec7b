// Places for boxes, left to right: columns by the longest path, importers first, groups in bands below each other.
//
// An edge over several columns gets a lane in each column that it crosses, shared by all edges of its source; order
// within a column by barycentres; heights by least squares against the neighbours' heights without overlap.
// Sources: Sugiyama, Tagawa and Toda (1981); pool adjacent violators (Ayer et al., 1955).

const BOX = {width: 208, height: 50, across: 62, between: 14, lane: 10, band: 31};

const layOut = (boxes, edges, groups) => {
  const rank = new Map(groups.map((group, place) => [group.id, place]));
  const isFirst = box => box.group.id === "importers", isLast = box => box.group.id === "package";
  const order = topological(boxes);
  const columns = columnsOf(order, isFirst, isLast);
  const firstColumn = Math.max(-1, ...boxes.filter(isFirst).map(box => columns.get(box))) + 1;

  // A vertex is a box in its own column, or a lane of its edges in a later one, in the band of a group.
  const vertices = new Map();
  const vertex = (box, column, band) => {
    const key = `${box.key}|${column}|${band.id}`;
    if (!vertices.has(key)) {
      const isBox = columns.get(box) === column;
      vertices.set(key, {box, isBox, column, band, rank: rank.get(band.id), y: 0, before: new Set(), after: new Set(),
        size: isBox ? BOX.height + BOX.between : BOX.lane});
    }
    return vertices.get(key);
  };
  for (const box of order) vertex(box, columns.get(box), box.group);
  // What leads from the importers to the package passes through a band that it has to do with anyway.
  const wayThrough = (from, to) => isLast(to)
    ? [...from.users].find(user => !isFirst(user) && !isLast(user))?.group ?? middleGroup : to.group;
  const middleGroup = groups.find(group => !["importers", "package"].includes(group.id) && boxes.some(box => box.group === group))
    ?? groups.at(-1);
  const routes = new Map();
  for (const edge of edges) {
    const {from, to} = edge, first = columns.get(from), last = columns.get(to);
    const stops = [vertex(from, first, from.group)];
    for (let column = first + 1; column < last; column++)
      stops.push(vertex(from, column, isFirst(from) && column >= firstColumn ? wayThrough(from, to) : from.group));
    stops.push(vertex(to, last, to.group));
    for (let place = 1; place < stops.length; place++) {
      stops[place - 1].after.add(stops[place]);
      stops[place].before.add(stops[place - 1]);
    }
    routes.set(edge, stops);
  }
  const lists = [];
  for (const one of vertices.values()) (lists[one.column] ??= []).push(one);
  for (let column = 0; column < lists.length; column++) lists[column] ??= [];
  sortColumns(lists);
  const bands = setHeights(lists, groups);
  const pitch = BOX.width + BOX.across;
  const places = new Map(order.map(box => {
    const {y, column, band} = vertex(box, columns.get(box), box.group);
    return [box, {x: column * pitch, y: y - BOX.height / 2, column, band}];
  }));
  const paths = new Map([...routes].map(([edge, stops]) => [edge, stops.map(one => ({x: one.column * pitch, y: one.y}))]));
  return {places, paths, bands: bandsOf(bands, places, pitch), bounds: boundsOf(places)};
};

// Boxes after what they need, as far as there is such an order: closed groups may need each other.
const topological = boxes => {
  const order = [], state = new Map();
  for (const start of boxes) {
    const stack = state.has(start) ? [] : [[start, [...start.needs]]];
    if (stack.length) state.set(start, "open");
    while (stack.length) {
      const [box, left] = stack.at(-1), next = left.pop();
      if (next === undefined) {
        stack.pop();
        state.set(box, "done");
        order.push(box);
      } else if (!state.has(next)) {
        state.set(next, "open");
        stack.push([next, [...next.needs]]);
      }
    }
  }
  return order;
};

// By the longest path; a column that is full sends the rest on to the next, so that no picture is a single tower.
const columnsOf = (order, isFirst, isLast) => {
  const columns = new Map(), taken = new Map();
  const most = Math.max(22, Math.ceil(Math.sqrt(order.length) * 1.4));
  const put = (box, least) => {
    let column = least;
    for (const need of box.needs) if (columns.has(need)) column = Math.max(column, columns.get(need) + 1);
    while ((taken.get(column) ?? 0) >= most) column++;
    taken.set(column, (taken.get(column) ?? 0) + 1);
    columns.set(box, column);
    return column;
  };
  let next = 0;
  for (const box of order.filter(isFirst)) next = Math.max(next, put(box, 0) + 1);
  let last = next;
  taken.clear();
  for (const box of order) if (!isFirst(box) && !isLast(box)) last = Math.max(last, put(box, next) + 1);
  taken.clear();
  for (const box of order.filter(isLast)) put(box, last);
  return columns;
};

const mean = (vertices, otherwise) => {
  let sum = 0;
  for (const one of vertices) sum += one.y;
  return vertices.size ? sum / vertices.size : otherwise;
};

// Sorts columns by barycentres, forward and back, and keeps the order with the fewest crossings.
const SWEEPS = 8;
const sortColumns = lists => {
  const stack = list => {
    let y = 0;
    for (const one of list) {
      one.y = y + one.size / 2;
      y += one.size;
    }
    for (const one of list) one.y -= y / 2;
  };
  for (const list of lists) {
    list.sort((one, other) => one.rank - other.rank);
    stack(list);
  }
  let best = lists.map(list => [...list]), fewest = crossings(lists);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const isForward = sweep % 2 === 0;
    for (const list of isForward ? lists : [...lists].reverse()) {
      for (const one of list) one.wish = mean(isForward ? one.before : one.after, one.y);
      list.sort((one, other) => one.rank - other.rank || one.wish - other.wish || one.y - other.y);
      stack(list);
    }
    const found = crossings(lists);
    if (found < fewest) {
      best = lists.map(list => [...list]);
      fewest = found;
    }
  }
  for (const [column, list] of best.entries()) {
    lists[column] = list;
    stack(list);
  }
};

// How many pairs of steps from one column to the next cross: inversions, counted in a tree of sums.
const crossings = lists => {
  let total = 0;
  for (let column = 0; column + 1 < lists.length; column++) {
    const following = lists[column + 1], sums = new Int32Array(following.length + 1);
    for (const [place, one] of following.entries()) one.place = place;
    let seen = 0;
    for (const one of lists[column]) {
      const ends = [...one.after].map(next => next.place).sort((a, b) => a - b);
      for (const end of ends) {
        let before = 0;
        for (let at = end + 1; at > 0; at -= at & -at) before += sums[at];
        total += seen - before;
      }
      for (const end of ends) for (let at = end + 1; at < sums.length; at += at & -at) sums[at]++;
      seen += ends.length;
    }
  }
  return total;
};

// Heights band by band; then importers and the package are moved to where what they are connected with is.
const setHeights = (lists, groups) => {
  const bands = new Map();
  let top = 0;
  const isAside = id => id === "importers" || id === "package";
  for (const group of groups) {
    if (isAside(group.id)) continue;
    const own = lists.map(list => list.filter(one => one.band === group));
    if (!own.some(list => list.length)) continue;
    settle(own, near => new Set([...near].filter(one => one.band === group)));
    const all = own.flat();
    const low = Math.min(...all.map(one => one.y - one.size / 2)), high = Math.max(...all.map(one => one.y + one.size / 2));
    for (const one of all) one.y += top + BOX.band - low;
    bands.set(group, {top, bottom: top + BOX.band + high - low});
    top += BOX.band + high - low + 34;
  }
  for (const group of groups.filter(one => isAside(one.id))) {
    const own = lists.map(list => list.filter(one => one.band === group));
    settle(own, near => near);
    bands.set(group, {top: 0, bottom: 0});
  }
  return bands;
};

const settle = (lists, near) => {
  const neighbours = new Map(lists.flat().map(one => [one, [near(one.before), near(one.after)]]));
  for (const list of lists) apart(list, list.map(() => 0));
  for (let sweep = 0; sweep < SWEEPS + 1; sweep++) {
    const side = sweep % 2;
    for (const list of side ? [...lists].reverse() : lists)
      apart(list, list.map(one => {
        const both = neighbours.get(one);
        return mean(both[side].size ? both[side] : both[1 - side], one.y);
      }));
  }
};

// The places nearest to the wanted ones (least squares) at which nothing overlaps, order kept.
const apart = (list, wanted) => {
  const blocks = [];
  let offset = 0;
  const offsets = list.map(one => {
    offset += one.size;
    return offset - one.size / 2;
  });
  for (const [place, want] of wanted.entries()) {
    let block = {mean: want - offsets[place], count: 1};
    while (blocks.length && blocks.at(-1).mean > block.mean) {
      const other = blocks.pop(), count = block.count + other.count;
      block = {mean: (block.mean * block.count + other.mean * other.count) / count, count};
    }
    blocks.push(block);
  }
  let place = 0;
  for (const block of blocks)
    for (let left = block.count; left > 0; left--, place++) list[place].y = block.mean + offsets[place];
};

// The ground that each group's boxes stand on: those beside each other are as high as their boxes need.
const bandsOf = (bands, places, pitch) => [...bands].map(([group, {top, bottom}]) => {
  const own = [...places.values()].filter(place => place.band === group);
  const columns = own.map(place => place.column), first = Math.min(...columns), last = Math.max(...columns);
  const isAside = group.id === "importers" || group.id === "package";
  const y = isAside ? Math.min(...own.map(place => place.y)) - BOX.band : top;
  const end = isAside ? Math.max(...own.map(place => place.y)) + BOX.height + 14 : bottom + 6;
  return {group, x: first * pitch - 18, y, width: (last - first) * pitch + BOX.width + 36, height: end - y};
}).filter(band => Number.isFinite(band.x));

const boundsOf = places => {
  let left = 0, right = BOX.width, top = Infinity, bottom = -Infinity;
  for (const {x, y} of places.values()) {
    right = Math.max(right, x + BOX.width);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + BOX.height);
  }
  if (!places.size) [top, bottom] = [0, BOX.height];
  return {x: left - 18, y: top - BOX.band, width: right - left + 36, height: bottom - top + BOX.band + 22};
};
