"""What is measured while a task is performed: its phases always, its memory and its calls where that is asked for.

Knows nothing of what is performed.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from graphbuild.execution.stages import now
from graphbuild.execution.task import Measures, Performed, Task, Undeclared

LOAD_CODE, LOAD_INPUTS, RUN, STORE = "load code", "load inputs", "run", "store outputs"
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_PEAK = re.compile(rb"^VmHWM:\s*([0-9]+) kB$", re.MULTILINE)
_KIB = 1024
_LONGEST = 80


class Measured:
    """The measurements of one task, taken while it runs."""

    def __init__(self, node: str, measures: Measures) -> None:
        self.sizes: dict[str, int] = {}
        """Bytes of what was made, by port."""
        self._calls = measures.calls / profile_name(node) if measures.calls is not None else None
        self._takes_memory = measures.memory and _reset_peak()
        self._watch = measures.watch
        self._undeclared: list[Undeclared] = []
        self._phases: list[tuple[str, float]] = []
        self._began_at = now()

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """A part of the task, told also where it fails."""
        try:
            yield
        finally:
            self._phases.append((name, now()))

    @contextlib.contextmanager
    def calls(self) -> Iterator[None]:
        """What is called within is counted, if that is asked for."""
        if self._calls is None or threading.current_thread() is not threading.main_thread():
            yield  # A process has one profiler: it is the main thread's.
            return
        import cProfile

        profiler = cProfile.Profile()
        try:
            with profiler:
                yield
        finally:
            self._calls.parent.mkdir(parents=True, exist_ok=True)
            profiler.dump_stats(self._calls)

    @contextlib.contextmanager
    def uses(self, task: Task) -> Iterator[None]:
        """What is used within and was not declared is found, if that is asked for."""
        if self._watch is None:
            yield
            return
        from graphbuild.execution.undeclared import looked_at  # a check alone needs it

        with looked_at(task, self._watch) as found:
            self._undeclared = found
            yield

    def performed(self) -> Performed:
        """All of it, when the task is over."""
        thread = threading.current_thread()
        return Performed(
            self._began_at,
            now(),
            os.getpid(),
            None if thread is threading.main_thread() else thread.name,
            tuple(self._phases),
            self.sizes,
            _peak() if self._takes_memory else None,
            undeclared=tuple(self._undeclared),
        )


def profile_name(node: str) -> str:
    """The file that the calls of a node are written to: `intent-train.pstats`."""
    plain = re.sub(r"[^\w.-]+", "-", node)
    return f"{plain[:_LONGEST]}.pstats"


def _reset_peak() -> bool:
    """Forgets the most memory that this process ever had, where the system can: whether it did."""
    try:
        _RESET.write_text("5")
    except OSError:
        return False
    return True


def _peak() -> int | None:
    """The most memory that this process had since then, in bytes."""
    try:
        found = _PEAK.search(_STATUS.read_bytes())
    except OSError:
        return None
    return int(found[1]) * _KIB if found is not None else None
