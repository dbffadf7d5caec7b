"""What the networks share: dropout of sparse features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks import numpy_ops
from graphbuild.assistant.networks.layers import Rows, Silence, sparse_dense


class KeepsFirst(Silence):
    """Drops all values but the first, which makes up for them where it is to."""

    def drop(self, x: NDArray[np.float32], rate: float, *, makes_up: bool = True) -> NDArray[np.float32]:
        kept = np.zeros_like(x)
        kept[0] = x[0] / (1 - rate) if makes_up else x[0]
        return kept


def test_features_that_are_left_do_not_make_up_for_those_that_are_dropped() -> None:
    weights = {
        "l.kernel": np.array([[1.0, 2], [10, 20], [100, 200]], dtype=np.float32),
        "l.bias": np.ones(2, np.float32),
    }
    rows = Rows(np.array([0, 2]), np.array([1, 1], dtype=np.float32), np.array([0, 0]), 1)
    used = sparse_dense(numpy_ops, weights, "l", rows, Silence(), 0.2)
    np.testing.assert_allclose(used, [[102, 203]])
    learning = sparse_dense(numpy_ops, weights, "l", rows, KeepsFirst(), 0.2)
    np.testing.assert_allclose(learning, [[2, 3]], rtol=1e-6)
