"""Messages and their features -> what DIET's networks take (networks.diet_steps.Encoded). Learns nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Csr, Features, Matrix
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.nlu.featurizers.matrices import gather_rows, side_by_side

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet_steps import Encoded, SparseRows

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def encode(
    messages: TokenizedMessages,
    features: Sequence[Features],
    labels: NDArray[np.int32] | None = None,
    tags: Sequence[NDArray[np.int32]] = (),
) -> Encoded:
    """N messages with their features, labels [n] and tags [t] by level."""
    from graphbuild.assistant.networks.diet_steps import Encoded

    tokens = len(messages.tokens.starts)
    words, dense_words = _split([one.sequence for one in features], tokens)
    sentences, dense_messages = _split([one.sentence for one in features], len(messages))
    word_of = np.zeros(tokens, dtype=np.int32)
    if words is not None:
        words, word_of = distinct_rows(words)
    return Encoded(
        splits=messages.tokens.splits,
        words=_rows(words),
        word_of=word_of,
        dense_words=dense_words,
        messages=_rows(sentences),
        dense_messages=dense_messages,
        labels=labels,
        tags=tuple(tags),
    )


def _split(
    matrices: Sequence[Matrix | None], height: int
) -> tuple[Csr | None, NDArray[np.float32] | None]:
    """The sparse and the dense ones, each side by side."""
    sparse = [one for one in matrices if isinstance(one, Csr)]
    dense = [one for one in matrices if one is not None and not isinstance(one, Csr)]
    joined = side_by_side(sparse, height) if sparse else None
    return joined if joined is not None and joined.columns else None, np.concatenate(dense, axis=1) if dense else None


def _rows(matrix: Csr | None) -> SparseRows | None:
    from graphbuild.assistant.networks.diet_steps import SparseRows

    return SparseRows(matrix.indptr, matrix.indices, matrix.data, matrix.columns) if matrix is not None else None


def distinct_rows(matrix: Csr) -> tuple[Csr, NDArray[np.int32]]:
    """The rows that differ, and for each row which of them it is: [r, c] -> [v, c], [r]."""
    hashes = _hashes(matrix)
    _, first, code = np.unique(hashes, return_index=True, return_inverse=True)
    code = code.reshape(-1).astype(np.int32)
    found = gather_rows(matrix, first.astype(np.int64))
    again = gather_rows(found, code.astype(np.int64))
    if all(np.array_equal(getattr(matrix, name), getattr(again, name)) for name in ("indptr", "indices", "data")):
        return found, code
    return matrix, np.arange(len(code), dtype=np.int32)  # two rows have one hash: some work is done twice


def _hashes(matrix: Csr) -> NDArray[np.uint64]:
    """A number for each row that equal rows share."""
    entries = (matrix.indices.astype(np.uint64) << np.uint64(32)) | matrix.data.astype(np.float32).view(np.uint32)
    entries = (entries ^ (entries >> np.uint64(29))) * _MULTIPLIER
    entries = (entries ^ (entries >> np.uint64(32))) * _MULTIPLIER
    sums = np.zeros(len(entries) + 1, dtype=np.uint64)
    np.cumsum(entries, out=sums[1:])
    return sums[matrix.indptr[1:]] - sums[matrix.indptr[:-1]]
