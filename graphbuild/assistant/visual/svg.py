"""The story map as SVG, left to right. Pure: the places come from drawing.layout, and no library draws.

Stories are drawn with solid lines, what only rules tell with broken ones; users' turns, slots and loops are told apart
by words and colour both. Tooltips say what is cut. Classes and `data-` attributes are for the page around it.
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from graphbuild.assistant.evaluation.html import escaped
from graphbuild.assistant.visual.placing import MARGIN, Placed, Point, placed
from graphbuild.assistant.visual.scene import Box, scene_of
from graphbuild.assistant.visual.story_map import StoryMap
from graphbuild.assistant.visual.style import SVG_STYLE
from graphbuild.assistant.visual.words import entity_told, told

_LEAST_WIDTH, _FOOT = 480.0, 46.0
_ROUND = {"chip": 13.0, "start": 15.0, "anywhere": 15.0, "end": 15.0, "onward": 15.0}
_TITLE_LIMIT = 20


def as_svg(story_map: StoryMap) -> str:
    """The picture, with its own style."""
    scene = placed(scene_of(story_map))
    width, height = max(scene.width, _LEAST_WIDTH), scene.height + _FOOT
    title = escaped(_title(story_map))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="stories" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" aria-label={quoteattr(_title(story_map))}>'
    )
    parts = [
        head,
        f"<title>{title}</title>",
        f"<style>{SVG_STYLE}</style>",
        '<g class="all">',
        *(_arrow(scene, story_map, *arrow) for arrow in scene.scene.arrows),
        *(_drawn(scene, story_map, box) for box in scene.scene.boxes.values()),
        "</g>",
        _legend(story_map, height),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _arrow(at: Placed, story_map: StoryMap, start: str, end: str) -> str:
    """A curve from box to box, straight through the columns that it crosses. Some lead back: from right to left."""
    boxes = at.scene.boxes
    ways = at.scene.arrows[start, end]
    is_rule = story_map.is_of_rules(one for number in ways for one in story_map.ways[number].tellers)
    kind = "arrow rule" if is_rule else "arrow"
    if start == end:
        return _loop(at, boxes[start], kind, ways)
    is_back = (start, end) in at.back
    first, last = (boxes[end], boxes[start]) if is_back else (boxes[start], boxes[end])
    points = [(at.left(first) + first.width, at.middles[first.id])]
    for layer, y in at.routes[first.id, last.id]:
        points += [(x, y) for x in at.column(layer)]
    points.append((at.left(last), at.middles[last.id]))
    path = _curve(points)
    tip = ""
    if boxes[end].kind != "chip":
        (x, y), turn = (points[0], 7) if is_back else (points[-1], -7)
        tip = f'<path class="tip" d="M{x:g} {y:g}l{turn} -3.5v7z"/>'
    if is_back:
        kind = f"{kind} back"
    return f'<g class="{kind}" data-ways="{_numbers(ways)}"><path class="line" d="{path}"/>{tip}</g>'


def _curve(points: list[Point]) -> str:
    """Between two columns an S; a line across one."""
    (x, y), *others = points
    path = [f"M{x:g} {y:g}"]
    for place, (to_x, to_y) in enumerate(others):
        if place % 2:
            path.append(f"H{to_x:g}")
        else:
            bend = max((to_x - x) / 2, 12.0)
            path.append(f"C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}")
        x, y = to_x, to_y
    return "".join(path)


def _loop(at: Placed, box: Box, kind: str, ways: tuple[int, ...]) -> str:
    """An action that follows itself: a loop over the box."""
    x, y = at.left(box) + box.width / 2, at.middles[box.id] - box.height / 2
    path = f"M{x + 14:g} {y:g}c0 -16 -28 -16 -28 0"
    tip = f'<path class="tip" d="M{x - 14:g} {y:g}l-3.5 -7h7z"/>'
    return f'<g class="{kind}" data-ways="{_numbers(ways)}"><path class="line" d="{path}"/>{tip}</g>'


def _drawn(at: Placed, story_map: StoryMap, box: Box) -> str:
    x, y = at.left(box), at.middles[box.id] - box.height / 2
    style = f"box {box.kind} rule" if story_map.is_of_rules(box.tellers) else f"box {box.kind}"
    spot = f' data-spot="{box.spot}"' if box.spot is not None else ""
    ways = f' data-ways="{_numbers(box.ways)}"' if box.ways else ""
    shape = (
        f'<rect class="shape" x="{x:g}" y="{y:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="{_ROUND.get(box.kind, 6.0):g}"/>'
    )
    texts = []
    baseline = y + 7.0
    for line in box.lines:
        baseline += line.height
        middle = x + box.width / 2
        texts.append(f'<text class="{line.tone}" x="{middle:g}" y="{baseline - 3.5:g}">{escaped(line.text)}</text>')
    tooltip = f"<title>{escaped(_tooltip(story_map, box))}</title>"
    return f'<g class="{style}" tabindex="0"{spot}{ways}>{tooltip}{shape}{"".join(texts)}</g>'


def _tooltip(story_map: StoryMap, box: Box) -> str:
    """All that the box has no room for, and who tells of it."""
    lines: list[str] = []
    if box.kind == "chip":
        lines += [_way_told(story_map, number) for number in box.ways]
    elif box.spot is not None:
        spot = story_map.spots[box.spot]
        lines += [one for one in (spot.name, spot.says) if one]
        lines += [f"after {', '.join(spot.before)}"] if spot.before else []
    names = [f"{'rule' if one in story_map.rules else 'story'} {story_map.tellers[one].name}" for one in box.tellers]
    for rows in (lines, names):
        if len(rows) > _TITLE_LIMIT:
            rows[_TITLE_LIMIT:] = [f"and {len(rows) - _TITLE_LIMIT} more"]
    return "\n".join([*lines, "", *names]).strip()


def _way_told(story_map: StoryMap, number: int) -> str:
    words = []
    for one in story_map.ways[number].happenings:
        said = one.text if one.name else None
        parts = [told(one), *(f"[{entity_told(entity)}]" for entity in one.entities)]
        parts += [f"\u201c{said or one.example}\u201d"] if said or one.example else []
        words.append(" ".join(parts))
    return ", then ".join(words)


def _legend(story_map: StoryMap, height: float) -> str:
    """What the styles mean, and what it is a picture of."""
    x, y = MARGIN, height - 20.0
    marks = [f'<text class="caption" x="{x:g}" y="{y + 4:g}">{escaped(_title(story_map))}</text>']
    return f'<g class="legend">{_keys(x, y - 20.0, story_map)}{"".join(marks)}</g>'


def _keys(x: float, y: float, story_map: StoryMap) -> str:
    found = {one.type for way in story_map.ways for one in way.happenings}
    parts = []
    lines = [("line", "arrow", "a story"), ("line", "arrow rule", "rules alone")]
    words = [("user", "intent", "what users mean"), ("slot", "slot", "slots"), ("loop", "loop", "forms")]
    for _, style, text in lines if story_map.rules else lines[:1]:
        parts.append(f'<g class="{style}"><path class="line" d="M{x:g} {y:g}h26"/></g>')
        parts.append(f'<text class="key" x="{x + 32:g}" y="{y + 4:g}">{text}</text>')
        x += 44.0 + 6.2 * len(text)
    for kind, style, text in words:
        if kind in found:
            parts.append(f'<text class="{style} key" x="{x:g}" y="{y + 4:g}">{text}</text>')
            x += 18.0 + 6.2 * len(text)
    return "".join(parts)


def _title(story_map: StoryMap) -> str:
    rules = len(story_map.rules)
    told_by = [
        f"{count:,} {word if count == 1 else plural}"
        for count, word, plural in (
            (len(story_map.tellers) - rules, "story", "stories"),
            (rules, "rule", "rules"),
        )
        if count
    ]
    actions = f"the last {story_map.max_history} actions" if story_map.max_history > 1 else "the last action"
    return f"{' and '.join(told_by) or 'no stories'}; merged where {actions} are equal".replace(
        "action are", "action is"
    )


def _numbers(ways: tuple[int, ...]) -> str:
    return " ".join(map(str, ways))
