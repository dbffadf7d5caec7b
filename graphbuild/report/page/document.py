"""The page's data: one JSON document made of a graph and of what is known of its nodes. Pure.

Nodes name each other by their places in a list. What many nodes share (options, what components say of themselves,
looks of kinds) is written once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graphbuild.errors import Location, Problem
from graphbuild.graph.graph import Graph, GraphNode, NodeId
from graphbuild.plan.decision import Reason
from graphbuild.report.boxes import boxes_of
from graphbuild.report.comparison import Comparison
from graphbuild.report.kinds import PACKAGE, look_of
from graphbuild.report.page.facts import BuildFacts, ComponentFacts, NodeFacts
from graphbuild.report.page.groups import TITLES, Group, groups_of

Plain = dict[str, Any]
_LIMIT = 4_000
"""Characters of one option or log that are shown: an assistant may have a table of thousands among its options."""


def page_document(
    graph: Graph,
    facts: BuildFacts,
    components: Mapping[str, ComponentFacts] | None = None,
    comparison: Comparison | None = None,
) -> Plain:
    """What the page shows. `components`: by the name that `uses` says. With a comparison `graph` is that of both."""
    places = {node_id: place for place, node_id in enumerate(graph.nodes)}
    groups = groups_of(graph)
    options = _Table()
    targets = set(graph.targets)
    nodes = [
        _node(node, groups[node.id], places, options, is_target=node.id in targets) for node in graph.nodes.values()
    ]
    told: list[Plain | None] = [_facts(facts.nodes.get(node_id)) for node_id in graph.nodes]
    if graph.kept and not graph.variants:
        nodes.append(_package(graph, places))
        told.append(None)
    kinds = dict.fromkeys(node["kind"] for node in nodes)
    used = dict.fromkeys(node.uses for node in graph.nodes.values())
    return {
        "label": graph.label,
        "language": graph.language,
        "told": facts.told.value,
        "build": _build(facts, places),
        "kinds": {kind: _look(kind) for kind in kinds},
        "groups": [{"id": one.value, "title": TITLES[one]} for one in Group],
        "components": {uses: _component(one) for uses in used if (one := (components or {}).get(uses)) is not None},
        "options": options.rows,
        "nodes": nodes,
        "facts": told,
        "variants": len(graph.variants),
        "stacks": [[places[one] for one in box.members] for box in boxes_of(graph)[0].values() if box.is_stack],
        "comparison": _comparison(comparison, graph, places) if comparison is not None else None,
    }


def _node(node: GraphNode, group: Group, places: Mapping[NodeId, int], options: _Table, *, is_target: bool) -> Plain:
    plain: Plain = {
        "id": node.id,
        "name": node.name,
        "operation": node.operation.value,
        "kind": node.kind if not (node.kind == "importer" and node.inputs) else "merge",
        "group": group.value,
        "uses": node.uses,
        "inputs": [[one.port, places[one.node], one.output] for one in node.inputs if one.node in places],
        "outputs": dict(node.outputs),
    }
    if node.options:
        plain["options"] = options.add({name: _shown(value) for name, value in node.options.items()})
    if node.given:
        plain["given"] = sorted(node.given)
    if node.hidden:
        plain["hidden"] = sorted(node.hidden)
    if node.source is not None:
        plain["files"] = list(node.source.files)
    if is_target:
        plain["target"] = True
    if node.location is not None:
        plain["place"] = _place(node.location)
    return plain


def _package(graph: Graph, places: Mapping[NodeId, int]) -> Plain:
    """The box at the end: what the package keeps."""
    return {
        "id": PACKAGE,
        "name": PACKAGE,
        "operation": PACKAGE,
        "kind": PACKAGE,
        "group": Group.PACKAGE.value,
        "uses": "",
        "inputs": [[port, places[node_id], port] for node_id, port in graph.kept if node_id in places],
        "outputs": {},
    }


def _look(kind: str) -> Plain:
    look = look_of(kind)
    return {"shape": look.shape.value, "icon": look.icon, "hue": look.hue}


def _component(facts: ComponentFacts) -> Plain:
    defaults = {name: _shown(value) for name, value in facts.defaults.items()}
    return {"says": facts.says, "defaults": defaults, "help": dict(facts.help)}


def _build(facts: BuildFacts, places: Mapping[NodeId, int]) -> Plain:
    return {
        "name": facts.name,
        "started": facts.started,
        "wall_s": facts.wall_s,
        "critical_s": facts.critical_s,
        "critical": [places[one] for one in facts.critical if one in places],
    }


def _facts(facts: NodeFacts | None) -> Plain | None:
    if facts is None:
        return None
    found: Plain = {
        "reasons": [reason_row(one) for one in facts.reasons],
        "seconds": round(facts.seconds, 6) if facts.seconds is not None else None,
        "earlier": [[when, round(seconds, 6)] for when, seconds in facts.earlier],
        "key": facts.key,
        "made": {port: [one.digest, one.size] for port, one in facts.outputs.items()},
        "problems": [problem_row(one) for one in facts.problems],
        "rows": facts.rows,
        "began_s": round(facts.began_s, 3) if facts.began_s is not None else None,
        "log": facts.log[-_LIMIT:] if facts.log is not None else None,
    }
    return {"outcome": facts.outcome, **{name: value for name, value in found.items() if value not in (None, [], {})}}


def _comparison(comparison: Comparison, graph: Graph, places: Mapping[NodeId, int]) -> Plain:
    return {
        "name": comparison.name,
        "changes": [comparison.changes[node_id].value for node_id in graph.nodes],
        "reasons": {places[one]: [reason_row(reason) for reason in found] for one, found in comparison.reasons.items()},
        **{
            word: [[places[node_id], one.port, places[one.node], one.output] for node_id, one in sorted(edges, key=str)]
            for word, edges in (("added", comparison.added), ("removed", comparison.removed))
        },
    }


def reason_row(reason: Reason) -> Plain:
    """A reason as the page has it."""
    where = f"{reason.path}:{reason.line}" if reason.path and reason.line else reason.path
    return {"kind": reason.kind.value, "detail": reason.detail, **({"place": where} if where else {})}


def problem_row(problem: Problem) -> Plain:
    """A problem as the page has it."""
    return {
        "what": problem.what,
        **({"place": _place(problem.location)} if problem.location is not None else {}),
        **({"hint": problem.hint} if problem.hint else {}),
        **({"facts": [[name, _cut(value)] for name, value in problem.facts]} if problem.facts else {}),
    }


def _place(location: Location) -> str:
    return f"{location.path}:{location.line}" if location.line else location.path


def _shown(value: object) -> str:
    return _cut(json.dumps(value, ensure_ascii=False, default=str))


def _cut(text: str) -> str:
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}\u2026"


class _Table:
    """Rows kept once."""

    def __init__(self) -> None:
        self.rows: list[Plain] = []
        self._known: dict[str, int] = {}

    def add(self, row: Plain) -> int:
        """The place of a row."""
        key = json.dumps(row)
        if key not in self._known:
            self._known[key] = len(self.rows)
            self.rows.append(row)
        return self._known[key]
