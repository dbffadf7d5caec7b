"""Cycles taken out of a drawing: the edges that lead back are turned round, for the layout alone."""

from __future__ import annotations

from collections.abc import Sequence

Edge = tuple[str, str]


def without_cycles(names: Sequence[str], edges: Sequence[Edge]) -> tuple[list[str], frozenset[Edge]]:
    """A topological order of some nodes, and the edges that lead against it: those that close a cycle.

    The nodes are gone through in depth from each of `names` in turn, so that what comes first stays in front. An edge
    from a node to itself leads nowhere, and is neither.
    """
    after: dict[str, list[str]] = {name: [] for name in names}
    for start, end in edges:
        if start != end:
            after[start].append(end)
    back: set[Edge] = set()
    order: list[str] = []
    done: set[str] = set()
    open_nodes: set[str] = set()
    for name in names:
        stack = [(name, iter(after[name]))] if name not in done else []
        done.add(name)
        open_nodes.update([name] if stack else [])
        while stack:
            node, others = stack[-1]
            other = next(others, None)
            if other is None:
                stack.pop()
                open_nodes.discard(node)
                order.append(node)
            elif other in open_nodes:
                back.add((node, other))
            elif other not in done:
                done.add(other)
                open_nodes.add(other)
                stack.append((other, iter(after[other])))
    return order[::-1], frozenset(back)
