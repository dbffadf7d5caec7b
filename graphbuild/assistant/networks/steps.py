"""What a training goes through: steps, a chunk of them at a time, so that one call of the backend takes many.

A column has something for every step: rows of a flat array, from one split to the next. Knows no network, no backend.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks.layers import Noise, Tensor, Weight, Weights

STEPS_PER_CALL = 64
BETAS = 0.9, 0.999
EPSILON = 1e-7
"""Of Adam."""
MEASURE = "_accuracy"
"""How names of what is no part of a loss end."""


@dataclass(frozen=True)
class Column:
    """Values of many steps: step i has values[splits[i]:splits[i + 1]]."""

    values: NDArray[Any]
    splits: NDArray[np.int64]
    fill: int = 0
    """What it is filled up with where a backend needs to know shapes before it runs."""
    is_size: bool = False
    """Whether it is one number a step that shapes depend on; such a backend rounds it up."""


Chunk = Mapping[str, Column]
"""Columns of some steps, by name."""


class Loss(Protocol):
    """The loss of a network in one step."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it tells: parts of the loss, and measures that are no part of it under names that end in `_accuracy`."""

    def __call__(
        self, ops: Any, weights: Weights, tables: Mapping[str, Tensor], step: Mapping[str, Tensor], noise: Noise
    ) -> dict[str, Tensor]:
        """What it tells, by name."""


class Epochs(Protocol):
    """What a training goes through."""

    def __call__(self, epoch: int, parts: int = 1) -> Iterator[Chunk]:
        """The chunks of an epoch by its number, from 0.

        A step may come in as many parts, one after the other, with a column `parts`: how many. Each has some samples of
        the step; the loss is then a PartedLoss.
        """


@runtime_checkable
class PartedLoss(Loss, Protocol):
    """One of samples that each go their own way, until all are judged together."""

    def part(
        self, ops: Any, weights: Weights, tables: Mapping[str, Tensor], step: Mapping[str, Tensor], noise: Noise
    ) -> dict[str, Tensor]:
        """What is made of some samples: arrays of as many rows, by name."""

    def joined(self, parts: Sequence[Mapping[str, NDArray[Any]]]) -> Mapping[str, NDArray[Any]]:
        """What `whole` needs of the parts of a step, of all samples in their order."""

    def whole(
        self,
        ops: Any,
        weights: Weights,
        tables: Mapping[str, Tensor],
        step: Mapping[str, Tensor],
        made: Mapping[str, Tensor],
        noise: Noise,
    ) -> dict[str, Tensor]:
        """What it tells of all samples of a step, by name; uses no weight that has rows."""


@dataclass(frozen=True)
class Optimiser:
    """Kingma and Ba, "Adam", arXiv 1412.6980, with what pulls weights to zero and keeps gradients in bounds."""

    learning_rate: float = 0.001
    regularisation: float = 0.0
    """The loss has this times the sum of squares of what a step uses of the kernels: what has a gradient without it."""
    clip_norm: float | None = None
    """The norm of all gradients together at most."""


@dataclass(frozen=True)
class Task:
    """All that a backend needs to train."""

    weights: Mapping[str, Weight]
    loss: Loss
    tables: Mapping[str, NDArray[Any]]
    """What every step may look up."""
    epochs: Epochs
    rows: int
    """Of what dense layers see in an epoch, about."""
    count: int
    """Epochs at most."""
    optimiser: Optimiser
    seed: int
    rate_of: Callable[[int], float] = field(default=lambda epoch: 1.0)  # noqa: ARG005
    """A factor of the learning rate for each epoch."""
    comes_in_parts: bool = False
    """Whether steps come in parts where these are asked for."""
    precision: str = "float32"
    """In which dense layers multiply, such as bfloat16; weights are kept in single precision."""

    def is_multiplied(self, name: str) -> bool:
        """Whether a weight is a kernel of a dense layer."""
        return name.endswith(".kernel") and not name.endswith(".sparse.kernel")


class State(Protocol):
    """All that the steps to come of a training depend on, between two epochs."""

    def kept(self) -> dict[str, NDArray[Any]]:
        """A copy of it, by name."""

    def go_on(self, kept: Mapping[str, NDArray[Any]]) -> bool:
        """Takes up what was kept; False, and nothing is changed, where that is of another training."""


def is_like(kept: Mapping[str, NDArray[Any]], own: Mapping[str, Any]) -> bool:
    """Whether there are arrays of the same names, shapes and types."""
    return kept.keys() == own.keys() and all(
        (kept[name].shape, kept[name].dtype) == (tuple(one.shape), np.dtype(one.dtype)) for name, one in own.items()
    )


class Watcher(Protocol):
    """Told of each epoch; may end the training, and keeps what it has come to."""

    def begin(self, state: State, backend: str) -> int:
        """Before the first epoch: how many were taken before the training was killed; the state is of after them."""

    def __call__(
        self, epoch: int, facts: Mapping[str, float], weights: Callable[[], dict[str, NDArray[np.float32]]]
    ) -> bool:
        """Whether to go on. `epoch` counts from 1; `weights` copies what was learnt so far."""


def ranges(starts: NDArray[Any], lengths: NDArray[Any]) -> NDArray[np.int64]:
    """starts[0], starts[0] + 1, ... lengths[0] of them, then those of the next."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    found: NDArray[np.int64] = np.arange(total) + np.repeat(np.asarray(starts) - (ends - lengths), lengths)
    return found


def replaced(weight: Weight, value: NDArray[np.float32], rows: NDArray[np.int64] | None = None) -> Weight:
    """The weight with what was learnt of it as its beginning; `rows`: where the rows of that are among more.

    The connections that there are stay the same: they were drawn at random, and training makes none zero.
    """
    if rows is not None:
        grown = weight.value.copy()
        grown[rows] = value
        value = grown
    return dataclasses.replace(weight, value=value, mask=None if weight.mask is None else value != 0)


def one_each(values: NDArray[np.int64], *, is_size: bool = False) -> Column:
    """A number for each step."""
    return Column(values.astype(np.int32), np.arange(len(values) + 1), is_size=is_size)


def splits_of(lengths: Sequence[int] | NDArray[Any]) -> NDArray[np.int64]:
    """Where runs of these lengths begin and end, one after another. [n] -> [n + 1]."""
    splits = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=splits[1:])
    return splits
