"""Messages and their features -> what DIET's networks take (networks.diet_steps.Encoded). Learns nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Csr, Features, Matrix
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.nlu.featurizers.matrices import gather_rows, side_by_side
from graphbuild.contract.columns import gather_rows as rows_of
from graphbuild.errors import DataError, Problem

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet import Columns
    from graphbuild.assistant.networks.diet_steps import Encoded
    from graphbuild.assistant.networks.sparse_rows import SparseRows

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def encode(
    messages: TokenizedMessages,
    features: Sequence[Features],
    labels: NDArray[np.int32] | None = None,
    tags: Sequence[NDArray[np.int32]] = (),
    like: Sequence[tuple[int, int]] | None = None,
) -> Encoded:
    """N messages with their features, labels [n] and tags [t] by level.

    `like`: (sparse, dense) columns of words and messages in the training. Raises DataError where there are others.
    """
    from graphbuild.assistant.networks.diet_steps import Encoded

    tokens = len(messages.tokens.starts)
    words, dense_words = _split([one.sequence for one in features], tokens)
    sentences, dense_messages = _split([one.sentence for one in features], len(messages))
    word_of = np.zeros(tokens, dtype=np.int32)
    if words is not None:
        words, word_of = distinct_rows(words)
    encoded = Encoded(
        splits=messages.tokens.splits,
        words=_rows(words),
        word_of=word_of,
        dense_words=dense_words,
        messages=_rows(sentences),
        dense_messages=dense_messages,
        labels=labels,
        tags=tuple(tags),
    )
    found = tuple((one.sparse, one.dense) for one in layout_of(encoded))
    if like is not None and found != tuple(like):
        facts = (("columns of the training", str(tuple(like))), ("columns now", str(found)))
        raise DataError(Problem("the features are not those that the network was trained with", facts=facts))
    return encoded


def _split(matrices: Sequence[Matrix | None], height: int) -> tuple[Csr | None, NDArray[np.float32] | None]:
    """The sparse and the dense ones, each side by side."""
    sparse = [one for one in matrices if isinstance(one, Csr)]
    dense = [one for one in matrices if one is not None and not isinstance(one, Csr)]
    joined = side_by_side(sparse, height) if sparse else None
    return joined if joined is not None and joined.columns else None, np.concatenate(dense, axis=1) if dense else None


def _rows(matrix: Csr | None) -> SparseRows | None:
    from graphbuild.assistant.networks.sparse_rows import SparseRows

    return SparseRows(matrix.indptr, matrix.indices, matrix.data, matrix.columns) if matrix is not None else None


def parts_of(features: Sequence[Features]) -> tuple[tuple[int, ...], ...]:
    """Columns of each sparse matrix of words and of messages, in the order in which they stand side by side."""
    levels = ([one.sequence for one in features], [one.sentence for one in features])
    return tuple(tuple(one.columns for one in level if isinstance(one, Csr)) for level in levels)


def distinct_rows(matrix: Csr) -> tuple[Csr, NDArray[np.int32]]:
    """The rows that differ, and for each row which of them it is: [r, c] -> [v, c], [r]."""
    hashes = _hashes(matrix)
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    code: NDArray[np.int32] = inverse.reshape(-1).astype(np.int32)
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


def layout_of(encoded: Encoded) -> tuple[Columns, Columns]:
    """How many columns the features of words and of messages have."""
    from graphbuild.assistant.networks.diet import Columns

    def columns(sparse: SparseRows | None, dense: NDArray[np.float32] | None) -> Columns:
        return Columns(sparse.width if sparse is not None else 0, dense.shape[1] if dense is not None else 0)

    return columns(encoded.words, encoded.dense_words), columns(encoded.messages, encoded.dense_messages)


def take(encoded: Encoded, which: NDArray[np.int64]) -> Encoded:
    """Some of the messages by number."""
    from graphbuild.assistant.networks.diet_steps import Encoded
    from graphbuild.assistant.networks.sparse_rows import SparseRows

    tokens, splits = rows_of(encoded.splits, which)
    rows = encoded.messages
    if rows is not None:
        entries, own = rows_of(rows.splits, which)
        rows = SparseRows(own, rows.columns[entries], rows.values[entries], rows.width)
    return Encoded(
        splits=splits,
        words=encoded.words,
        word_of=encoded.word_of[tokens],
        dense_words=encoded.dense_words[tokens] if encoded.dense_words is not None else None,
        messages=rows,
        dense_messages=encoded.dense_messages[which] if encoded.dense_messages is not None else None,
        labels=encoded.labels[which] if encoded.labels is not None else None,
        tags=tuple(one[tokens] for one in encoded.tags),
    )
