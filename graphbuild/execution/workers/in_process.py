"""The worker that runs each task at once, in this process: the default, and the simplest to debug."""

from __future__ import annotations

from graphbuild.execution.perform import perform
from graphbuild.execution.task import TIME_ALONE, Completion, Measures, Progress, Task
from graphbuild.execution.values import Values
from graphbuild.store.interface import BlobStore, Checkpoints


class InProcessWorker:
    """Runs a task while it is submitted. Libraries that one task loads stay loaded for the next."""

    def __init__(
        self,
        blobs: BlobStore,
        progress: Progress,
        measures: Measures = TIME_ALONE,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._blobs = blobs
        self._progress = progress
        self._measures = measures
        self._checkpoints = checkpoints
        self._values = Values()
        self._done: list[Completion] = []

    def has_room(self) -> bool:
        return not self._done

    def submit(self, task: Task) -> None:
        made = perform(task, self._blobs, self._values, self._progress, self._measures, self._checkpoints)
        self._done.append(made)

    def collect(self, timeout_s: float | None = None) -> list[Completion]:  # noqa: ARG002 - nothing to wait for
        done, self._done = self._done, []
        return done

    def close(self, *, cancel: bool = False) -> None:  # noqa: ARG002 - nothing runs between calls
        self._done.clear()
