"""What every worker keeps: tasks come back once, with their outputs in the store, or with what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphbuild.contract import digest
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.operation import Operation
from graphbuild.execution.task import TIME_ALONE, Completion, Task
from graphbuild.execution.workers.dask import dask_worker
from graphbuild.execution.workers.in_process import InProcessWorker
from graphbuild.execution.workers.pool import PoolWorker
from graphbuild.execution.workers.worker import Worker
from graphbuild.graph.graph import NodeId
from graphbuild.store.local import LocalStore, open_store
from tests.e2e.clusters import Cluster

KEY = digest.of_bytes(b"key")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    made = Cluster(folder, folder / "log", "w0", "w1")
    yield made
    made.close()


@pytest.fixture(params=["in process", "pool", "dask"])
def worker(request: pytest.FixtureRequest, store: LocalStore) -> Iterator[Worker]:
    def nobody(*_: Any) -> None: ...

    made: Worker
    if request.param == "in process":
        made = InProcessWorker(store.blobs, nobody)
    elif request.param == "pool":
        made = PoolWorker(2, store.folder, store.blobs, nobody)
    else:
        pytest.importorskip("distributed")
        address = request.getfixturevalue("cluster").address
        made = dask_worker(address, store.folder, store, nobody, TIME_ALONE)
    yield made
    made.close()


def task(name: str, component: str, tmp_path: Path, *inputs: digest.Digest, **options: Any) -> Task:
    return Task(
        node=NodeId(name),
        key=KEY,
        reference=f"tests.toys:{component}",
        operation=Operation.APPLY,
        options=options,
        inputs=tuple(("text", one, JsonValue.type_name) for one in inputs),
        project=str(tmp_path),
    )


def all_of(worker: Worker, *tasks: Task) -> dict[str, Completion]:
    """Runs tasks as the scheduler does: as many at a time as there is room for."""
    found: dict[str, Completion] = {}
    waiting = list(tasks)
    while len(found) < len(tasks):
        while waiting and worker.has_room():
            worker.submit(waiting.pop())
        found.update((one.node, one) for one in worker.collect())
    return found


def test_a_task_leaves_its_output_in_the_store(worker: Worker, store: LocalStore, tmp_path: Path) -> None:
    given = store.blobs.put(JsonValue("hello").encode())
    store.flush()
    done = all_of(worker, task("up", "Upper", tmp_path, given))["up"]
    assert done.problems == ()
    assert done.outputs is not None
    assert JsonValue.decode(store.blobs.get(done.outputs["output"])) == JsonValue("HELLO")


def test_many_tasks_come_back_once_each(worker: Worker, store: LocalStore, tmp_path: Path) -> None:
    done = all_of(worker, *(task(f"n{n}", "Constant", tmp_path, value=str(n)) for n in range(9)))
    assert sorted(done) == [f"n{n}" for n in range(9)]
    values = {JsonValue.decode(store.blobs.get((one.outputs or {})["output"])).value for one in done.values()}
    assert values == {str(n) for n in range(9)}


def test_what_a_component_raises_is_a_problem(worker: Worker, store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "when").write_text("no more room")
    given = store.blobs.put(JsonValue("x").encode())
    store.flush()
    done = all_of(worker, task("weak", "Fail", tmp_path, given, when=str(tmp_path / "when")))["weak"]
    assert done.outputs is None
    assert "no more room" in done.problems[0].what


def test_a_lost_input_is_named(worker: Worker, tmp_path: Path) -> None:
    gone = digest.of_bytes(b"never put")
    done = all_of(worker, task("up", "Upper", tmp_path, gone))["up"]
    assert done.outputs is None
    assert done.lost == (gone,)


def test_a_component_that_cannot_be_loaded_is_a_problem(worker: Worker, tmp_path: Path) -> None:
    done = all_of(worker, task("what", "Nothing", tmp_path))["what"]
    assert "no `Nothing`" in done.problems[0].what
