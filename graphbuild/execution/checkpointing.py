"""The checkpoints of one action while it runs: when one is due, written beside the action, and what it costs.

Implements contract.checkpoints.Checkpoints over a store. A state is kept after the first step that ends EVERY_S after
the last, so that short trainings never pay; where writing takes long, more seldom.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING

from graphbuild.contract.checkpoints import RESUMED
from graphbuild.execution.task import Task

if TYPE_CHECKING:
    from graphbuild.contract.checkpoints import Checkpoint
    from graphbuild.store.interface import Checkpoints as Store

VARIABLE = "GRAPHBUILD_CHECKPOINT_EVERY"
"""Seconds between two checkpoints of a training; 0 keeps one after each epoch, `off` none."""
OFF = "off"
EVERY_S = 30.0
_SHARE = 25
"""At most one second in so many goes into keeping states."""

Told = Callable[[int, int, Mapping[str, float]], None]


class _GivenUp(OSError):
    """The action is over: nobody needs what is being written."""


class TaskCheckpoints(AbstractContextManager[None]):
    """The checkpoints of a task; to be entered while its component is at work."""

    def __init__(self, task: Task, store: Store | None, told: Told) -> None:
        self._task = task
        self._store = store
        self.told = told
        self._every_s = _every_s() if store is not None else None
        self._began = time.perf_counter()
        self._due_at = self._began + (self._every_s or 0.0)
        self._writer: threading.Thread | None = None
        self._is_over = False
        self._found_s = 0.0
        self.earlier_s = 0.0
        """What the action took before it was killed, up to the checkpoint that it goes on from."""

    def newest(self) -> Checkpoint | None:
        if self._store is None or self._every_s is None:
            return None
        if not self._task.resumes:
            self._store.forget(self._task.key)
            return None
        found = self._store.newest(self._task.key)
        if found is None:
            return None
        from graphbuild.execution.checkpoint_bytes import read  # most actions have none, and it needs numpy

        opened = read(self._task.key, found[2])
        if opened is None or (opened[0].done, opened[0].total) != found[:2]:
            return None
        self._found_s = opened[1]
        return opened[0]

    def goes_on(self, checkpoint: Checkpoint) -> None:
        self.earlier_s = self._found_s
        self.told(checkpoint.done, checkpoint.total, {RESUMED: 1.0})

    def is_due(self) -> bool:
        return self._every_s is not None and time.perf_counter() >= self._due_at

    def keep(self, make: Callable[[], Checkpoint]) -> None:
        self._wait()
        if self._store is None or self._every_s is None:  # the one before could not be written
            return
        began = time.perf_counter()
        try:
            checkpoint = make()
        except MemoryError:
            self._every_s = None
            return
        copied_s = time.perf_counter() - began
        self._due_at = float("inf") if self._every_s else 0.0  # while it is written none is due, but where all are
        spent_s = self.earlier_s + began - self._began
        self._writer = threading.Thread(
            target=self._write,
            args=(self._store, self._every_s, checkpoint, copied_s, spent_s),
            name="graphbuild-checkpoint",
        )
        self._writer.start()

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        """What is being written is needed where the action was broken off."""
        self._is_over = kind is None
        self._wait()

    def _wait(self) -> None:
        if self._writer is not None:
            self._writer.join()

    def _write(self, store: Store, every_s: float, checkpoint: Checkpoint, copied_s: float, spent_s: float) -> None:
        from graphbuild.execution.checkpoint_bytes import parts

        began = time.perf_counter()
        try:
            made = self._until_over(parts(self._task.key, checkpoint, spent_s))
            is_kept = store.put(self._task.key, checkpoint.done, checkpoint.total, made)
        except (ValueError, TypeError, MemoryError):  # what cannot be written now cannot be later
            is_kept = False
        cost_s = copied_s + time.perf_counter() - began
        if not is_kept:
            self._every_s = None
        else:
            self._due_at = time.perf_counter() + max(every_s, _SHARE * cost_s) if every_s else 0.0

    def _until_over(self, made: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
        for part in made:
            if self._is_over:
                raise _GivenUp
            yield part


def _every_s() -> float | None:
    """What the variable says; what is no number says nothing."""
    text = os.environ.get(VARIABLE, "").strip().lower()
    if text == OFF:
        return None
    try:
        return max(float(text), 0.0) if text else EVERY_S
    except ValueError:
        return EVERY_S
