"""Places for the boxes of a layered drawing, left to right. Knows names and edges only.

Layers by the longest path; an edge over several layers gets a lane in each layer that it crosses, shared by all edges
of its source; order within a layer by barycentres; heights by least squares against the neighbours' heights without
overlap. Sources: Sugiyama, Tagawa and Toda (1981); pool adjacent violators (Ayer et al., 1955).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Edge = tuple[str, str]
_Vertex = tuple[str, int]
"""A name and a layer: the box itself in its own layer, a lane of its edges in later ones."""
_SWEEPS = 8
_LANES = 20_000
"""More lanes than these are not looked at: edges then run straight, under the boxes."""


@dataclass(frozen=True)
class Layout:
    """Where boxes are: the layer, and the middle's height in units of the caller, from 0 down."""

    layers: Mapping[str, int]
    heights: Mapping[str, float]
    routes: Mapping[Edge, tuple[tuple[int, float], ...]]
    """Lanes that an edge takes between its ends: layer and height."""


def lay_out(sizes: Mapping[str, float], edges: Sequence[Edge], lane: float) -> Layout:
    """A layout of some boxes, which are in topological order, by the height that each takes; so high is a lane."""
    names = list(sizes)
    layers = _layers(names, edges)
    ways: dict[Edge, tuple[_Vertex, ...]] = dict.fromkeys(edges, ())
    if _lanes(layers, edges) <= _LANES:
        ways = {edge: tuple((edge[0], at) for at in range(layers[edge[0]] + 1, layers[edge[1]])) for edge in edges}
    columns: list[list[_Vertex]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for vertex in dict.fromkeys([*layers.items(), *(one for way in ways.values() for one in way)]):
        columns[vertex[1]].append(vertex)
    before, after = _neighbours(layers, ways)
    _order(columns, before, after)
    extents = {one: sizes[one[0]] if layers[one[0]] == one[1] else lane for column in columns for one in column}
    heights = _heights(columns, before, after, extents)
    return Layout(
        layers,
        {name: heights[name, layer] for name, layer in layers.items()},
        {edge: tuple((one[1], heights[one]) for one in way) for edge, way in ways.items()},
    )


def _layers(names: Sequence[str], edges: Iterable[Edge]) -> dict[str, int]:
    needs: dict[str, list[str]] = {name: [] for name in names}
    for start, end in edges:
        needs[end].append(start)
    layers: dict[str, int] = {}
    for name in names:
        layers[name] = max((layers[other] + 1 for other in needs[name]), default=0)
    return layers


def _lanes(layers: Mapping[str, int], edges: Iterable[Edge]) -> int:
    """How many lanes there would be: one in each layer from a box to the farthest that its edges lead to."""
    farthest: dict[str, int] = {}
    for start, end in edges:
        farthest[start] = max(farthest.get(start, 0), layers[end])
    return sum(layer - layers[name] - 1 for name, layer in farthest.items())


_Near = dict[_Vertex, list[_Vertex]]


def _neighbours(layers: Mapping[str, int], ways: Mapping[Edge, tuple[_Vertex, ...]]) -> tuple[_Near, _Near]:
    before: _Near = {}
    after: _Near = {}
    steps: dict[tuple[_Vertex, _Vertex], None] = {}
    for (start, end), way in ways.items():
        stops = [(start, layers[start]), *way, (end, layers[end])]
        steps.update(dict.fromkeys(pairwise(stops)))
    for one, other in steps:
        after.setdefault(one, []).append(other)
        before.setdefault(other, []).append(one)
    return before, after


def _order(columns: list[list[_Vertex]], before: _Near, after: _Near) -> None:
    """Sorts columns by barycentres, forward and back, and keeps the order with the fewest crossings."""
    rank = {one: float(place) for column in columns for place, one in enumerate(column)}
    best, fewest = [list(column) for column in columns], _crossings(columns, after)
    for sweep in range(_SWEEPS):
        is_forward = sweep % 2 == 0
        near = before if is_forward else after
        for column in columns if is_forward else reversed(columns):
            centre = {one: _mean([rank[other] for other in near.get(one, ())], rank[one]) for one in column}
            column.sort(key=lambda one: (centre[one], rank[one]))
            rank.update((one, float(place)) for place, one in enumerate(column))
        crossings = _crossings(columns, after)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    columns[:] = best


def _crossings(columns: Sequence[Sequence[_Vertex]], after: _Near) -> int:
    """How many pairs of steps from one column to the next cross."""
    total = 0
    for column, following in pairwise(columns):
        rank = {one: place for place, one in enumerate(following)}
        seen: list[int] = []
        for one in column:
            # Without lanes, a step may cross columns; those are not counted.
            ends = sorted(rank[other] for other in after.get(one, ()) if other in rank)
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _heights(
    columns: list[list[_Vertex]], before: _Near, after: _Near, sizes: Mapping[_Vertex, float]
) -> dict[_Vertex, float]:
    heights: dict[_Vertex, float] = {}
    for column in columns:
        heights.update(zip(column, _apart([0.0] * len(column), [sizes[one] for one in column]), strict=True))
    for sweep in range(_SWEEPS):
        is_forward = sweep % 2 == 0
        near = before if is_forward else after
        for column in columns if is_forward else reversed(columns):
            wanted = [_mean([heights[other] for other in near.get(one, ())], heights[one]) for one in column]
            heights.update(zip(column, _apart(wanted, [sizes[one] for one in column]), strict=True))
    top = min((heights[one] - sizes[one] / 2 for one in heights), default=0.0)
    return {one: height - top for one, height in heights.items()}


def _apart(wanted: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) at which nothing overlaps, order kept."""
    offsets = []
    total = 0.0
    for size in sizes:
        offsets.append(total + size / 2)
        total += size
    # Without the offsets it is isotonic regression: neighbours out of order are merged at their mean.
    blocks: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        mean, count = place - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, more = blocks.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
