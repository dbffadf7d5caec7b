"""Placing: where the boxes of a scene are on the page. Parts that nothing connects lie one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphbuild.assistant.visual.scene import Box, Scene
from graphbuild.drawing.cycles import without_cycles
from graphbuild.drawing.layout import lay_out

GAP_X, MARGIN = 44.0, 24.0
_GAP_Y, _LANE, _BETWEEN = 18.0, 12.0, 14.0
Arrow = tuple[str, str]
Point = tuple[float, float]


@dataclass(frozen=True)
class Placed:
    """A scene as coordinates on the page."""

    scene: Scene
    layers: Mapping[str, int]
    middles: Mapping[str, float]
    """The height of each box's middle."""
    routes: Mapping[Arrow, tuple[tuple[int, float], ...]]
    """Layer and height of the lanes that an arrow takes, from left to right."""
    back: frozenset[Arrow]
    """Arrows that lead from right to left."""
    lefts: tuple[float, ...]
    """Where each column begins, and where one more would."""
    height: float

    @property
    def width(self) -> float:
        """Of the page."""
        return self.lefts[-1] - GAP_X + MARGIN

    def column(self, layer: int) -> tuple[float, float]:
        """Where a column begins and ends."""
        return self.lefts[layer], self.lefts[layer + 1] - GAP_X

    def left(self, box: Box) -> float:
        """Where a box begins: it is in the middle of its column."""
        begin, end = self.column(self.layers[box.id])
        return (begin + end - box.width) / 2


def placed(scene: Scene) -> Placed:
    """The places of everything in a scene."""
    order, back = _ordered(scene)
    arrows = list(dict.fromkeys(one[::-1] if one in back else one for one in scene.arrows if one[0] != one[1]))
    layers: dict[str, int] = {}
    middles: dict[str, float] = {}
    routes: dict[Arrow, tuple[tuple[int, float], ...]] = {}
    top = MARGIN
    parts = _parts(order, arrows)
    own: list[list[Arrow]] = [[] for _ in range(max(parts.values(), default=-1) + 1)]
    for arrow in arrows:
        own[parts[arrow[0]]].append(arrow)
    for part, part_arrows in enumerate(own):
        sizes = {name: scene.boxes[name].height + _GAP_Y for name in order if parts[name] == part}
        layout = lay_out(sizes, part_arrows, _LANE)
        layers |= layout.layers
        middles |= {name: top + height for name, height in layout.heights.items()}
        routes |= {one: tuple((layer, top + y) for layer, y in way) for one, way in layout.routes.items()}
        lowest = [middles[name] + sizes[name] / 2 for name in sizes]
        top = max([*lowest, *(y for one in part_arrows for _, y in routes[one])]) + _BETWEEN
    lefts = _lefts(scene.boxes, layers)
    return Placed(scene, layers, middles, routes, back, lefts, top - _BETWEEN + MARGIN if parts else 2 * MARGIN)


def _lefts(boxes: Mapping[str, Box], layers: Mapping[str, int]) -> tuple[float, ...]:
    widths = [0.0] * (max(layers.values(), default=-1) + 1)
    for name, layer in layers.items():
        widths[layer] = max(widths[layer], boxes[name].width)
    lefts = [MARGIN]
    for one in widths:
        lefts.append(lefts[-1] + one + GAP_X)
    return tuple(lefts)


def _ordered(scene: Scene) -> tuple[list[str], frozenset[Arrow]]:
    """The boxes from left to right, and the arrows that lead back. A chip stays between what it connects."""
    chips = {end: [start] for start, end in scene.arrows if scene.boxes[end].kind == "chip"}
    for start, end in scene.arrows:
        if start in chips:
            chips[start].append(end)
    links = [one for one in scene.arrows if not {*one} & chips.keys()]
    links += [(start, end) for start, end in chips.values()]
    spots, back = without_cycles([name for name in scene.boxes if name not in chips], list(dict.fromkeys(links)))
    behind: dict[str, list[str]] = {}
    turned = set(back)
    for chip, (start, end) in chips.items():
        is_back = (start, end) in back
        behind.setdefault(end if is_back else start, []).append(chip)
        if is_back:
            turned |= {(start, chip), (chip, end)}
        elif start == end:
            turned.add((chip, end))
    return [name for spot in spots for name in (spot, *behind.get(spot, ()))], frozenset(turned)


def _parts(names: Iterable[str], arrows: Iterable[Arrow]) -> dict[str, int]:
    """The number of the connected part that each box is in; parts are numbered in the order of their first boxes."""
    near: dict[str, list[str]] = {name: [] for name in names}
    for start, end in arrows:
        near[start].append(end)
        near[end].append(start)
    parts: dict[str, int] = {}
    count = 0
    for name in near:
        if name in parts:
            continue
        parts[name], queue = count, [name]
        for one in queue:
            for other in near[one]:
                if other not in parts:
                    parts[other] = count
                    queue.append(other)
        count += 1
    return parts
