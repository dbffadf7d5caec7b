"""Adam for a kernel of which each step uses few rows, on TensorFlow: what the others miss is caught up when they come.

k rows used, u units (networks.momentum).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks.momentum import CORRECTED, RATIO, TAILS
from graphbuild.assistant.networks.steps import BETAS, EPSILON
from graphbuild.assistant.networks.tensorflow_start import tf


@dataclass(frozen=True)
class UsedRows:
    """Rows of one step, and what Adam remembers of them."""

    places: Any  # [k]
    weights: Any  # [k, u]
    first: Any  # [k, u]
    second: Any  # [k, u]
    done: Any  # [k] the last step that changed each


class SparseAdam:
    """A kernel, and what Adam remembers of it."""

    def __init__(self, value: NDArray[np.float32]) -> None:
        self._weights = tf.Variable(value)
        self._first = tf.Variable(tf.zeros_like(value))
        self._second = tf.Variable(tf.zeros_like(value))
        self._done = tf.Variable(tf.zeros([len(value)], tf.int64))
        """The last step that changed each row."""

    def rows(self, places: Any, step: Any, rate: Any) -> UsedRows:
        """Some rows, caught up to the step before this one."""
        parts = (tf.gather(one, places) for one in (self._weights, self._first, self._second, self._done))
        return _caught_up(UsedRows(places, *parts), step - 1, rate)

    def apply(self, used: UsedRows, gradient: Any, step: Any, rate: Any) -> None:
        """Changes the rows by a gradient [k, u] that has the regularisation in it."""
        first = used.first + (1 - BETAS[0]) * (gradient - used.first)
        second = used.second + (1 - BETAS[1]) * (tf.square(gradient) - used.second)
        weights = used.weights - _length(step, rate) * first / (tf.sqrt(second) + EPSILON)
        for variable, value in ((self._weights, weights), (self._first, first), (self._second, second)):
            variable.scatter_update(tf.IndexedSlices(value, used.places))
        self._done.scatter_update(tf.IndexedSlices(tf.fill(tf.shape(used.places), step.read_value()), used.places))

    def caught_up(self, step: Any, rate: Any) -> NDArray[np.float32]:
        """A copy of the whole kernel as of a step."""
        rows = UsedRows(None, self._weights, self._first, self._second, self._done)
        return np.array(_caught_up(rows, step, rate).weights.numpy())

    def variables(self) -> dict[str, Any]:
        """All that later steps depend on, by name."""
        return {"value": self._weights, "first": self._first, "second": self._second, "done": self._done}


def _caught_up(rows: UsedRows, step: Any, rate: Any) -> UsedRows:
    """Rows as of a step."""
    missed = tf.expand_dims(tf.cast(step - rows.done, tf.float32), 1)  # [k, 1]
    then, now = (tf.gather(TAILS, tf.minimum(one, CORRECTED)) for one in (rows.done, step))  # [k] and one
    carried = tf.expand_dims(then, 1) - tf.pow(RATIO, missed) * now  # [k, 1]
    return UsedRows(
        rows.places,
        rows.weights - rate * carried * rows.first / (tf.sqrt(rows.second) + EPSILON),
        rows.first * tf.pow(BETAS[0], missed),
        rows.second * tf.pow(BETAS[1], missed),
        rows.done,
    )


def _length(step: Any, rate: Any) -> Any:
    """Of a step: the rate with the corrections of both moments' biases."""
    taken = tf.cast(step, tf.float32)
    return rate * tf.sqrt(1 - tf.pow(BETAS[1], taken)) / (1 - tf.pow(BETAS[0], taken))
