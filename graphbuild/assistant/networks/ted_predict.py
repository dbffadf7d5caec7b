"""A trained TED at work, in numpy, dialogue by dialogue: what it says of one does not depend on the others.

l labels, e dimensions of the embedding, p turns of a dialogue, i of them asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from graphbuild.assistant.networks import numpy_ops, ted
from graphbuild.assistant.networks.layers import Silence, Weights
from graphbuild.assistant.networks.similarity import similarity
from graphbuild.assistant.networks.sparse_rows import rows_of
from graphbuild.assistant.networks.ted_steps import EncodedDialogues

Floats = NDArray[np.float32]


def predict(weights: Weights, shape: ted.TedShape, encoded: EncodedDialogues, labels: Floats) -> Iterator[Floats]:
    """How similar each label is to what comes after the turns that are asked for, [i, l] of each dialogue.

    labels [l, e]. A turn is asked for where `encoded.labels` is not -1.
    """
    # On vectors of this size threads wait for each other more than they compute.
    with threadpool_limits(1):
        for dialogue in range(len(encoded)):
            own = ted.dialogue_vectors(numpy_ops, weights, shape, _batch(encoded, dialogue), Silence())  # [i, e]
            yield similarity(numpy_ops, own[:, None], labels, shape.similarity.similarity_type)


def label_vectors(weights: Weights, shape: ted.TedShape) -> Floats:
    """The embeddings of the labels, [l, e]."""
    return np.asarray(ted.label_vectors(numpy_ops, weights, shape, Silence()))


def _batch(encoded: EncodedDialogues, dialogue: int) -> ted.Batch:
    own = slice(int(encoded.splits[dialogue]), int(encoded.splits[dialogue + 1]))
    turns = encoded.turns[own]
    length = len(turns)
    states, state_of = np.unique(turns, return_inverse=True)
    return ted.Batch(
        features={name: rows_of(rows, states) for name, rows in encoded.states.items()},
        is_there={name: one[states].astype(np.float32) for name, one in encoded.is_there.items()},
        state_of=state_of.reshape(-1),
        positions=length,
        lengths=np.array([length]),
        turns=np.arange(length),
        home=np.zeros(length, dtype=np.int64),
        home_position=np.arange(length),
        asked=np.zeros(1, dtype=np.int64) if encoded.asks_first else np.flatnonzero(encoded.labels[own] >= 0),
    )
