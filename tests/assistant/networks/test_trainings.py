"""TensorFlow and numpy take the same steps where nothing is drawn (JAX, in a process of its own: test_backends)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from graphbuild.assistant.networks import (
    autograd_ops,
    diet,
    diet_steps,
    numpy_adam,
    training,
    training_numpy,
    transformer,
)
from graphbuild.assistant.networks import backend as asking
from graphbuild.assistant.networks.layers import Noise, Tensor, Weight, Weights
from graphbuild.assistant.networks.similarity import SimilarityShape
from graphbuild.assistant.networks.steps import Chunk, Column, Optimiser, State, Task
from tests.assistant.networks.test_diet_steps import encoded

pytestmark = pytest.mark.slow
Arrays = Mapping[str, NDArray[np.float32]]
BACKENDS = ["tensorflow", "numpy"]
BY_ROWS, WHOLE = 0, 4096
"""From how many rows on numpy changes a kernel by those that a step has used."""


@dataclass
class Looker:
    """Watches a training; keeps what it was after an epoch, and stops there, or goes on from there."""

    stop_at: int = 0
    kept: dict[str, NDArray[Any]] | None = None
    losses: list[float] = field(default_factory=list)

    def begin(self, state: State, backend: str) -> int:
        self.state = state
        if self.kept is None or self.stop_at:
            return 0
        assert state.go_on(self.kept)
        return 3

    def __call__(self, epoch: int, facts: Mapping[str, float], weights: Callable[[], Arrays]) -> bool:
        self.losses.append(facts["loss"])
        if epoch == self.stop_at:
            self.kept = self.state.kept()
        return epoch != self.stop_at


def trained(backend: str, task: Task, monkeypatch: pytest.MonkeyPatch) -> tuple[Arrays, list[float]]:
    """The weights, and the loss of each epoch."""
    monkeypatch.setattr(asking, "asked", lambda: backend)
    watch = Looker()
    return training.train(task, watch), watch.losses


def tagging(*, relative: bool, clip_norm: float | None = None) -> Task:
    """DIET that learns tags, without dropout: nothing of it is drawn."""
    data = encoded(5, 9)
    assert data.words is not None
    assert data.messages is not None
    shape = diet.DietShape(
        words=diet.Columns(data.words.width),
        messages=diet.Columns(data.messages.width),
        labels=0,
        label_columns=0,
        tags=(("entity", 4), ("role", 4)),
        transformer=transformer.TransformerShape(
            2, 16, 4, 0.0, 0.0, 0.5, relative_keys=relative, relative_values=relative, max_relative_position=2
        ),
        similarity=SimilarityShape(scale_loss=relative),
        embedding=5,
        dense_dimension=8,
        label_dense_dimension=6,
        concat_dimension=8,
        hidden_layers=(12,),
        drop_rate=0.0,
    )
    data = diet_steps.Encoded(**{**vars(data), "labels": None, "tags": (*data.tags, data.tags[0][::-1])})

    def epochs(epoch: int, parts: int = 1) -> Iterator[Chunk]:
        order = np.random.default_rng(epoch).permutation(9)
        return diet_steps.chunks(data, [order[:4], order[4:]], parts)

    return Task(
        weights=diet.begin(shape, 1),
        loss=diet_steps.DietLoss(shape),
        tables=diet_steps.tables(data, None),
        epochs=epochs,
        rows=50,
        count=6,
        optimiser=Optimiser(0.01, 0.002, clip_norm),
        seed=3,
        rate_of=lambda epoch: 1 - epoch / 10,
    )


@pytest.mark.parametrize(("relative", "clip_norm"), [(False, None), (False, 3.0), (True, 3.0)])
def test_both_take_the_same_steps(relative: bool, clip_norm: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, losses = trained("tensorflow", tagging(relative=relative, clip_norm=clip_norm), monkeypatch)
    assert losses[-1] < 0.9 * max(losses)  # where it is scaled it rises first
    for many_rows in (BY_ROWS, WHOLE):
        monkeypatch.setattr(numpy_adam, "_MANY_ROWS", many_rows)
        found, own = trained("numpy", tagging(relative=relative, clip_norm=clip_norm), monkeypatch)
        assert own == pytest.approx(losses, rel=1e-3)
        assert list(found) == list(expected)
        for name, one in found.items():
            assert one.dtype == np.float32, name
            # Adam divides tiny gradients by their own size, so what is rounded otherwise moves otherwise: now and then.
            assert np.median(np.abs(one - expected[name])) < 1e-4, name


@pytest.mark.parametrize(("backend", "many_rows"), [("tensorflow", WHOLE), ("numpy", BY_ROWS), ("numpy", WHOLE)])
def test_one_that_goes_on_ends_in_the_same_bytes(backend: str, many_rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is drawn in each step, rows that no step has used for long, and a rate that falls."""
    monkeypatch.setattr(numpy_adam, "_MANY_ROWS", many_rows)
    monkeypatch.setattr(asking, "asked", lambda: backend)
    shape = replace(tagging(relative=True).loss.shape, drop_rate=0.3)  # type: ignore[attr-defined]
    task = replace(tagging(relative=True, clip_norm=3.0), loss=diet_steps.DietLoss(shape))
    whole, losses = trained(backend, task, monkeypatch)
    broken_off = Looker(stop_at=3)
    training.train(task, broken_off)
    again = Looker(kept=broken_off.kept)
    found = training.train(task, again)
    assert broken_off.losses + again.losses == losses
    assert {name: one.tobytes() for name, one in found.items()} == {name: one.tobytes() for name, one in whole.items()}


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_was_kept_of_another_training_changes_nothing(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "asked", lambda: backend)
    looker = Looker(stop_at=3)
    training.train(tagging(relative=False), looker)
    assert looker.kept is not None
    before = looker.state.kept()
    name = next(one for one, array in before.items() if array.ndim == 2)
    for other in (
        {one: array for one, array in before.items() if one != name},
        {**before, name: before[name][:1]},
        {**before, name: before[name].astype(np.float64)},
    ):
        assert not looker.state.go_on(other)
    assert {one: array.tobytes() for one, array in looker.state.kept().items()} == {
        one: array.tobytes() for one, array in before.items()
    }


