"""Adam over the rows that are used, against one that changes all rows in every step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from graphbuild.assistant.networks import numpy_adam
from graphbuild.assistant.networks.layers import Weight

pytestmark = pytest.mark.slow
RATE, ROWS, UNITS, STEPS = 0.01, 6, 3, 400


def gradients(seed: int) -> list[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """The rows that each step uses, and their gradients. Row 0 is always used, row 5 hardly ever."""
    random = np.random.default_rng(seed)
    chances = np.array([1.0, 0.8, 0.5, 0.2, 0.1, 0.01])
    return [
        (used, random.normal(0.3, 1, (len(used), UNITS)).astype(np.float32))
        for used in (np.flatnonzero(random.random(ROWS) < chances).astype(np.int32) for _ in range(STEPS))
    ]


def dense(start: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    weights, first, second = start.astype(np.float64), np.zeros(start.shape), np.zeros(start.shape)
    for step, (used, some) in enumerate(gradients(seed), start=1):
        gradient = np.zeros(start.shape)
        gradient[used] += some
        first += 0.1 * (gradient - first)
        second += 0.001 * (gradient**2 - second)
        length = RATE * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        weights = weights - length * first / (np.sqrt(second) + 1e-7)
    return weights.astype(np.float32)


def in_numpy(start: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    made = numpy_adam.learnt(Weight(start, decays=False, rows="used"))
    pace = numpy_adam.Pace(0, RATE, 0.0)
    for step, (used, some) in enumerate(gradients(seed), start=1):
        pace = numpy_adam.Pace(step, RATE, 0.0)
        parts = [used[:2], used[1:]]  # one row is of both
        made.seen(parts, pace)
        both = np.isin(used, used[1:2])[:, None]
        halved = np.where(both, some / 2, some)
        made.change([halved[:2], halved[1:]], pace)
    return made.value(pace)


def on_tensorflow(start: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    import tensorflow as tf

    from graphbuild.assistant.networks.sparse_adam import SparseAdam

    made, rate = SparseAdam(start), tf.constant(RATE)
    for step, (used, some) in enumerate(gradients(seed), start=1):
        now = tf.Variable(step, dtype=tf.int64)
        rows = made.rows(used, now, rate)
        made.apply(rows, tf.constant(some), now, rate)
    return made.caught_up(tf.Variable(STEPS, dtype=tf.int64), rate)


@pytest.mark.parametrize(("sparse", "many"), [(on_tensorflow, 0), (in_numpy, 0), (in_numpy, 100)])
def test_rows_that_rest_end_where_a_dense_step_would_take_them(
    sparse: Callable[..., NDArray[np.float32]], many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numpy_adam, "_MANY_ROWS", many)
    start = np.random.default_rng(7).normal(0, 0.1, (ROWS, UNITS)).astype(np.float32)
    expected, found = dense(start, 3), sparse(start, 3)
    moved = np.abs(expected - start).max(axis=1)
    assert np.abs(found[0] - expected[0]).max() < 1e-3  # what is always used is exact
    assert (np.abs(found - expected).max(axis=1) <= 1e-3 * moved).all()


def test_a_row_that_is_never_used_stays() -> None:
    start = np.full((ROWS, UNITS), 0.5, dtype=np.float32)
    import tensorflow as tf

    from graphbuild.assistant.networks.sparse_adam import SparseAdam

    step, rate = tf.Variable(30, dtype=tf.int64), tf.constant(RATE)
    assert np.array_equal(SparseAdam(start).caught_up(step, rate), start)
