"""BuildResult: what became of every node."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem
from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Reason
from graphbuild.plan.plan import Plan

if TYPE_CHECKING:
    from graphbuild.execution.task import Performed


class Outcome(enum.StrEnum):
    """What became of a node."""

    HIT = "hit"
    RUN = "run"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class RowsComputed:
    """How many rows of an input a node had to compute: the results of the others were remembered."""

    computed: int
    total: int
    what: str
    """The input port: `messages`."""

    def __str__(self) -> str:
        return f"{self.computed:,} of {self.total:,} {self.what}"


@dataclass(frozen=True)
class NodeResult:
    """One node of a finished build."""

    outcome: Outcome
    key: Digest | None
    outputs: Mapping[str, Digest]
    seconds: float
    reasons: tuple[Reason, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_bad_input: bool = False
    """Whether it failed for what the user's files or recipe say."""
    rows: RowsComputed | None = None
    """Of a node that ran and remembers its rows."""
    performed: Performed | None = None
    """Where and when it ran, and what it said, where its worker lived to tell."""


@dataclass(frozen=True)
class BuildResult:
    """A finished build: every node of the plan with its outcome."""

    plan: Plan
    nodes: Mapping[NodeId, NodeResult]
    wall_s: float
    interrupted: bool = False
    diverged: tuple[NodeId, ...] = field(default=())
    cut_off: frozenset[NodeId] = frozenset()
    """Hits that had to wait for what ran before them, and whose inputs came out as they were at the last build."""

    @property
    def succeeded(self) -> bool:
        """Whether every node has its outputs."""
        return not self.interrupted and all(node.outcome in (Outcome.HIT, Outcome.RUN) for node in self.nodes.values())