@pytest.mark.parametrize(
    ("parts", "precision", "multiplications", "expected"),
    [
        (False, "float32", 2e11, "numpy"),
        (False, "float32", 3e11, "tensorflow"),
        (True, "float32", 3e11, "numpy"),
        (True, "float32", 3.1e13, "tensorflow"),
        (True, "bfloat16", 1e9, "tensorflow"),
    ],
)
def test_the_task_alone_says_on_what_it_is_trained(
    parts: bool, precision: str, multiplications: float, expected: str
) -> None:
    task = tagging(relative=False)
    kernels = sum(one.value.size for name, one in task.weights.items() if task.is_multiplied(name))
    rows = round(multiplications / task.count / kernels)
    assert training.chosen(replace(task, rows=rows, comes_in_parts=parts, precision=precision)) == expected


@dataclass(frozen=True)
class Distance:
    """How far two of four rows of a kernel are from a number."""

    target: float
    names: tuple[str, ...] = ("apart",)

    def __call__(
        self, ops: Any, weights: Weights, tables: Mapping[str, Tensor], step: Mapping[str, Tensor], noise: Noise
    ) -> dict[str, Tensor]:
        used = ops.take(weights["far.kernel"], step["row"], axis=0)
        return {"apart": ops.sum(ops.square(used - self.target))}


@pytest.mark.parametrize("backend", BACKENDS)
def test_regularisation_pulls_where_the_gradient_is_positive(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Column(np.array([0, 2], dtype=np.int32), np.array([0, 2]))
    start = np.full((4, 3), 0.5, dtype=np.float32)

    def found(target: float, regularisation: float) -> NDArray[np.float32]:
        weights = {"far.kernel": Weight(start)}
        optimiser = Optimiser(0.05, regularisation)
        task = Task(weights, Distance(target), {}, lambda *_, **__: iter([{"row": rows}]), 8, 200, optimiser, seed=1)
        return trained(backend, task, monkeypatch)[0]["far.kernel"]

    assert found(-1.0, 0.0)[[0, 2]] == pytest.approx(np.full((2, 3), -1.0), abs=1e-3)
    pulled = found(-1.0, 1.0)  # the least of (x + 1)^2 + x^2 is at minus a half, and to its left, where a step wants up
    assert pulled[[0, 2]] == pytest.approx(np.full((2, 3), -0.5), abs=1e-2)
    assert np.array_equal(pulled[[1, 3]], start[[1, 3]]), "no step uses these"
    assert found(1.0, 0.1)[[0, 2]] == pytest.approx(np.ones((2, 3)), abs=0.05), "on the way there each step wants up"


class AtOnce(Executor):
    """Does what it is given at once."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def submit(self, do: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(do(*arguments, **named))
        return done


@pytest.mark.parametrize("relative", [False, True])
def test_a_second_thread_changes_no_byte(relative: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is computed beside is what would have been computed there."""
    monkeypatch.setattr(training_numpy, "ThreadPoolExecutor", AtOnce)
    alone, _ = trained("numpy", tagging(relative=relative), monkeypatch)
    monkeypatch.undo()
    monkeypatch.setattr(autograd_ops, "_LARGE", 0)
    monkeypatch.setattr(training_numpy, "_SHARED", 0)
    beside, _ = trained("numpy", tagging(relative=relative), monkeypatch)
    assert {name: one.tobytes() for name, one in alone.items()} == {name: one.tobytes() for name, one in beside.items()}
