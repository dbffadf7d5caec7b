"""Starting: the trainable nodes of a compiled graph get the states of an earlier training to go on from.

A node goes on from the state of the node that is like it (graph.likeness) in the parent package. What is not like
anything there is refused, with what differs. Knows packages only as what they say of themselves.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from graphbuild.contract.component import CHECK, STATE, Operation, Signature
from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, RecipeError
from graphbuild.graph.expand import static_digest
from graphbuild.graph.graph import Graph, GraphNode, NodeId, Origin
from graphbuild.graph.likeness import Described, Step

_AGAIN = "train without --finetune"
_LONGEST = 60


@dataclass(frozen=True)
class Parent:
    """What a package says of itself: where it came from, its states, and the manifests of what made them."""

    name: str
    origin: Origin
    states: Mapping[str, tuple[str, Digest]]
    """Train node -> type and digest of the state that is kept."""
    steps: Mapping[str, Step]
    """All nodes of the build that made it."""


def started(graph: Graph, parent: Parent, epoch_fraction: float, project: Path) -> Graph:
    """The graph with starts from a parent, its trainings `epoch_fraction` times as long.

    Raises RecipeError with every node that finds nothing to go on from, and why.
    """
    mine = Described.of_graph(graph, project)
    starting = [node for node in graph.nodes.values() if node.id in mine.starting]
    facts = (("model", parent.name),)
    if not starting:
        hint = f"`graphbuild components NAME` says which components can; {_AGAIN}"
        raise RecipeError(Problem("nothing that is trained here can go on from an earlier training", None, facts, hint))
    theirs = mine.others(parent.steps)
    likes = {theirs.likeness(node_id): node_id for node_id in parent.states}
    found = {node.id: likes.get(mine.likeness(node.id)) for node in starting}
    lacking = [node for node in starting if found[node.id] is None]
    if lacking:
        raise RecipeError(list(_refusals(graph, lacking, mine, theirs, parent)))
    starts = {node_id: parent.states[like] for node_id, like in found.items() if like is not None}
    wrong = [
        Problem(
            f"the state of `{node.name}` in the model is {starts[node.id][0]}, and this release has {_type(node)}",
            node.location,
            facts,
            _AGAIN,
        )
        for node in starting
        if starts[node.id][0] != _type(node)
    ]
    if wrong:
        raise RecipeError(wrong)
    nodes = {
        node_id: _started(node, starts[node_id][1], mine.rounds(node_id), epoch_fraction) if node_id in starts else node
        for node_id, node in graph.nodes.items()
    }
    for node_id in starts:
        if (check := _check(nodes[node_id], mine.fits(node_id))) is not None:
            nodes[check.id] = check
    return replace(graph, nodes=nodes, parent=replace(parent.origin, epoch_fraction=epoch_fraction))


def _check(node: GraphNode, declared: Signature | None) -> GraphNode | None:
    """The node that tells before anything trains whether a training can go on; None where that cannot be told."""
    if declared is None:
        return None
    inputs = tuple(edge for edge in node.inputs if edge.port in declared.inputs)
    if any(not port.optional and name not in {edge.port for edge in inputs} for name, port in declared.inputs.items()):
        return None
    counted = {name: value for name, value in node.options.items() if name not in node.hidden}
    return replace(
        node,
        id=NodeId(f"{node.name}:{Operation.FITS}"),
        operation=Operation.FITS,
        kind=CHECK,
        inputs=inputs,
        outputs={port: kind.type_name for port, kind in declared.outputs.items()},
        static=static_digest(node.facts, Operation.FITS, counted, None),
    )


def _type(node: GraphNode) -> str:
    return node.outputs[STATE]


def _started(node: GraphNode, start: Digest, rounds: Iterable[str], fraction: float) -> GraphNode:
    shorter = {name: _rounds(node.options[name], fraction) for name in rounds}
    options = {**node.options, **shorter}
    counted = {name: value for name, value in options.items() if name not in node.hidden}
    static = static_digest(node.facts, node.operation, counted, None)
    return replace(node, options=options, static=static, start=start)


def _rounds(given: int, fraction: float) -> int:
    """Rounded up, at least one. Of the fraction as it was written: 100 times 0.07 is 7."""
    return max(math.ceil(given * Decimal(repr(fraction))), 1)


def _refusals(
    graph: Graph, lacking: list[GraphNode], mine: Described, theirs: Described, parent: Parent
) -> Iterator[Problem]:
    """Why nodes find nothing to go on from: other components, other options, or other inputs."""
    facts = (("model", parent.name),)
    made = {theirs.likeness(name) for name in theirs.steps}
    for node in lacking:
        if mine.likeness(node.id) in made:
            what = f"the model does not hold the state of `{node.name}`, as nothing in it uses that state"
            yield Problem(what, node.location, facts, _AGAIN)
    lacking = [node for node in lacking if mine.likeness(node.id) not in made]
    if not lacking:
        return
    then = theirs.above(theirs.starting)
    if not theirs.starting:
        names = ", ".join(dict.fromkeys(f"`{node.name}`" for node in lacking))
        what = f"the model has no state that {names} could go on from"
        yield Problem(what, None, facts, f"name a model that was trained with them, or {_AGAIN}")
        return
    now = mine.above(mine.starting)
    added, removed = _apart(mine.components(now), theirs.components(then))
    if added or removed:
        words = [*(f"`{one}` was added" for one in added), *(f"`{one}` was removed" for one in removed)]
        place = next((graph.nodes[NodeId(name)].location for name in now if mine.steps[name].component in added), None)
        yield Problem(
            f"a fine-tuning needs the components that the model has: {', '.join(words)}", place, facts, _AGAIN
        )
        return
    problems = list(_options(graph, now, then, mine, theirs, facts))
    for node in lacking if not problems else ():
        what = f"`{node.name}` gets other inputs, or in another order, than it had in the model"
        problems.append(Problem(what, node.location, facts, _AGAIN))
    yield from problems


def _apart(now: Counter[str], then: Counter[str]) -> tuple[list[str], list[str]]:
    return sorted((now - then).elements()), sorted((then - now).elements())


def _options(
    graph: Graph,
    now: list[str],
    then: list[str],
    mine: Described,
    theirs: Described,
    facts: tuple[tuple[str, str], ...],
) -> Iterator[Problem]:
    """Options that changed, node by node, those of one component in order."""
    told = set()
    for name in now:
        node = graph.nodes[NodeId(name)]
        like = _counterpart(name, now, then, mine, theirs)
        if like is None or node.name in told:
            continue
        told.add(node.name)
        before, after = theirs.config(like), mine.config(name)
        for option in sorted({*before, *after}):
            old, new = (_text(one.get(option)) for one in (before, after))
            if old != new:
                place = node.places.get(option, node.location)
                what = f"a fine-tuning needs the options that the model has: `{option}` of `{node.uses}` changed"
                yield Problem(what, place, (("then", _short(old)), ("now", _short(new)), *facts), _AGAIN)


def _counterpart(name: str, now: list[str], then: list[str], mine: Described, theirs: Described) -> str | None:
    """The node that stood where this one stands: of the same name, else the same of its component in order."""
    step = mine.steps[name]

    def same(described: Described, names: list[str]) -> list[str]:
        key = (step.component, step.operation)
        return [one for one in names if (described.steps[one].component, described.steps[one].operation) == key]

    others = same(theirs, then)
    place = same(mine, now).index(name)
    return name if name in others else others[place] if place < len(others) else None


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
