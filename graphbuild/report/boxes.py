"""What a diagram draws: a box for a node, one for a whole fan of importers over many files; and edges between boxes.

Of a graph of variants what a node became in each of them is one box, so that it looks like the recipe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphbuild.contract.operation import Operation
from graphbuild.graph.graph import Graph, GraphNode, NodeId

Paint = Mapping[NodeId, str]
"""Node -> a word such as hit, run, failed."""
STACK = 8
"""So many files of one importer are drawn one by one; more are drawn as a stack."""
_WORDS = ("failed", "run", "pending", "removed", "added", "changed", "skipped", "cutoff", "hit", "same")
"""What a stack is painted as: the first of these that one of it is."""


@dataclass(frozen=True)
class Box:
    """A node, or a stack of nodes."""

    node: GraphNode
    """The node, or the first of the stack."""
    members: tuple[NodeId, ...]
    is_target: bool
    are_variants: bool = False

    @property
    def id(self) -> NodeId:
        """The name of the box in edges."""
        return self.node.id

    @property
    def is_stack(self) -> bool:
        """Whether it stands for several nodes."""
        return len(self.members) > 1

    @property
    def label(self) -> str:
        """What is written on it."""
        if self.are_variants and self.is_stack:
            return f"{_base(self.node)} \u00d7 {len(self.members)}"
        return f"{self.node.name}: {len(self.members)} files" if self.is_stack else self.node.id

    def outcome(self, paint: Paint | None) -> str | None:
        """The word that it is painted by."""
        words = {(paint or {}).get(member) for member in self.members}
        return next((word for word in _WORDS if word in words), None)

    def told(self, paint: Paint | None) -> str:
        """The outcome in words, with a number where only a part of a stack has it."""
        word = self.outcome(paint)
        if word is None:
            return ""
        count = sum((paint or {}).get(member) == word for member in self.members)
        return word if count == len(self.members) else f"{count} {word}"


def boxes_of(graph: Graph) -> tuple[dict[NodeId, Box], list[tuple[NodeId, NodeId]]]:
    """Boxes by id, in the order of a build, and the edges between them, each once."""
    fans: dict[str, list[GraphNode]] = {}
    for node in graph.nodes.values():
        is_fan = node.source is not None and not node.inputs
        alone = f"\0{_base(node) if graph.variants else node.id}"
        fans.setdefault(f"{node.name}\0{node.operation}" if is_fan else alone, []).append(node)
    boxes: dict[NodeId, Box] = {}
    home: dict[NodeId, NodeId] = {}
    targets = set(graph.targets)
    for key, fan in fans.items():
        are_variants = bool(graph.variants) and key.startswith("\0")
        for group in [fan] if len(fan) > STACK or are_variants else [[node] for node in fan]:
            members = tuple(node.id for node in group)
            boxes[members[0]] = Box(group[0], members, not targets.isdisjoint(members), are_variants)
            home.update(dict.fromkeys(members, members[0]))
    edges = {(home[one.node], home[node.id]): None for node in graph.nodes.values() for one in node.inputs}
    order = {node_id: place for place, node_id in enumerate(graph.nodes)}
    return {one: boxes[one] for one in sorted(boxes, key=order.__getitem__)}, list(edges)


def target_words(graph: Graph) -> str:
    """What the mark of a target means."""
    return "kept in the package" if not graph.variants else "a target: of variants no package is written"


def _base(node: GraphNode) -> str:
    """The id of a node of variants without their values."""
    return node.name if node.operation is Operation.IMPORT else f"{node.name}:{node.operation}"
