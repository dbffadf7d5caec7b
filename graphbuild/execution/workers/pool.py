"""The worker of `--jobs N`: processes for what computes, threads for what waits, this process for what is short.

Processes are joblib's loky, begun only when the first task needs one. Each opens the store by itself; only digests
travel. A task that is known to take less than SHORT_S is not worth the trip.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from graphbuild.errors import Problem
from graphbuild.execution.perform import perform
from graphbuild.execution.task import TIME_ALONE, Completion, Measures, Progress, Task
from graphbuild.execution.values import Values
from graphbuild.graph.graph import NodeId
from graphbuild.store.interface import BlobStore
from graphbuild.store.local import open_store

SHORT_S = 0.05


class _Executor(Protocol):
    def submit(self, function: Any, *arguments: Any) -> Future[Completion]: ...
    def shutdown(self, wait: bool = True, kill_workers: bool = False) -> None: ...


class PoolWorker:
    """Runs up to `jobs` tasks at a time."""

    def __init__(
        self, jobs: int, store: Path, blobs: BlobStore, progress: Progress, measures: Measures = TIME_ALONE
    ) -> None:
        self._jobs = jobs
        self._store = store
        self._blobs = blobs
        self._progress = progress
        self._measures = measures
        self._values = Values()
        self._running = 0
        self._done: queue.SimpleQueue[Completion | tuple[Task, Future[Completion]]] = queue.SimpleQueue()
        self._in_flight: dict[NodeId, Task] = {}
        self._suspects: list[Task] = []
        """Tasks that ran when a worker process died: each is tried again alone, so that only the guilty one fails."""
        self._alone: NodeId | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._processes: _Executor | None = None
        self._news: Any = None

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
        while not found:
            try:
                item = self._done.get(timeout=timeout_s)
            except queue.Empty:
                break
            found.extend(self._received(item))
            while not self._done.empty():
                found.extend(self._received(self._done.get_nowait()))
            if self._suspects and not self._in_flight:
                suspect = self._suspects.pop()
                self._alone = suspect.node
                self._send(suspect)
        self._running -= len(found)
        return found

    def close(self, *, cancel: bool = False) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=not cancel, cancel_futures=cancel)
        if self._processes is not None:
            self._processes.shutdown(wait=True, kill_workers=cancel)
            self._news.put(None)

    def _send(self, task: Task) -> None:
        self._in_flight[task.node] = task
        try:
            future = self._submitted(task)
        except BrokenExecutor:
            # A worker died and nobody has heard of it yet.
            self._drop_processes()
            future = self._submitted(task)
        future.add_done_callback(lambda done: self._done.put((task, done)))

    def _submitted(self, task: Task) -> Future[Completion]:
        pool = self._process_pool()
        with _undisturbed():
            return pool.submit(_perform_there, task)

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
        self._drop_processes()
        if isinstance(error, BrokenExecutor) and not was_alone:
            self._suspects.append(task)
            return []
        return [_lost(task, error)]

    def _drop_processes(self) -> None:
        if self._processes is not None:
            self._processes.shutdown(wait=False, kill_workers=True)
            self._news.put(None)
            self._processes = None

    def _in_this_process(self, task: Task) -> None:
        self._done.put(perform(task, self._blobs, self._values, self._progress, self._measures))

    def _thread_pool(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._jobs, thread_name_prefix="graphbuild")
        return self._threads

    def _process_pool(self) -> _Executor:
        if self._processes is None:
            from multiprocessing.resource_tracker import ensure_running

            from joblib.externals.loky import ProcessPoolExecutor
            from joblib.externals.loky.backend import get_context

            ensure_running()  # before signals are blocked: it lets them all through when it begins
            context = get_context("loky")
            self._news = context.SimpleQueue()
            threading.Thread(target=self._listen, args=(self._news,), name="graphbuild-progress", daemon=True).start()
            self._processes = ProcessPoolExecutor(
                max_workers=self._jobs,
                timeout=None,
                context=context,
                initializer=_begin_there,
                initargs=(str(self._store), self._news, self._measures),
            )
        return self._processes

    def _listen(self, news: Any) -> None:
        while (told := news.get()) is not None:
            self._progress(*told)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Processes that begin meanwhile do not hear of Ctrl-C, which a terminal tells them all: this one ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _lost(task: Task, error: BaseException) -> Completion:
    """A worker that died (out of memory, killed) is no result: nothing of it was recorded."""
    said = str(error).strip().partition("\n")[0]
    problem = Problem(
        f"the worker process ended before the action did: {type(error).__name__}: {said}",
        hint="often a lack of memory: try fewer --jobs",
    )
    return Completion(task.node, 0.0, problems=(problem,))


class _There:
    """What a worker process keeps between tasks."""

    def __init__(self, store: str, news: Any, measures: Measures) -> None:
        self.store = open_store(Path(store))
        self.measures = measures
        self.values = Values()
        self.news = news

    def progress(self, node: NodeId, done: int, total: int, facts: Mapping[str, float]) -> None:
        self.news.put((node, done, total, dict(facts)))


_there: list[_There] = []


def _begin_there(store: str, news: Any, measures: Measures) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _there.append(_There(store, news, measures))


def _perform_there(task: Task) -> Completion:
    there = _there[0]
    completion = perform(task, there.store.blobs, there.values, there.progress, there.measures)
    # The digests that go back must name blobs that everybody can read.
    there.store.flush()
    return completion
