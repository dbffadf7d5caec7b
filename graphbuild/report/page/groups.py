"""Which part of the picture a node belongs to: importers, NLU, dialogue, checks, other steps. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from graphbuild.contract.operation import CHECK, Operation
from graphbuild.graph.graph import Graph, GraphNode, NodeId


class Group(enum.StrEnum):
    """A part of the picture, in the order in which they are drawn."""

    IMPORTERS = "importers"
    """They read files and merge what was read; nothing before them."""
    NLU = "nlu"
    DIALOGUE = "dialogue"
    STEPS = "steps"
    """What is neither: commands, evaluations, components of other kinds."""
    CHECKS = "checks"
    PACKAGE = "package"


TITLES: Mapping[Group, str] = {
    Group.IMPORTERS: "Importers",
    Group.NLU: "NLU",
    Group.DIALOGUE: "Dialogue",
    Group.STEPS: "Steps",
    Group.CHECKS: "Checks",
    Group.PACKAGE: "Package",
}
_OF_KINDS = {
    **dict.fromkeys(("tokenizer", "classifier", "extractor", "selector", "parser", "model"), Group.NLU),
    **dict.fromkeys(("trackers", "policy", "ensemble"), Group.DIALOGUE),
}
_OF_EITHER = "featurizer"
"""A kind of both halves: of dialogues where something that it needs is."""


def groups_of(graph: Graph) -> dict[NodeId, Group]:
    """The group of every node."""
    checks = _mere_checks(graph)
    groups: dict[NodeId, Group] = {}
    for node in graph.nodes.values():
        groups[node.id] = Group.CHECKS if node.id in checks else _group(node, [groups[one.node] for one in node.inputs])
    return groups


def _group(node: GraphNode, before: list[Group]) -> Group:
    if node.operation is Operation.IMPORT and all(one is Group.IMPORTERS for one in before):
        return Group.IMPORTERS
    if node.kind in _OF_KINDS:
        return _OF_KINDS[node.kind]
    if Group.DIALOGUE in before:
        return Group.DIALOGUE
    return Group.NLU if node.kind == _OF_EITHER or Group.NLU in before else Group.STEPS


def _mere_checks(graph: Graph) -> set[NodeId]:
    """Checks that nothing else needs: those that are needed stand with what needs them."""
    checks = {node.id for node in graph.nodes.values() if node.kind == CHECK}
    for node in reversed(list(graph.nodes.values())):
        if node.id not in checks:
            checks.difference_update(one.node for one in node.inputs)
    return checks
