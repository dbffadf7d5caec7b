"""Graph: the compiled DAG as plain immutable data. Made by `graph.compile`, kept in the store, read without networkx.

Only structure: what happened in a build lives in the plan and the result, keyed by node id (n2's habit).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NewType

from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import Operation
from graphbuild.errors import Location, Problem

NodeId = NewType("NodeId", str)
"""`diet:train`, `diet:apply`, `domain`, `training_file@data/nlu.yml`."""


@dataclass(frozen=True)
class Edge:
    """One producer of an input port."""

    port: str
    node: NodeId
    output: str


@dataclass(frozen=True)
class SourceSpec:
    """Files that a node reads: relative to the project, sorted. A tree has a root, one file none."""

    port: str
    files: tuple[str, ...]
    root: str | None = None


@dataclass(frozen=True)
class GraphNode:
    """One action to be: an operation of a component, its configuration, where its inputs come from."""

    id: NodeId
    name: str
    """The recipe's node."""
    operation: Operation
    kind: str
    uses: str
    reference: str
    version: int
    options: Mapping[str, Any]
    """With defaults filled in; includes display-only ones."""
    given: Mapping[str, Any]
    """As the recipe wrote them."""
    inputs: tuple[Edge, ...]
    source: SourceSpec | None
    outputs: Mapping[str, str]
    """Port -> name of the artifact type."""
    facts: Mapping[str, Any]
    """The part of the action manifest that all nodes of the component share: versions, code, toolchain, seed."""
    static: Digest
    """Digest of the manifest's static part: `facts`, the operation, the configuration that counts."""
    hidden: frozenset[str] = frozenset()
    """Display-only options: no part of the manifest."""
    waits: bool = False
    mentions: bool = False
    """Whether its source may mention environment variables and other files."""
    remembers: str | None = None
    """The input port whose rows it treats one by one, where their results are remembered."""
    location: Location | None = None
    places: Mapping[str, Location] = field(default_factory=dict)
    """Where options stand in the recipe: "epochs" -> place."""
    start: Digest | None = None
    """The state of an earlier training that it goes on from, out of the parent package."""


@dataclass(frozen=True)
class Binding:
    """An input of a predict node: an artifact made while building, or a value given at run time."""

    port: str
    node: NodeId | None
    output: str
    runtime: str | None = None


@dataclass(frozen=True)
class PredictNode:
    """One step of using the finished package: `apply` with the state bound."""

    id: NodeId
    name: str
    kind: str
    uses: str
    options: Mapping[str, Any]
    """Without those that only its training has a use for."""
    state: NodeId | None
    """The train node whose state it uses."""
    inputs: tuple[Binding, ...]
    outputs: Mapping[str, str]
    code: Digest | None = None
    """Of a component that was named by its module: its code version, for it is loaded from elsewhere again."""


@dataclass(frozen=True)
class Origin:
    """The package that a fine-tuning goes on from, and how much is trained."""

    digest: Digest
    """Of the file."""
    key: str
    """The package key."""
    epoch_fraction: float = 1.0


@dataclass(frozen=True)
class Variant:
    """One of the recipes whose nodes a graph holds together."""

    values: tuple[Any, ...]
    """What it has for each of `Graph.axes`."""
    ends: tuple[NodeId, ...]
    """Its nodes that no other of its nodes needs."""


@dataclass(frozen=True)
class Graph:
    """The train graph in topological order, the predict graph derived from it, and the targets."""

    label: str
    nodes: Mapping[NodeId, GraphNode]
    predict: Mapping[NodeId, PredictNode]
    targets: tuple[NodeId, ...]
    """Train nodes (or others) whose outputs the package keeps."""
    kept: tuple[tuple[NodeId, str], ...]
    """Every (node, output port) that the package must hold: states, and artifacts bound into the predict graph."""
    code: Mapping[Digest, Mapping[str, Digest]] = field(default_factory=dict)
    """Code version -> module -> digest, so that a reason can name the module that changed."""
    language: str | None = None
    is_package: bool = True
    """Whether target groups were asked for, and not only single nodes, which make no package."""
    refused: tuple[Problem, ...] = ()
    """What is there and is not read, where that was let pass: of a check of everything it is one finding of many."""
    notices: tuple[Problem, ...] = ()
    """What was read in the recipe otherwise than it is written."""
    parent: Origin | None = None
    """Of a fine-tuning."""
    holds: tuple[str, ...] = ()
    """What files of the project hold, by name, where that was looked at (Component.holds)."""
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Target groups that are not made with the others -> what no file holds that they would be made of."""
    part: str | None = None
    """The one target group that is left then, if it is one."""
    axes: tuple[str, ...] = ()
    """Of a graph of variants: the options and variables that differ, as the matrix names them."""
    variants: tuple[Variant, ...] = ()

    def needed(self, ends: Iterable[NodeId]) -> set[NodeId]:
        """Some nodes and all that they need."""
        found = set(ends)
        queue = list(found)
        for node_id in queue:
            new = {edge.node for edge in self.nodes[node_id].inputs} - found
            found |= new
            queue.extend(new)
        return found
