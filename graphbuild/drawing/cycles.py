"""Cycles taken out of a drawing: the edges that lead back are turned round, for the layout alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

Edge = tuple[str, str]


def without_cycles(names: Sequence[str], edges: Sequence[Edge]) -> tuple[list[str], frozenset[Edge]]:
    """A topological order of some nodes, and the edges that lead against it: those that close a cycle.

    The nodes are gone through in depth, from each of `names` in turn. What is found first stays in front as far as the
    edges let it. An edge from a node to itself leads nowhere, and is neither.
    """
    after: dict[str, list[str]] = {name: [] for name in names}
    for start, end in edges:
        if start != end:
            after[start].append(end)
    found, back = _in_depth(after)
    turned: dict[str, list[str]] = {name: [] for name in names}
    for start, others in after.items():
        for end in others:
            first, last = (end, start) if (start, end) in back else (start, end)
            turned[first].append(last)
    return _topological(turned, found), frozenset(back)


def _in_depth(after: Mapping[str, Sequence[str]]) -> tuple[dict[str, int], set[Edge]]:
    """When each node is found, and the edges that lead to a node whose own edges are still being followed."""
    found: dict[str, int] = {}
    back: set[Edge] = set()
    is_open: set[str] = set()
    for name in after:
        stack = [(name, iter(after[name]))] if name not in found else []
        for node, _ in stack:
            found[node] = len(found)
            is_open.add(node)
        while stack:
            node, others = stack[-1]
            other = next(others, None)
            if other is None:
                stack.pop()
                is_open.discard(node)
            elif other in is_open:
                back.add((node, other))
            elif other not in found:
                found[other] = len(found)
                is_open.add(other)
                stack.append((other, iter(after[other])))
    return found, back


def _topological(after: Mapping[str, Sequence[str]], rank: Mapping[str, int]) -> list[str]:
    """A topological order in which those of a lower rank come first where they can."""
    missing = dict.fromkeys(after, 0)
    for others in after.values():
        for other in others:
            missing[other] += 1
    ready = [(rank[name], name) for name, count in missing.items() if not count]
    heapify(ready)
    order = []
    while ready:
        _, name = heappop(ready)
        order.append(name)
        for other in after[name]:
            missing[other] -= 1
            if not missing[other]:
                heappush(ready, (rank[other], other))
    return order
