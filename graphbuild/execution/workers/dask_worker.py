"""The worker of `--dask`: tasks go to the processes of a cluster, digests come back, data is in the shared store.

What reads the project's files, and what is known to be short, runs in this process: the cluster need not see them, and
the way there takes longer. A task whose worker dies is begun elsewhere, by Dask; one that has killed two is given up.
"""

from __future__ import annotations

import itertools
import queue
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from distributed import KilledWorker

from graphbuild.contract.component import Component, Resources
from graphbuild.contract.loading import load_class
from graphbuild.contract.options import read_options
from graphbuild.contract.waiting import taken
from graphbuild.errors import ClusterError, GraphbuildError, Problem
from graphbuild.execution.perform import perform
from graphbuild.execution.task import TIME_ALONE, Completion, Measures, Progress, Task
from graphbuild.execution.values import Values
from graphbuild.execution.workers.dask_address import Address, wait_s
from graphbuild.execution.workers.dask_cluster import Call, Cluster, Ended, Gone
from graphbuild.execution.workers.dask_there import DEATHS, Answer, Terms
from graphbuild.execution.workers.pool import SHORT_S
from graphbuild.store.interface import Store
from graphbuild.store.meetings import Meeting
from graphbuild.version import version

_MORE = 8
"""Tasks that are on their way beside those that run, so that no worker waits for the next."""
_SENDS = 4
"""How often one task may be sent: workers that die of others take it with them before it began."""
_MEMORY, _THREADS, _GPU = "MEMORY", "THREADS", "GPU"
"""Resources of workers: `dask worker --resources "GPU=1 MEMORY=64e9 THREADS=8"`."""


