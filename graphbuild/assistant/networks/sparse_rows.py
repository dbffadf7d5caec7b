"""Rows of a sparse matrix as networks take them, without what a library of matrices brings along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks.layers import Rows
from graphbuild.assistant.networks.steps import ranges

NO_ROW = 2**30
"""Entries of this row count nowhere."""


@dataclass(frozen=True)
class SparseRows:
    """Rows of a sparse matrix: row i has the entries [splits[i], splits[i + 1])."""

    splits: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]
    width: int


def rows_of(matrix: SparseRows, which: NDArray[np.int64] | NDArray[np.int32]) -> Rows:
    """Some rows of a matrix."""
    lengths = matrix.splits[which + 1] - matrix.splits[which]
    entries = ranges(matrix.splits[which], lengths)
    rows = np.repeat(np.arange(len(which)), lengths)
    return Rows(matrix.columns[entries], matrix.values[entries], rows, len(which))
