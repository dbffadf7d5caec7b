"""Sparse matrices in plain numpy: counting, gathering, adding up and stacking rows. Knows nothing of messages."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Csr, Matrix
from graphbuild.contract.columns import row_splits


def csr_of_entries(
    rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.float32] | None, shape: tuple[int, int]
) -> Csr:
    """From (row, column, value) entries in any order; those of one place are added up. Without values each is a 1."""
    height, width = shape
    places, entry, counts = np.unique(rows * width + columns, return_inverse=True, return_counts=True)
    data = counts if values is None else np.bincount(entry, weights=values, minlength=len(places))
    indptr = np.searchsorted(places, np.arange(height + 1, dtype=np.int64) * width)
    return Csr(data.astype(np.float32), (places % max(width, 1)).astype(np.int32), indptr.astype(np.int64), width)


def gather_rows(matrix: Csr, rows: NDArray[np.int64]) -> Csr:
    """Rows of a matrix by number, also several times."""
    lengths = np.diff(matrix.indptr)[rows]
    indptr = row_splits(lengths)
    source = np.repeat(matrix.indptr[:-1][rows], lengths) + _ranks(indptr, lengths)
    return Csr(matrix.data[source], matrix.indices[source], indptr, matrix.columns)


def sum_by_row(matrix: Csr, splits: NDArray[np.int64]) -> Csr:
    """Rows of tokens added up to rows of messages. matrix [t, c], splits [n + 1] -> [n, c]."""
    per_message = np.diff(matrix.indptr[splits])
    rows = np.repeat(np.arange(len(per_message)), per_message)
    return csr_of_entries(rows, matrix.indices.astype(np.int64), matrix.data, (len(per_message), matrix.columns))


def side_by_side(parts: Sequence[Matrix], height: int) -> Csr:
    """Matrices of equally many rows -> one, the columns of the first part first."""
    sparse = [part if isinstance(part, Csr) else _sparse(part) for part in parts]
    lengths = [np.diff(part.indptr) for part in sparse]
    indptr = row_splits(np.sum(lengths, axis=0) if lengths else np.zeros(height, dtype=np.int64))
    data = np.empty(indptr[-1], dtype=np.float32)
    indices = np.empty(indptr[-1], dtype=np.int32)
    begins, width = indptr[:-1].copy(), 0
    for part, length in zip(sparse, lengths, strict=True):
        target = np.repeat(begins, length) + _ranks(part.indptr, length)
        data[target] = part.data
        indices[target] = part.indices + width
        begins += length
        width += part.columns
    return Csr(data, indices, indptr, width)


def times_dense(matrix: Csr, dense: NDArray[np.float32]) -> NDArray[np.float32]:
    """[n, c] times [c, k] -> [n, k]. A row's result depends on that row alone, to the last bit."""
    product = np.zeros((matrix.shape[0], dense.shape[1]), dtype=np.float32)
    ends = matrix.indptr.tolist()
    for row, (first, last) in enumerate(itertools.pairwise(ends)):
        if first < last:
            weighted = matrix.data[first:last, None] * dense[matrix.indices[first:last]]
            product[row] = weighted.sum(axis=0)
    return product


def _sparse(dense: NDArray[np.float32]) -> Csr:
    rows, columns = np.nonzero(dense)
    indptr = row_splits(np.bincount(rows, minlength=len(dense)))
    return Csr(dense[rows, columns].astype(np.float32), columns.astype(np.int32), indptr, dense.shape[1])


def _ranks(indptr: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each entry, which of its row it is."""
    return np.arange(indptr[-1]) - np.repeat(indptr[:-1], lengths)
