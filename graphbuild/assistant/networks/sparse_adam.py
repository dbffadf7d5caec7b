"""Adam for a kernel of which each step uses few rows, on TensorFlow: what the others miss is caught up when they come.

A dense Adam changes every row in every step: momentum carries it on. Here a row that was not used for n steps gets the
sum of those changes at once, exactly but for how the bias corrections change meanwhile. So the cost of a step depends
on what it uses, not on the size of the vocabulary. k rows used, u units.

Kingma and Ba, "Adam", arXiv 1412.6980.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks.steps import BETAS, EPSILON
from graphbuild.assistant.networks.tensorflow_start import tf

_RATIO = BETAS[0] / BETAS[1] ** 0.5
"""How momentum shrinks in a step, against the root of the second moment."""


@dataclass(frozen=True)
class UsedRows:
    """Rows of one step as if every step had changed them."""

    places: Any  # [k]
    weights: Any  # [k, u]
    first: Any  # [k, u]
    second: Any  # [k, u]


class SparseAdam:
    """A kernel, and what Adam remembers of it."""

    def __init__(self, value: NDArray[np.float32]) -> None:
        self._weights = tf.Variable(value)
        self._first = tf.Variable(tf.zeros_like(value))
        self._second = tf.Variable(tf.zeros_like(value))
        self._done = tf.Variable(tf.zeros([len(value)], tf.int64))
        """The last step that each row is up to date with."""

    def rows(self, places: Any, step: Any, rate: Any) -> UsedRows:
        """Some rows, caught up to the step before this one."""
        weights, first, second = (tf.gather(one, places) for one in (self._weights, self._first, self._second))
        return self._caught_up(places, weights, first, second, step - 1 - tf.gather(self._done, places), step, rate)

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
        missed = step - self._done
        places = tf.range(tf.shape(missed)[0])
        rows = self._caught_up(places, self._weights, self._first, self._second, missed, step, rate)
        return np.array(rows.weights.numpy())

    def _caught_up(
        self, places: Any, weights: Any, first: Any, second: Any, missed: Any, step: Any, rate: Any
    ) -> UsedRows:
        missed = tf.expand_dims(tf.cast(missed, tf.float32), 1)  # [k, 1]
        length = _length(step, rate)
        carried = _RATIO * (1 - tf.pow(_RATIO, missed)) / (1 - _RATIO)
        moved = weights - length * carried * first / (tf.sqrt(second) + EPSILON)
        return UsedRows(places, moved, first * tf.pow(BETAS[0], missed), second * tf.pow(BETAS[1], missed))


def _length(step: Any, rate: Any) -> Any:
    """Of a step: the rate with the corrections of both moments' biases."""
    taken = tf.cast(step, tf.float32)
    return rate * tf.sqrt(1 - tf.pow(BETAS[1], taken)) / (1 - tf.pow(BETAS[0], taken))
