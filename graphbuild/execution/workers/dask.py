"""Beginning to work on a Dask cluster: the library is imported here first, and only for who asks for it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from graphbuild.errors import Problem, UsageError
from graphbuild.execution.task import Measures, Progress
from graphbuild.execution.workers.dask_address import address_of
from graphbuild.store.interface import Store

if TYPE_CHECKING:
    from graphbuild.execution.workers.dask_worker import DaskWorker


def dask_worker(text: str, folder: Path, store: Store, progress: Progress, measures: Measures) -> DaskWorker:
    """A worker on the cluster that `--dask` names. Raises UsageError, ClusterError, StoreError."""
    address = address_of(text)
    if find_spec("distributed") is None:
        raise UsageError(Problem("Dask is not installed", hint="pip install 'graphbuild[dask]'"))
    from graphbuild.execution.workers.dask_worker import DaskWorker

    return DaskWorker(address, folder, store, progress, measures)
