"""What happens in a worker process of a Dask cluster: a task is checked, performed over the shared store, and told of.

Only digests come and go. Of the store only the files of blobs are touched (store.blob_files).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from distributed import get_worker

from graphbuild.contract.digest import Digest
from graphbuild.errors import GraphbuildError, Problem
from graphbuild.execution.perform import perform
from graphbuild.execution.task import Completion, Measures, Task
from graphbuild.execution.values import Values
from graphbuild.execution.workers.dask_code import LoadedCode
from graphbuild.graph.graph import NodeId
from graphbuild.store import meetings
from graphbuild.store.blob_files import BlobFiles
from graphbuild.store.interface import Stat

DEATHS = 2
"""Workers that one action may kill."""
_NEWS_S = 0.1
"""News of steps are sent together, so often."""
_MOST_NEWS = 1000
_LOOK_S = 2.0
"""How often a process looks whether the builds that it works for still run."""


@dataclass(frozen=True)
class Terms:
    """What holds for all tasks of a build."""

    store: str
    meeting: str
    topic: str
    """Where news of steps go."""
    version: str
    """Of graphbuild."""
    measures: Measures


@dataclass(frozen=True)
class Answer:
    """What comes back of a task: one of the three, or nothing where it was cancelled."""

    worker: str
    completion: Completion | None = None
    refused: Problem | None = None
    """Why this worker may not perform it."""
    killed: tuple[str, ...] = ()
    """Workers that died of it before; this one has not begun it."""
    written: Mapping[Digest, Stat] = field(default_factory=dict)


class _Cancelled(BaseException):
    """Nobody wants the task any more."""


class _Build:
    """What a worker process keeps of one build."""

    def __init__(self, terms: Terms) -> None:
        self.files = BlobFiles(Path(terms.store))
        self.values = Values()
        self.running = 0


class _News:
    """Steps of one task, sent on the way of Dask's own events. Ends the task where nobody wants it any more."""

    def __init__(self, terms: Terms, worker: Any, key: str) -> None:
        self._topic = terms.topic
        self._worker = worker
        self._key = key
        self._waiting: list[list[Any]] = []
        self._sent_at = 0.0

    def __call__(self, node: NodeId, done: int, total: int, facts: Mapping[str, float]) -> None:
        known = self._worker.state.tasks.get(self._key)
        if known is not None and known.state == "cancelled":
            raise _Cancelled
        self._waiting.append([node, done, total, {name: float(value) for name, value in facts.items()}])
        if time.monotonic() - self._sent_at >= _NEWS_S or done == total:
            self.send()

    def send(self) -> None:
        """Sends what waits."""
        if self._waiting:
            self._worker.log_event(self._topic, {"graphbuild": self._waiting[-_MOST_NEWS:]})
            self._waiting = []
            self._sent_at = time.monotonic()


_builds: dict[tuple[str, str], _Build] = {}
_guard = threading.Lock()
_turn = threading.Lock()
"""What computes has the process for itself: libraries have states, and threads, that are the whole process's."""
_code = LoadedCode()


def perform_there(terms: Terms, key: str, task: Task) -> Answer:
    """Performs a task in this process. Whatever goes wrong with it is in the answer."""
    worker = get_worker()
    name = worker.address if worker.name == worker.address else f"{worker.name} at {worker.address}"
    with contextlib.nullcontext() if task.waits else _turn:
        refused = _refusal(terms, task)
        if refused is not None:
            return Answer(name, refused=refused)
        store = Path(terms.store)
        killed = meetings.began(store, terms.meeting, task.key)
        if len(killed) >= DEATHS:
            return Answer(name, killed=tuple(killed))
        meetings.begin(store, terms.meeting, task.key, name)
        try:
            return _performed(terms, task, name, _News(terms, worker, key))
        finally:
            meetings.end(store, terms.meeting, task.key)


def _performed(terms: Terms, task: Task, name: str, news: _News) -> Answer:
    with _build_of(terms) as build:
        try:
            completion = perform(task, build.files.blobs, build.values, news, terms.measures, build.files.checkpoints)
            # The digests that go back must name blobs that everybody can read.
            written = build.files.flush()
        except _Cancelled:
            return Answer(name)
        except GraphbuildError as error:
            with _guard, contextlib.suppress(GraphbuildError):  # its journal writes nothing any more
                _builds.pop((terms.store, terms.meeting), build).files.close()
            return Answer(name, Completion(task.node, 0.0, problems=error.problems))
        news.send()
    if completion.performed is not None:
        completion = replace(completion, performed=replace(completion.performed, thread=None, worker=name))
    return Answer(name, completion, written=written)


def _refusal(terms: Terms, task: Task) -> Problem | None:
    """Why this worker may not perform a task."""
    store = Path(terms.store)
    facts = (("store", terms.store),)
    hint = "the store must be one folder that all workers see under the same path: --store DIR"
    if not store.is_dir():
        return Problem("no such folder as the store of the build", facts=facts, hint=hint)
    if not meetings.is_here(store, terms.meeting):
        return Problem("another folder under the path of the store", facts=facts, hint=hint)
    try:
        return _code.difference(task, terms.version)
    except GraphbuildError:
        return None  # it cannot be loaded: performing it says so


@contextlib.contextmanager
def _build_of(terms: Terms) -> Iterator[_Build]:
    """What this process keeps of the build, which stays until that is over."""
    key = (terms.store, terms.meeting)
    with _guard:
        if not _builds:
            threading.Thread(target=_let_go, name="graphbuild-builds", daemon=True).start()
        build = _builds.setdefault(key, _builds.get(key) or _Build(terms))
        build.running += 1
    try:
        yield build
    finally:
        with _guard:
            build.running -= 1


def _let_go() -> None:
    """Lets go of builds that are over: of what their results rely on, and of what is kept in memory for them."""
    while True:
        time.sleep(_LOOK_S)
        with _guard:
            for (store, meeting), build in list(_builds.items()):
                if not build.running and not meetings.is_open(Path(store), meeting):
                    del _builds[store, meeting]
                    with contextlib.suppress(Exception):  # the disk may be full: there is nobody to tell
                        build.files.close()
            if not _builds:
                return