class DaskWorker:
    """Runs tasks on a Dask cluster."""

    def __init__(
        self, address: Address, folder: Path, store: Store, progress: Progress, measures: Measures = TIME_ALONE
    ) -> None:
        """`folder`: of the store. Raises ClusterError, StoreError, UsageError."""
        self._store = store
        self._progress = progress
        self._measures = measures
        self._values = Values()
        self._here: ThreadPoolExecutor | None = None
        self._done: queue.SimpleQueue[Completion | Ended | Gone] = queue.SimpleQueue()
        self._sent: dict[str, tuple[Task, int]] = {}
        """Tasks by Dask's key, and how often they were sent."""
        self._running = 0
        self._is_behind = True
        """Whether something may have been made in this process that is not on disk."""
        self._numbers = itertools.count()
        self._meeting = Meeting(folder)
        try:
            self._cluster = Cluster(address, wait_s(), self._done.put, progress)
        except BaseException:
            self._meeting.close()
            raise
        self._cluster.beat = self._meeting.renew
        self._terms = Terms(str(folder.absolute()), self._meeting.name, self._cluster.topic, version(), measures)

    @property
    def slots(self) -> int:
        """How many tasks can run at a time, as far as that is known now."""
        return max(1, self._cluster.slots)

    def has_room(self) -> bool:
        return self._running < self._cluster.slots + _MORE

    def submit(self, task: Task) -> None:
        self._running += 1
        is_short = task.expected_s is not None and task.expected_s < SHORT_S
        if task.source_port is not None or is_short:
            self._perform_here(task)
            return
        demands, problem = self._demands(task)
        if problem is not None:
            self._done.put(Completion(task.node, 0.0, problems=(problem,)))
            return
        self._store.blobs.bring(digest for _, digest, _ in task.inputs)  # the workers have the shared store alone
        if self._is_behind:
            self._store.flush()  # what was made in this process may not be on disk yet
            self._is_behind = False
        self._send(task, demands, 1)

    def collect(self, timeout_s: float | None = None) -> list[Completion]:
        found: list[Completion] = []
        while not found and (items := taken(self._done, timeout_s)):
            for item in items:
                found.extend(self._received(item))
        self._running -= len(found)
        return found

    def close(self, *, cancel: bool = False) -> None:
        if self._here is not None:
            self._here.shutdown(wait=not cancel, cancel_futures=cancel)
        self._cluster.close(cancel=cancel or bool(self._sent))
        self._meeting.close()

    def _perform_here(self, task: Task) -> None:
        if self._here is None:
            self._here = ThreadPoolExecutor(1, thread_name_prefix="graphbuild")  # one: see dask_there._turn
        self._here.submit(
            lambda: self._done.put(perform(task, self._store.blobs, self._values, self._progress, self._measures))
        )

    def _send(self, task: Task, demands: dict[str, float], times: int) -> None:
        component = re.sub(r"[^A-Za-z]", "", task.reference.rpartition(":")[2])
        # Dask learns how long calls of one name take. The rest is drawn by chance, and is nobody's identity.
        key = f"{component}-{task.operation.value}-{self._meeting.name[:12]}-{next(self._numbers)}"
        self._sent[key] = (task, times)
        self._cluster.submit(Call(key, self._terms, task, demands))

    def _received(self, item: Completion | Ended | Gone) -> list[Completion]:
        """The completions that something from the queue amounts to: none for a task that is tried again."""
        if isinstance(item, Completion):
            self._is_behind = True
            return [item]
        if isinstance(item, Gone):
            raise ClusterError(item.problem)
        task, times = self._sent.pop(item.key)
        if item.answer is not None:
            return [self._answered(task, item.answer)]
        if isinstance(item.error, KilledWorker):
            killed = self._meeting.began(task.key)
            if len(killed) < DEATHS and times < _SENDS:
                self._send(task, self._demands(task)[0], times + 1)
                return []
            return [self._given_up(task, tuple(killed))]
        return [Completion(task.node, 0.0, problems=(_refused_by_dask(item.error),))]

    def _answered(self, task: Task, answer: Answer) -> Completion:
        if answer.refused is not None:
            what = f"the worker {answer.worker} is refused: {answer.refused.what}"
            problem = Problem(what, facts=answer.refused.facts, hint=answer.refused.hint)
            return Completion(task.node, 0.0, problems=(problem,))
        if answer.killed:
            return self._given_up(task, answer.killed)
        if answer.completion is None:
            return Completion(task.node, 0.0, problems=(Problem("the cluster cancelled the action"),))
        self._store.blobs.learn(answer.written)
        return answer.completion

    def _given_up(self, task: Task, killed: tuple[str, ...]) -> Completion:
        facts = []
        for name in killed:
            seen = self._cluster.workers.get(name.rpartition(" at ")[2] or name)
            had = ""
            if seen is not None and seen.peak_bytes:
                limit = f" of {_bytes(seen.memory_limit)}" if seen.memory_limit else ""
                had = f", last seen with {_bytes(seen.peak_bytes)}{limit} of memory"
            facts.append(("worker lost", f"{name}{had}"))
        what = (
            f"{len(killed)} workers were lost while they ran it" if killed else "its workers were lost again and again"
        )
        hint = "often a lack of memory: give workers more, or let the component say what it needs (resources)"
        return Completion(task.node, 0.0, problems=(Problem(what, facts=tuple(facts), hint=hint),))

    def _demands(self, task: Task) -> tuple[dict[str, float], Problem | None]:
        """The resources that Dask is asked for, as far as workers here have such; or that nobody has them."""
        needs = _needs(task)
        workers = [self._cluster.workers[one] for one in self._cluster.present]
        asked: dict[str, float] = {}
        if needs.gpus:
            asked[_GPU] = needs.gpus
        most = {
            name: max((one.resources.get(name, 0.0) for one in workers), default=0.0) for name in (_MEMORY, _THREADS)
        }
        if needs.memory and most[_MEMORY]:
            asked[_MEMORY] = needs.memory
        if needs.threads > 1 and most[_THREADS]:
            asked[_THREADS] = min(needs.threads, most[_THREADS])
        limits = [one.memory_limit for one in workers]
        if needs.memory and limits and all(limits) and needs.memory > max(limits):
            facts = (("needs", _bytes(needs.memory)), ("the largest worker has", _bytes(max(limits))))
            return asked, Problem("no worker of the cluster has the memory that it needs", facts=facts)
        return asked, None


def _needs(task: Task) -> Resources:
    """What the component says of itself; nothing where it cannot be loaded here: performing it will say so."""
    try:
        component: type[Component] = load_class(task.reference, Path(task.project))
        config, _ = read_options(component.Config, task.options)
        return component.resources(config, task.operation)
    except GraphbuildError:
        return Resources()


def _refused_by_dask(error: BaseException | None) -> Problem:
    said = str(error).strip().partition("\n")[0]
    hint = f"graphbuild {version()} must be installed where the scheduler and the workers run, with the same Dask"
    return Problem(f"Dask could not run it: {type(error).__name__}: {said}", hint=hint)


def _bytes(count: float) -> str:
    return f"{count / (1 << 20):,.0f} MiB" if count < 10 << 30 else f"{count / (1 << 30):,.1f} GiB"
