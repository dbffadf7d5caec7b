"""BuildRecord: a build that is over, as plain data: what it was for, what became of every node and why.

Made by `history.write`, kept in the store, read by `history.read`. Enough to draw the graph again and to say why
anything ran, with nothing compiled and the files of the project changed or gone. docs/inspecting.md.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import Operation
from graphbuild.errors import Problem
from graphbuild.graph.graph import Edge, Graph, NodeId
from graphbuild.plan.decision import Reason


class Ending(enum.StrEnum):
    """What became of a node in a build."""

    RUN = "run"
    CUT_OFF = "cutoff"
    """Something that it needs ran, and made what it had made before: early cutoff."""
    HIT = "hit"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Output:
    """What a node made at one port."""

    digest: Digest
    type: str
    """Name of the artifact type."""
    size: int | None = None
    """In bytes; None where the store no longer has it."""


@dataclass(frozen=True)
class Span:
    """When and where a node ran. Seconds after the build began."""

    began_s: float
    ended_s: float
    worker: str
    """The process that it ran in, and its thread where that was not the main one."""
    phases: tuple[tuple[str, float], ...] = ()
    """What it did, one after the other, and when each part ended."""


@dataclass(frozen=True)
class NodeRecord:
    """One node of a build."""

    id: NodeId
    name: str
    """The recipe's node."""
    uses: str
    """Its component."""
    kind: str
    operation: Operation
    ending: Ending
    key: Digest | None
    """The action key; None where it was never known, because the node was skipped."""
    outputs: Mapping[str, Output]
    """By port; empty where it has none, because it failed or was skipped."""
    inputs: tuple[Edge, ...]
    config: Mapping[str, Any]
    """The options that count, with defaults filled in."""
    files: tuple[str, ...]
    """What it reads, relative to the project."""
    seconds: float = 0.0
    """In this build; 0 where it did not run."""
    reasons: tuple[Reason, ...] = ()
    """Why it ran or was skipped, with the records of data that changed."""
    problems: tuple[Problem, ...] = ()
    rows: str | None = None
    """How many rows it computed, of a node that remembers them: `1 of 20,000 messages`."""
    span: Span | None = None
    """Of one that ran, where that was recorded."""
    said: str | None = None
    """The end of what it wrote to its standard output and error."""


@dataclass(frozen=True)
class Occasion:
    """What a build was for, and what it came to, beside its nodes."""

    started: str
    """In ISO 8601, with the offset of the clock where it ran."""
    wall_s: float
    recipe: str
    """A path relative to the project, or recipe:NAME."""
    purpose: str
    """What the graph was for, where that is not the recipe's own targets."""
    targets: tuple[str, ...]
    """Target groups or nodes that were asked for; empty for the recipe's default."""
    variables: Mapping[str, Any]
    """Overrides of the recipe's variables."""
    code: int
    """The exit code."""
    package: str | None
    """The path of the package that holds the result."""
    is_new_package: bool
    """Whether this build wrote it."""
    problems: tuple[Problem, ...]
    remote: Mapping[str, Any] | None = field(default=None, kw_only=True)
    """What was had from a remote store and sent there; None where nothing was."""


@dataclass(frozen=True)
class BuildHead(Occasion):
    """A build without its nodes: what a list of builds shows."""

    id: str
    """`20261121-201722-417c3f`: when it began in UTC, to the millisecond, and three figures of a digest."""
    counts: Mapping[Ending, int]
    """How many nodes ended so; those that no node did are left out."""
    graph_digest: Digest
    """Equal for builds of the very same graph."""


@dataclass(frozen=True)
class BuildRecord(BuildHead):
    """A build with its nodes, in topological order, and its graph."""

    graph: Graph = field(default_factory=lambda: Graph("", {}, {}, (), ()))
    nodes: Mapping[NodeId, NodeRecord] = field(default_factory=dict)
