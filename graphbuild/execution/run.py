"""Running a plan: picks the worker, gives its progress to the listener, and lets the scheduler do the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from graphbuild.contract.checkpoints import RESUMED
from graphbuild.execution.events import BuildStarted, Event, Listener, NodeProgress, NodeResumed
from graphbuild.execution.result import BuildResult
from graphbuild.execution.scheduler import Scheduler
from graphbuild.execution.task import TIME_ALONE, Measures
from graphbuild.execution.workers.in_process import InProcessWorker
from graphbuild.execution.workers.worker import Worker
from graphbuild.graph.graph import NodeId
from graphbuild.plan.make import Planner
from graphbuild.plan.plan import Plan
from graphbuild.store.interface import Store

if TYPE_CHECKING:
    from graphbuild.execution.workers.processes import Processes


def run_plan(
    plan: Plan,
    planner: Planner,
    store: Store,
    store_folder: Path,
    project: Path,
    listener: Listener | None = None,
    *,
    jobs: int = 1,
    keep_going: bool = False,
    command: Sequence[str] | None = None,
    stop: Callable[[], bool] | None = None,
    measures: Measures = TIME_ALONE,
    processes: Processes | None = None,
    dask: str | None = None,
) -> BuildResult:
    """Runs a plan with `jobs` actions at a time, or on a Dask cluster. Failures of nodes are in the result.

    Raises StoreError; with `dask`, ClusterError and UsageError.
    `stop`: asked between nodes, and at each step of a long one in this process, whether the build is to end; it ends
    as if it were interrupted.
    `processes`: worker processes of somebody who keeps them for the next build, where `jobs` is more than one.
    `command`: the command line that runs nodes of the plan, without them, for those who look into a failure.
    """
    emit = listener or _nobody

    def progress(node: NodeId, done: int, total: int, facts: Mapping[str, float]) -> None:
        emit(NodeResumed(node, done, total) if RESUMED in facts else NodeProgress(node, done, total, facts))
        if stop is not None and jobs == 1 and dask is None and stop():
            raise KeyboardInterrupt

    worker: Worker
    if dask is not None:
        from graphbuild.execution.workers.dask import dask_worker

        worker = dask_worker(dask, store_folder, store, progress, measures)
        jobs = worker.slots
    elif jobs > 1:
        from graphbuild.execution.workers.pool import PoolWorker

        worker = PoolWorker(jobs, store_folder, store.blobs, progress, measures, processes, store.checkpoints)
    else:
        worker = InProcessWorker(store.blobs, progress, measures, store.checkpoints)
    scheduler = Scheduler(
        plan, planner, store, worker, project, emit, keep_going=keep_going, command=command, stop=stop
    )
    emit(BuildStarted(plan, jobs))
    return scheduler.run()


def _nobody(event: Event) -> None:
    """Nobody listens."""
