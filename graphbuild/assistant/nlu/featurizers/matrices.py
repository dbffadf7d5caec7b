"""Building and stacking the sparse matrices of features. numpy here; scipy only inside the functions that multiply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Csr, Features, Matrix


def csr_of_rows(rows: Sequence[dict[int, float]], columns: int) -> Csr:
    """From {column: value} a row."""
    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=indptr[1:])
    ordered = [sorted(row.items()) for row in rows]
    indices = np.array([column for row in ordered for column, _ in row], dtype=np.int32)
    data = np.array([value for row in ordered for _, value in row], dtype=np.float32)
    return Csr(data, indices, indptr, columns)


def gather_rows(matrix: Csr, rows: NDArray[np.int64]) -> Csr:
    """Rows of a matrix by number, also several times."""
    lengths = np.diff(matrix.indptr)[rows]
    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(lengths, out=indptr[1:])
    offsets = np.arange(indptr[-1]) - np.repeat(indptr[:-1], lengths)
    source = np.repeat(matrix.indptr[:-1][rows], lengths) + offsets
    return Csr(matrix.data[source], matrix.indices[source], indptr, matrix.columns)


def to_scipy(matrix: Csr) -> Any:
    """As scipy's csr_matrix, sharing the arrays."""
    from scipy.sparse import csr_matrix

    return csr_matrix((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)


def from_scipy(matrix: Any) -> Csr:
    """From scipy, in canonical form: sorted columns, no doubles, no stored zeros."""
    matrix = matrix.tocsr()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return Csr(
        matrix.data.astype(np.float32), matrix.indices.astype(np.int32), matrix.indptr.astype(np.int64), matrix.shape[1]
    )


def sum_by_row(matrix: Csr, splits: NDArray[np.int64]) -> Csr:
    """Rows of tokens added up to rows of messages. matrix [t, c], splits [n + 1] -> [n, c]."""
    from scipy.sparse import csr_matrix

    tokens = int(splits[-1])
    ones = np.ones(tokens, dtype=np.float32)
    adder = csr_matrix((ones, np.arange(tokens), splits), shape=(len(splits) - 1, tokens))
    return from_scipy(adder @ to_scipy(matrix))


def stack_sentences(features: Sequence[Features], rows: int) -> Any:
    """Sentence features of several featurizers side by side, as scipy's csr_matrix [n, columns]."""
    from scipy.sparse import csr_matrix, hstack

    parts: list[Matrix] = [one.sentence for one in features if one.sentence is not None]
    if not parts:
        return csr_matrix((rows, 0), dtype=np.float32)
    return hstack([to_scipy(part) if isinstance(part, Csr) else csr_matrix(part) for part in parts], format="csr")
