"""A trained DIET at work, in numpy, message by message: what it says of one does not depend on the others.

l labels, k tags, w words of a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks import crf, diet, numpy_ops
from graphbuild.assistant.networks.diet_steps import Encoded
from graphbuild.assistant.networks.layers import Silence, Weights, dense
from graphbuild.assistant.networks.similarity import similarity
from graphbuild.assistant.networks.sparse_rows import SparseRows, rows_of
from graphbuild.assistant.networks.steps import ranges
from graphbuild.assistant.networks.threads import one_thread

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Said:
    """What the network says of one message."""

    similarities: Floats | None  # [l]
    tags: tuple[tuple[NDArray[np.int32], Floats], ...]  # for each level: tags [w], and how sure it is of each [w]


def predict(weights: Weights, shape: diet.DietShape, encoded: Encoded, labels: Floats | None) -> Iterator[Said]:
    """What is said of each message, in order. labels [l, e]: the embeddings of what is told apart."""
    shape = replace(shape, guesses_words=False)  # only training hides words
    with one_thread():
        for message in range(len(encoded)):
            yield _one(weights, shape, batch_of(encoded, np.array([message])), labels)


def label_vectors(weights: Weights, shape: diet.DietShape, rows: SparseRows | None) -> Floats | None:
    """The embeddings of the labels, [l, e]; None where there are none."""
    if rows is None:
        return None
    everything = rows_of(rows, np.arange(len(rows.splits) - 1))
    return np.asarray(diet.label_vectors(numpy_ops, weights, shape, everything, Silence()))


def _one(weights: Weights, shape: diet.DietShape, batch: diet.Batch, labels: Floats | None) -> Said:
    words, whole, _ = diet.encode(numpy_ops, weights, shape, batch, Silence(), with_words=bool(shape.tags))
    similarities = None
    if labels is not None:
        own = dense(numpy_ops, weights, "messages.embed", whole)  # [1, e]
        similarities = similarity(numpy_ops, own, labels, shape.similarity.similarity_type)  # [l]
    tags: list[tuple[NDArray[np.int32], Floats]] = []
    entities: Floats | None = None
    for level, count in shape.tags if words is not None and len(words) else ():
        scores = diet.tag_scores(numpy_ops, weights, level, words, entities)  # [w, k]
        transitions = weights[f"{level}.transitions"]
        best = crf.best_tags(scores, transitions)
        sure = np.take_along_axis(crf.marginals(scores, transitions), best[:, None], axis=1)[:, 0]
        tags.append((best, sure))
        if entities is None:
            entities = (best[:, None] == np.arange(count)).astype(np.float32)
    return Said(similarities, tuple(tags))


def batch_of(encoded: Encoded, which: NDArray[np.int64]) -> diet.Batch:
    """Some messages by number."""
    lengths = np.diff(encoded.splits)[which]
    tokens = ranges(encoded.splits[which], lengths)
    return diet.Batch(
        count=np.int64(len(which)),
        positions=int(lengths.max(initial=0)) + 1,
        lengths=lengths,
        words=rows_of(encoded.words, encoded.word_of[tokens]) if encoded.words is not None else None,
        word_of=np.arange(len(tokens)),
        dense_words=encoded.dense_words[tokens] if encoded.dense_words is not None else None,
        messages=rows_of(encoded.messages, which) if encoded.messages is not None else None,
        dense_messages=encoded.dense_messages[which] if encoded.dense_messages is not None else None,
    )
