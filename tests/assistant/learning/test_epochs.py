from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.learning.epochs import batch_size, learn
from graphbuild.assistant.learning.options import LearningOptions
from graphbuild.assistant.networks import backend
from graphbuild.assistant.networks.layers import Noise, Tensor, Weight, Weights
from graphbuild.assistant.networks.steps import Chunk, Column
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
