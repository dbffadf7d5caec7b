"""Worker processes: joblib's loky, begun only when the first task needs one.

Each opens the store by itself; only digests travel. They may outlive a build: the next one finds loaded what it needs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from graphbuild.execution.perform import perform
from graphbuild.execution.task import TIME_ALONE, Completion, Measures, Progress, Task
from graphbuild.execution.values import Values
from graphbuild.graph.graph import NodeId
from graphbuild.store.local import open_store

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


_LOOK_S = 1.0
"""How often a process looks whether the one that began it is still there."""


class _Executor(Protocol):
    def submit(self, function: Any, *arguments: Any) -> Future[Completion]: ...
    def shutdown(self, wait: bool = True, kill_workers: bool = False) -> None: ...


class Processes:
    """Up to `jobs` processes over one store."""

    def __init__(self, jobs: int, store: Path, measures: Measures = TIME_ALONE) -> None:
        self._jobs = jobs
        self._store = store
        self._measures = measures
        self._executor: _Executor | None = None
        self._sending: Connection | None = None
        self.progress: Progress | None = None
        """Told of steps: whose build it is just now."""

    def submit(self, task: Task) -> Future[Completion]:
        """Begins a task. Raises BrokenExecutor where a process died and nobody has heard of it yet."""
        pool = self._begun()
        with _undisturbed():
            return pool.submit(_perform_there, task)

    def drop(self) -> None:
        """Kills what runs; the next task has new processes."""
        self._end(wait=False, kill=True)

    def close(self, *, cancel: bool = False) -> None:
        """Lets them end; with `cancel`, kills what runs."""
        self._end(wait=True, kill=cancel)

    def _end(self, *, wait: bool, kill: bool) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=wait, kill_workers=kill)
            self._executor = None
        if self._sending is not None:
            # Who listens hears the end when the last process has gone. There is nothing to be said: a process that was
            # killed in the middle of a word keeps the lock for ever.
            self._sending.close()
            self._sending = None

    def _begun(self) -> _Executor:
        if self._executor is None:
            from multiprocessing.resource_tracker import ensure_running

            from joblib.externals.loky import ProcessPoolExecutor
            from joblib.externals.loky.backend import get_context

            ensure_running()  # before signals are blocked: it lets them all through when it begins
            context = get_context("loky")
            news, self._sending = context.Pipe(duplex=False)
            threading.Thread(target=self._listen, args=(news,), name="graphbuild-progress", daemon=True).start()
            self._executor = ProcessPoolExecutor(
                max_workers=self._jobs,
                timeout=None,
                context=context,
                initializer=_begin_there,
                initargs=(os.getpid(), str(self._store), self._sending, context.Lock(), self._measures),
            )
        return self._executor

    def _listen(self, news: Connection) -> None:
        with news:
            while (told := _received(news)) is not None:
                if self.progress is not None:
                    self.progress(*told)


def _received(news: Connection) -> Any:
    """What a process said; None when none is left to say anything, be it in the middle of a word."""
    try:
        return news.recv()
    except (EOFError, OSError):
        return None


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


_Turn = contextlib.AbstractContextManager[Any]
"""A lock that processes share: one speaks at a time."""


class _There:
    """What a worker process keeps between tasks."""

    def __init__(self, store: str, news: Connection, turn: _Turn, measures: Measures) -> None:
        self.store = open_store(Path(store))
        self.measures = measures
        self.values = Values()
        self._news = news
        self._turn = turn

    def progress(self, node: NodeId, done: int, total: int, facts: Mapping[str, float]) -> None:
        with self._turn:
            self._news.send((node, done, total, dict(facts)))


_there: list[_There] = []


def _end_with(parent: int) -> None:
    """Ends this process when the one that began it is gone: one that was killed could not do it."""
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)


def _begin_there(parent: int, store: str, news: Connection, turn: _Turn, measures: Measures) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), name="graphbuild-parent", daemon=True).start()
    _there.append(_There(store, news, turn, measures))


def _perform_there(task: Task) -> Completion:
    there = _there[0]
    store = there.store
    completion = perform(task, store.blobs, there.values, there.progress, there.measures, store.checkpoints)
    # The digests that go back must name blobs that everybody can read.
    store.flush()
    return completion
