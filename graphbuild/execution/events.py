"""Events: frozen facts that execution emits while it runs. Reports listen; nothing here prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphbuild.errors import Problem
from graphbuild.execution.stages import StageEvent
from graphbuild.execution.task import Performed
from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Decision
from graphbuild.plan.plan import Plan
from graphbuild.store.interface import Holder


@dataclass(frozen=True)
class BuildStarted:
    """The plan is made; what it says may now be run."""

    plan: Plan
    jobs: int = 1
    """How many actions run at a time at most."""


@dataclass(frozen=True)
class NodeStarted:
    """An action begins."""

    node: NodeId
    decision: Decision


@dataclass(frozen=True)
class NodeProgress:
    """A long action goes on: `done` of `total` steps (epochs), with facts such as the loss."""

    node: NodeId
    done: int
    total: int
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeResumed:
    """An action goes on from a checkpoint: `done` of `total` steps (epochs) were taken before it was killed."""

    node: NodeId
    done: int
    total: int


@dataclass(frozen=True)
class NodeWaiting:
    """Another build runs the same action; its result will be used."""

    node: NodeId
    holder: Holder


@dataclass(frozen=True)
class NodeFinished:
    """A node has its outputs: it ran, or turned out to be a hit (`ran` is False)."""

    node: NodeId
    ran: bool
    seconds: float
    decision: Decision
    performed: Performed | None = None
    """Of one that ran."""


@dataclass(frozen=True)
class NodeDiverged:
    """An action made other bytes than before from the same inputs; the first result is kept."""

    node: NodeId


@dataclass(frozen=True)
class NodeFailed:
    """An action failed."""

    node: NodeId
    problems: tuple[Problem, ...]
    performed: Performed | None = None
    """None where the worker did not live to tell."""


@dataclass(frozen=True)
class NodeSkipped:
    """A node cannot run because something that it needs failed."""

    node: NodeId
    because: NodeId


@dataclass(frozen=True)
class BlobHealed:
    """A blob that had been missing or damaged is made again."""

    node: NodeId


@dataclass(frozen=True)
class PackageWritten:
    """There is a new package."""

    path: Path


@dataclass(frozen=True)
class StoreCollected:
    """The store was over its limit, and what became of that."""

    told: str


@dataclass(frozen=True)
class RemoteWaited:
    """The build is done, and waits until what it made has been sent to the remote store: `done` of `total` results."""

    done: int
    total: int


@dataclass(frozen=True)
class RemoteEnded:
    """What a build had from a remote store and sent there, what was refused, and what went wrong: all of it."""

    told: Mapping[str, Any]


Event = (
    BuildStarted
    | NodeStarted
    | NodeProgress
    | NodeResumed
    | NodeWaiting
    | NodeFinished
    | NodeDiverged
    | NodeFailed
    | NodeSkipped
    | BlobHealed
    | PackageWritten
    | StoreCollected
    | RemoteWaited
    | RemoteEnded
    | StageEvent
)
Listener = Callable[[Event], None]
