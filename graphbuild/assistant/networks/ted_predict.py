"""A trained TED at work, in numpy, dialogue by dialogue: what it says of one does not depend on the others.

l labels, e dimensions of the embedding, p turns of a dialogue, i of them asked for, w words, k tags.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks import crf, diet_predict, diet_steps, numpy_ops, ted, ted_texts
from graphbuild.assistant.networks.layers import Silence, Weights, gelu
from graphbuild.assistant.networks.similarity import similarity
from graphbuild.assistant.networks.sparse_rows import rows_of
from graphbuild.assistant.networks.steps import splits_of
from graphbuild.assistant.networks.ted_steps import EncodedDialogues
from graphbuild.assistant.networks.threads import one_thread

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Said:
    """What the network says of one dialogue."""

    similarities: Floats  # [i, l]
    tags: Ints
    """Of the words that the user says in the turn that was asked for last [w]; none where nothing is tagged."""
    sure: Floats  # [w]


def predict(weights: Weights, shape: ted.TedShape, encoded: EncodedDialogues, labels: Floats) -> Iterator[Said]:
    """How similar each label is to what comes after the turns that are asked for, and the tags of what was said last.

    labels [l, e]. A turn is asked for where `encoded.labels` is not -1.
    """
    hides = [(name, replace(one, guesses_words=False)) for name, one in shape.texts]  # only training hides words
    shape = replace(shape, texts=tuple(hides))
    with one_thread():
        for dialogue in range(len(encoded)):
            batch = _batch(encoded, dialogue)
            heard = ted.hear(numpy_ops, weights, shape, batch, Silence())
            own = ted.embedded(numpy_ops, weights, heard, batch)  # [i, e]
            similarities = similarity(numpy_ops, own[:, None], labels, shape.similarity.similarity_type)
            yield Said(similarities, *_tags(weights, shape, batch, heard))


def label_vectors(weights: Weights, shape: ted.TedShape, encoded: EncodedDialogues) -> Floats:
    """The embeddings of the labels, [l, e]. `encoded`: the texts among them."""
    hides = [(name, replace(one, guesses_words=False)) for name, one in shape.texts]
    shape = replace(shape, texts=tuple(hides))
    texts = None
    if ted_texts.LABELS in shape.networks:
        assert encoded.texts is not None
        text_of = encoded.text_of[ted_texts.LABELS]
        texts = replace(_texts(encoded.texts, text_of), is_there=text_of >= 0)
    return np.asarray(ted.label_vectors(numpy_ops, weights, shape, Silence(), texts))


def _tags(weights: Weights, shape: ted.TedShape, batch: ted.Batch, heard: ted.Heard) -> tuple[Ints, Floats]:
    nothing = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    if not shape.tags or not len(batch.asked) or heard.words is None:
        return nothing
    asked = int(batch.asked[-1])
    state = batch.state_of[asked]
    if not batch.is_there[ted_texts.USER][state]:
        return nothing
    texts = batch.texts[ted_texts.USER]
    splits = splits_of(texts.batch.lengths)
    text = int(texts.of[state])
    words = heard.words[splits[text] : splits[text + 1]]
    if not len(words):
        return nothing
    context = gelu(numpy_ops, heard.vectors[asked])
    scores = ted_texts.tag_scores(numpy_ops, weights, words, context)  # [w, k]
    transitions = ted_texts.transitions(weights)
    best = crf.best_tags(scores, transitions)
    return best, np.take_along_axis(crf.marginals(scores, transitions), best[:, None], axis=1)[:, 0]


def _texts(encoded: diet_steps.Encoded, text_of: Ints) -> ted_texts.Texts:
    """The texts that some states or labels have, each once and one at least, and no others; the first for the rest."""
    distinct = np.unique(text_of[text_of >= 0]).astype(np.int64)
    code = np.where(text_of >= 0, np.searchsorted(distinct, text_of), 0)
    return ted_texts.Texts(diet_predict.batch_of(encoded, distinct), code)


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
        texts={
            name: _texts(encoded.texts, text_of[states])
            for name, text_of in encoded.text_of.items()
            if encoded.texts is not None and name != ted_texts.LABELS and (text_of[states] >= 0).any()
        },
    )
