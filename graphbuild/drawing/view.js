// A picture that is moved by dragging, the wheel, two fingers and calls. Knows nothing of what is drawn.

// `changed` is called whenever another part is seen; `pressed(x, y, event)` for a click that was no drag, and
// `hovered(x, y)` for a pointer over the picture (null where it left), both in the picture's own units.
const makeView = (element, {changed, pressed = () => {}, hovered = () => {}, most = 4}) => {
  // x and y: what of the picture is at the upper left; scale: pixels for a unit, at least so many.
  const view = {x: 0, y: 0, scale: 1, least: 0.02, width: element.clientWidth || 1, height: element.clientHeight || 1};
  const limited = scale => Math.min(Math.max(scale, view.least), most);
  view.look = (x, y, scale = view.scale) => {
    view.scale = limited(scale);
    view.x = x - view.width / 2 / view.scale;
    view.y = y - view.height / 2 / view.scale;
    changed();
  };
  view.zoom = (by, x = view.width / 2, y = view.height / 2) => {
    const next = limited(view.scale * by);
    view.x += x / view.scale - x / next;
    view.y += y / view.scale - y / next;
    view.scale = next;
    changed();
  };
  view.move = (x, y) => {
    view.x += x / view.scale;
    view.y += y / view.scale;
    changed();
  };
  view.fitting = (box, margin = 24) => Math.min(
    (view.width - 2 * margin) / Math.max(box.width, 1), (view.height - 2 * margin) / Math.max(box.height, 1));
  view.fit = (box, largest = 1.2) =>
    view.look(box.x + box.width / 2, box.y + box.height / 2, Math.min(view.fitting(box), largest));
  const at = event => {
    const place = element.getBoundingClientRect();
    return [event.clientX - place.x, event.clientY - place.y];
  };
  const inside = event => {
    const [x, y] = at(event);
    return [view.x + x / view.scale, view.y + y / view.scale];
  };

  // What is at the upper left stays there when the window, or what is beside the picture, changes.
  view.resize = () => {
    view.width = element.clientWidth || 1;
    view.height = element.clientHeight || 1;
    changed();
  };
  new ResizeObserver(view.resize).observe(element);
  element.addEventListener("wheel", event => {
    event.preventDefault();
    const step = event.deltaMode ? 30 : 1;
    if (event.shiftKey) return view.move((event.deltaX || event.deltaY) * step, 0);
    view.zoom(Math.exp(-event.deltaY * step * (event.ctrlKey ? 0.008 : 0.0015)), ...at(event));
  }, {passive: false});

  const fingers = new Map();
  let moved = 0;
  element.addEventListener("pointerdown", event => {
    if (event.button || event.target.closest("button")) return;
    fingers.set(event.pointerId, event);
    moved = 0;
  });
  window.addEventListener("pointermove", event => {
    const before = fingers.get(event.pointerId);
    if (!before) return element.contains(event.target) ? hovered(...inside(event)) : hovered(null);
    const others = [...fingers.values()].filter(one => one.pointerId !== event.pointerId);
    if (others.length) {
      const apart = one => Math.hypot(one.clientX - others[0].clientX, one.clientY - others[0].clientY);
      view.zoom(Math.max(apart(event), 1) / Math.max(apart(before), 1), ...at(event));
    } else view.move(before.clientX - event.clientX, before.clientY - event.clientY);
    moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
    if (moved > 4) element.classList.add("dragged");
    fingers.set(event.pointerId, event);
  });
  const release = event => {
    if (!fingers.delete(event.pointerId)) return;
    element.classList.remove("dragged");
    if (event.type === "pointerup" && moved <= 4) pressed(...inside(event), event);
  };
  window.addEventListener("pointerup", release);
  window.addEventListener("pointercancel", release);
  element.addEventListener("pointerleave", () => hovered(null));
  return view;
};
