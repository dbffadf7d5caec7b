"""The stages of a build, as events: what it does beside running nodes, and what it came to in the end.

On the path of a build with nothing to do: named tuples, for frozen dataclasses take ten times as long to declare.
"""

from __future__ import annotations

import contextlib
import enum
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from graphbuild.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from graphbuild.execution.result import BuildResult

_START = time.time() - time.perf_counter()


def now() -> float:
    """Unix time in seconds that never goes back in one process."""
    return _START + time.perf_counter()


class Stage(enum.StrEnum):
    """What a build does, one after the other; some are within others."""

    OPEN = "open"
    """The store is opened and the graph is taken from it, or compiled."""
    RECIPE = "read recipe"
    COMPILE = "compile"
    PLAN = "plan"
    SOURCES = "hash sources"
    RUN = "run"
    PACKAGE = "package"


class StageEnded(NamedTuple):
    """A stage is over, also where it failed or was interrupted. Times are of `now`."""

    stage: Stage
    began_at: float
    ended_at: float


class BuildEnded(NamedTuple):
    """A build is over, also one that failed, was interrupted, or had nothing to do."""

    result: BuildResult
    code: ExitCode
    model: Path | None
    is_new: bool
    """Whether the package was written by this build."""
    wall_s: float


StageEvent = StageEnded | BuildEnded
StageListener = Callable[[StageEvent], None]


@contextlib.contextmanager
def told(stage: Stage, listener: StageListener | None) -> Iterator[None]:
    """A stage that a listener hears of, if there is one."""
    began_at = now()
    try:
        yield
    finally:
        if listener is not None:
            listener(StageEnded(stage, began_at, now()))
