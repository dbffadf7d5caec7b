"""Decisions and their reasons: the words in which plan, explain, dry run, progress and --json speak.

Three answers, as in redo: HIT, RUN, or PENDING (an input is not known until something upstream has run).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from graphbuild.contract.digest import Digest


class Verdict(enum.StrEnum):
    """What is to become of a node."""

    HIT = "hit"
    RUN = "run"
    PENDING = "pending"


class ReasonKind(enum.StrEnum):
    """Why a node runs."""

    NEW = "new"
    """It was never built here."""
    CONFIG = "config"
    """A configuration field changed."""
    CODE = "code"
    """A module that the component reaches changed."""
    INPUT = "input"
    """An input port has another artifact, or other producers."""
    SOURCE = "source"
    """A source file changed, was added or removed."""
    TOOLCHAIN = "toolchain"
    """A declared package, Python or the machine changed."""
    SEED = "seed"
    COMPONENT = "component"
    """Another component, or another version of it."""
    FORMAT = "format"
    """The encoding of action keys changed."""
    FORCED = "forced"
    LOST = "lost"
    """The result is known, but a blob of it is gone or damaged."""
    UPSTREAM = "upstream"
    """Pending: something that it needs runs first."""
    FAILED = "failed"
    """Skipped: something that it needs failed."""
    STOPPED = "stopped"
    """Skipped: the build ended before its turn."""


class Change(enum.StrEnum):
    """What happened to what a reason is about, where that is more than a change."""

    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Reason:
    """One reason: the words, and the place where there is one."""

    kind: ReasonKind
    detail: str
    path: str | None = None
    line: int | None = None
    subject: str | None = None
    """The option, module, input port or package that it is about."""
    change: Change | None = None
    """Of a record of data, a producer of an input or a module: whether it came or went."""

    @property
    def is_change_of_input(self) -> bool:
        """Whether it follows from what changed further upstream."""
        return self.kind in (ReasonKind.INPUT, ReasonKind.UPSTREAM) and self.change is None


@dataclass(frozen=True)
class Decision:
    """The answer for one node."""

    verdict: Verdict
    key: Digest | None = None
    """Known unless PENDING."""
    outputs: Mapping[str, Digest] | None = None
    """Known for HIT."""
    reasons: tuple[Reason, ...] = ()
    expected_s: float | None = None
    """How long it took last time."""

    @property
    def is_forced(self) -> bool:
        """Whether everything is to be computed anew."""
        return any(reason.kind is ReasonKind.FORCED for reason in self.reasons)
