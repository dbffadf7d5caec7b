from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.learning.epochs import batch_size, learn
from graphbuild.assistant.learning.options import LearningOptions
from graphbuild.assistant.networks import backend
from graphbuild.assistant.networks.layers import Noise, Tensor, Weight, Weights
from graphbuild.assistant.networks.steps import Chunk, Column
from graphbuild.contract.checkpoints import Checkpoint
from graphbuild.errors import BuildFailed


class Distance:
    """How far a kernel is from one, so many times."""

    names = ("apart",)

    def __init__(self, times: float = 1.0) -> None:
        self.times = times

    def __call__(
        self, ops: Any, weights: Weights, tables: Mapping[str, Tensor], step: Mapping[str, Tensor], noise: Noise
    ) -> dict[str, Tensor]:
        return {"apart": ops.sum(ops.square(weights["far.kernel"] - 1.0)) * self.times}


@pytest.fixture(autouse=True)
def _numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "asked", lambda: "numpy")


def learnt(options: LearningOptions, loss: Distance, told: list[int]) -> Any:
    def chunks(epoch: int, parts: int = 1) -> Iterator[Chunk]:
        return iter([{"row": Column(np.zeros(1, dtype=np.int32), np.array([0, 1]))}])

    def progress(done: int, total: int, facts: Mapping[str, float]) -> None:
        told.append(done)

    kernel = {"far.kernel": Weight(np.full((2, 3), 0.5, dtype=np.float32))}
    return learn(options, kernel, loss, {}, chunks, 2, 1, progress, None)["far.kernel"]


def test_it_stops_where_epochs_no_longer_help() -> None:
    told: list[int] = []
    learnt(LearningOptions(epochs=300, regularization_constant=0.0, early_stopping=True, patience=2), Distance(0), told)
    assert told == [1, 2, 3]


def test_a_loss_that_is_no_number_is_told_with_its_epoch() -> None:
    with pytest.raises(BuildFailed) as caught:
        learnt(LearningOptions(epochs=3), Distance(float("nan")), [])
    assert caught.value.problems[0].what == "the loss is no number after epoch 1"


def test_batches_grow_from_the_first_size_to_the_last() -> None:
    assert [batch_size([64, 256], epoch, 4) for epoch in range(4)] == [64, 128, 192, 256]
    assert batch_size([64, 256], 0, 1) == 64
    assert batch_size(32, 3, 4) == 32


class Shelf:
    """Keeps the checkpoint of every epoch, and gives the newest."""

    def __init__(self, newest: Checkpoint | None = None) -> None:
        self.kept: list[Checkpoint] = []
        self.given = newest
        self.gone_on: list[int] = []

    def newest(self) -> Checkpoint | None:
        return self.given

    def goes_on(self, checkpoint: Checkpoint) -> None:
        self.gone_on.append(checkpoint.done)

    def is_due(self) -> bool:
        return True

    def keep(self, make: Callable[[], Checkpoint]) -> None:
        self.kept.append(make())


def scored(options: LearningOptions, shelf: Shelf, told: list[dict[str, float]]) -> bytes:
    """Held-out examples are best where the kernel is at 0.7, which it passes on its way to one."""

    def chunks(epoch: int, parts: int = 1) -> Iterator[Chunk]:
        return iter([{"row": Column(np.zeros(1, dtype=np.int32), np.array([0, 1]))}])

    def score(weights: Mapping[str, Any]) -> dict[str, float]:
        return {"closeness": -abs(float(weights["far.kernel"].mean()) - 0.7)}

    def progress(done: int, total: int, facts: Mapping[str, float]) -> None:
        told.append(dict(facts))

    kernel = {"far.kernel": Weight(np.full((2, 3), 0.5, dtype=np.float32))}
    found = learn(options, kernel, Distance(), {}, chunks, 2, 1, progress, score, checkpoints=shelf)
    return bytes(found["far.kernel"].tobytes())


BEST = LearningOptions(
    epochs=60,
    learning_rate=0.01,
    regularization_constant=0.0,
    checkpoint_model=True,
    evaluate_every_number_of_epochs=2,
)
STOPS = replace(BEST, epochs=300, learning_rate=0.1, early_stopping=True, patience=3, checkpoint_model=False)


@pytest.mark.parametrize("options", [BEST, STOPS], ids=["best weights", "early stopping"])
def test_one_that_goes_on_from_any_epoch_ends_as_if_it_had_not_been_broken_off(options: LearningOptions) -> None:
    whole, told = Shelf(), list[dict[str, float]]()
    expected = scored(options, whole, told)
    ended = len(told)
    assert [one.done for one in whole.kept] == list(range(1, ended)), "after the last epoch there is nothing to keep"
    assert (ended < options.epochs) == options.early_stopping
    for kept in whole.kept[:: max(ended // 10, 1)]:
        again, rest = Shelf(kept), list[dict[str, float]]()
        assert scored(options, again, rest) == expected
        assert rest == told[kept.done :]
        assert again.gone_on == [kept.done]


@pytest.mark.parametrize("change", [{"total": 61}, {"plain": {"backend": "tensorflow"}}, {"arrays": {}}])
def test_the_checkpoint_of_another_training_is_passed_over(change: dict[str, Any]) -> None:
    whole = Shelf()
    expected = scored(BEST, whole, [])
    other = Shelf(replace(whole.kept[20], **change))
    told: list[dict[str, float]] = []
    assert scored(BEST, other, told) == expected
    assert len(told) == BEST.epochs
    assert other.gone_on == []
