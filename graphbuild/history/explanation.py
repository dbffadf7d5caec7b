"""Explanation: what is told of one node: what would become of it and why, why it ran, or why it did not. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphbuild.graph.graph import Edge, NodeId
from graphbuild.history.record import BuildHead, Ending
from graphbuild.plan.causes import Chain
from graphbuild.plan.decision import Decision, Reason


@dataclass(frozen=True)
class Dependence:
    """What the result of a node depends on."""

    inputs: tuple[Edge, ...]
    options: int
    """How many options count."""
    modules: int
    """How many modules its component reaches."""
    toolchain: Mapping[str, str]
    files: tuple[str, ...]
    """All that it or anything upstream of it reads."""


@dataclass(frozen=True)
class Steadiness:
    """Since when nothing that a node depends on has changed."""

    since: BuildHead
    """The first of the builds, without a break, in which it was the action that it is."""
    builds: int
    """How many builds have been recorded after that one."""


@dataclass(frozen=True)
class CutOff:
    """Where a change ended: a node that changed, and an output of it that did not."""

    node: NodeId
    output: str


@dataclass(frozen=True)
class InBuild:
    """What became of a node in one earlier build, and why."""

    build: BuildHead
    before: BuildHead | None
    """The build that it is compared with: the nearest earlier one in which the node has a result."""
    ending: Ending
    reasons: tuple[Reason, ...]
    """Why it ran or was skipped."""
    chains: tuple[Chain, ...] = ()
    changed: tuple[tuple[NodeId, tuple[Reason, ...]], ...] = ()
    """Upstream nodes that changed first in that build, with what changed at them."""
    records: tuple[Reason, ...] = ()
    """Records of data that came or went in that build."""
    cut_off: tuple[CutOff, ...] = ()
    """Where these changes ended before they came to the node."""


@dataclass(frozen=True)
class Explanation:
    """One node: what would become of it and why, and why it ran the last time."""

    node: NodeId
    decision: Decision
    records: tuple[Reason, ...]
    """Records of data behind changed inputs."""
    own: tuple[Reason, ...] = ()
    """What changed at the node itself, where an input of it is not known yet; of one that is up to date, all that
    changed at it since the last build."""
    chains: tuple[Chain, ...] = ()
    """From its changed inputs to what changed first."""
    last_reasons: tuple[Reason, ...] = ()
    last_chains: tuple[Chain, ...] = ()
    last_run: str | None = None
    """When it last ran here, in ISO 8601."""
    last_rows: str | None = None
    """How many rows it had to compute then, of a node that remembers them: `1 of 20,000 messages`."""
    goes_on: tuple[int, int] | None = None
    """Of a node that would run: the epoch that its training had come to when it was broken off, and of how many."""
    depends: Dependence | None = None
    """Of a node that is up to date."""
    steady: Steadiness | None = None
    in_build: InBuild | None = None
    """Where an earlier build was asked about."""
