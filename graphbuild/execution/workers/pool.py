"""The worker of `--jobs N`: processes for what computes, threads for what waits, this process for what is short.

A task that is known to take less than SHORT_S is not worth the trip to another process.
"""

from __future__ import annotations

import queue
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path

from graphbuild.contract.waiting import taken
from graphbuild.errors import Problem
from graphbuild.execution.perform import perform
from graphbuild.execution.task import TIME_ALONE, Completion, Measures, Progress, Task
from graphbuild.execution.values import Values
from graphbuild.execution.workers.processes import Processes
from graphbuild.graph.graph import NodeId
from graphbuild.store.interface import BlobStore, Checkpoints

SHORT_S = 0.05


class PoolWorker:
    """Runs up to `jobs` tasks at a time."""

    def __init__(
        self,
        jobs: int,
        store: Path,
        blobs: BlobStore,
        progress: Progress,
        measures: Measures = TIME_ALONE,
        processes: Processes | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        """`processes`: of somebody who keeps them when this is closed."""
        self._jobs = jobs
        self._blobs = blobs
        self._progress = progress
        self._measures = measures
        self._checkpoints = checkpoints
        self._values = Values()
        self._running = 0
        self._done: queue.SimpleQueue[Completion | tuple[Task, Future[Completion]]] = queue.SimpleQueue()
        self._in_flight: dict[NodeId, Task] = {}
        self._suspects: list[Task] = []
        """Tasks that ran when a worker process died: each is tried again alone, so that only the guilty one fails."""
        self._alone: NodeId | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._keeps = processes is not None
        self._processes = processes or Processes(jobs, store, measures)
        self._processes.progress = progress

    def has_room(self) -> bool:
        return self._running < self._jobs and not self._suspects and self._alone is None

    def submit(self, task: Task) -> None:
        self._running += 1
        if task.waits:
            self._thread_pool().submit(self._in_this_process, task)
        elif task.expected_s is not None and task.expected_s < SHORT_S:
            self._in_this_process(task)
        else:
            self._send(task)

    def collect(self, timeout_s: float | None = None) -> list[Completion]:
        found: list[Completion] = []
        while not found and (items := taken(self._done, timeout_s)):
            for item in items:
                found.extend(self._received(item))
            if self._suspects and not self._in_flight:
                suspect = self._suspects.pop()
                self._alone = suspect.node
                self._send(suspect)
        self._running -= len(found)
        return found

    def close(self, *, cancel: bool = False) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=not cancel, cancel_futures=cancel)
        if cancel or not self._keeps:
            self._processes.close(cancel=cancel)

    def _send(self, task: Task) -> None:
        self._in_flight[task.node] = task
        self._blobs.bring(digest for _, digest, _ in task.inputs)  # the process there has the local store alone
        try:
            future = self._processes.submit(task)
        except BrokenExecutor:
            # A worker died and nobody has heard of it yet.
            self._processes.drop()
            future = self._processes.submit(task)
        future.add_done_callback(lambda done: self._done.put((task, done)))

    def _received(self, item: Completion | tuple[Task, Future[Completion]]) -> list[Completion]:
        """The completions that something from the queue amounts to: none for a task that is tried again."""
        if isinstance(item, Completion):
            return [item]
        task, future = item
        was_alone = (len(self._in_flight) == 1 and not self._suspects) or self._alone == task.node
        self._in_flight.pop(task.node, None)
        error = future.exception()
        if self._alone == task.node:
            self._alone = None
        if error is None:
            return [future.result()]
        self._processes.drop()
        if isinstance(error, BrokenExecutor) and not was_alone:
            self._suspects.append(task)
            return []
        return [_lost(task, error)]

    def _in_this_process(self, task: Task) -> None:
        made = perform(task, self._blobs, self._values, self._progress, self._measures, self._checkpoints)
        self._done.put(made)

    def _thread_pool(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._jobs, thread_name_prefix="graphbuild")
        return self._threads


def _lost(task: Task, error: BaseException) -> Completion:
    """A worker that died (out of memory, killed) is no result: nothing of it was recorded."""
    said = str(error).strip().partition("\n")[0]
    problem = Problem(
        f"the worker process ended before the action did: {type(error).__name__}: {said}",
        hint="often a lack of memory: try fewer --jobs",
    )
    return Completion(task.node, 0.0, problems=(problem,))
