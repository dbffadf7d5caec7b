"""TED's networks of texts: every text in its step, and numpy says what TensorFlow says, tags included."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.networks import crf, diet, diet_predict, ted, ted_predict, ted_steps, ted_texts
from graphbuild.assistant.networks.diet_steps import Encoded
from graphbuild.assistant.networks.layers import Silence, gelu
from graphbuild.assistant.networks.similarity import SimilarityShape
from graphbuild.assistant.networks.ted_steps import EncodedDialogues, TedLoss
from graphbuild.assistant.networks.ted_text_steps import StepTexts, tagged_columns
from graphbuild.assistant.networks.transformer import TransformerShape
from tests.assistant.networks.test_diet_steps import sparse
from tests.assistant.networks.test_ted_steps import LABELS, STATES, encoded, shape_of, steps_of

TEXTS, WORDS, WIDTH, TAGS = 5, 6, 7, 3
ATTRIBUTES = ("text", "action_text")


def with_texts(seed: int, count: int, *, asks_first: bool) -> EncodedDialogues:
    """Dialogues of which states and labels are texts, or not."""
    random = np.random.default_rng(seed)
    data = encoded(seed, count, asks_first=asks_first)
    splits = np.concatenate([[0], np.cumsum(random.integers(1, 5, TEXTS))]).astype(np.int64)
    words = int(splits[-1])
    texts = Encoded(
        splits=splits,
        words=sparse(random, WORDS, WIDTH),
        word_of=random.integers(WORDS, size=words).astype(np.int32),
        dense_words=random.normal(size=(words, 2)).astype(np.float32),
        messages=sparse(random, TEXTS, WIDTH),
        dense_messages=None,
        tags=(random.integers(TAGS, size=words).astype(np.int32),),
    )
    text_of = {name: random.integers(-1, TEXTS, size=STATES).astype(np.int32) for name in ATTRIBUTES}
    text_of[ted_texts.LABELS] = np.array([-1, 3, -1, 1], dtype=np.int32)
    is_there = {**data.is_there, **{name: text_of[name] >= 0 for name in ATTRIBUTES}}
    return replace(data, texts=texts, text_of=text_of, is_there=is_there)


def shape_with(*, asks_first: bool) -> ted.TedShape:
    plain = shape_of(asks_first=asks_first, layers=1)
    network = diet.DietShape(
        words=diet.Columns(WIDTH, 2),
        messages=diet.Columns(WIDTH),
        labels=0,
        label_columns=0,
        tags=(),
        transformer=TransformerShape(1, 8, 2, 0.0, 0.0, 0.5),
        similarity=SimilarityShape(),
        embedding=3,
        dense_dimension=4,
        label_dense_dimension=0,
        concat_dimension=5,
    )
    names = (*ATTRIBUTES, ted_texts.LABELS)
    attributes = (*plain.attributes, *(ted.Attribute(name, 0, 4) for name in ATTRIBUTES))
    return replace(plain, attributes=attributes, texts=tuple((name, network) for name in names), tags=TAGS)


@pytest.mark.parametrize("first", [True, False])
def test_every_text_is_in_its_step(first: bool) -> None:
    data = with_texts(1, 7, asks_first=first)
    for step, batch in zip(steps_of(data, [np.arange(4), np.arange(4, 7)]), ([0, 4], [4, 7]), strict=True):
        for name in ATTRIBUTES:
            own = data.text_of[name][step["state"]]
            has = own >= 0
            assert np.array_equal(step[f"{name}.message"][step[f"{name}.of"]][has], own[has])
            assert set(step[f"{name}.message"].tolist()) == set(own[has].tolist()) or not has.any()
        assert step[f"{ted_texts.LABELS}.message"].tolist() == [1, 3]
        newest = data.turns[data.splits[:-1]][slice(*batch)]
        heard = data.text_of["text"][newest if first else step["state"][step["state_of"]]]
        tagged = step["text.message"][step["tagged.text"]][step["tagged.share"] > 0]
        assert np.array_equal(tagged, heard[heard >= 0])
        assert step["tagged.share"].sum() == pytest.approx(1.0)


def test_a_step_without_texts_has_one_that_counts_nowhere() -> None:
    nobody = np.full(3, -1, dtype=np.int32)
    texts = StepTexts.of(np.array([0, 0, 2]), np.array([4, 1, -1]), TEXTS, 3)
    assert (texts.keys % TEXTS).tolist() == [1, 4, 0, 0]
    found = tagged_columns(texts, np.array([0, 1, 2]), np.zeros(3, dtype=np.int64), nobody, 3)
    assert found["tagged.share"].values.tolist() == [0.0, 0.0, 0.0]
    assert np.diff(found["tagged.about"].splits).tolist() == [1, 1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("first", [True, False])
def test_numpy_says_of_each_dialogue_what_tensorflow_says_of_all(first: bool) -> None:
    import keras

    from graphbuild.assistant.networks import keras_ops

    data, shape = with_texts(3, 9, asks_first=first), shape_with(asks_first=first)
    random = np.random.default_rng(0)
    weights = {name: one.value for name, one in ted.begin(shape, 1).items()}
    weights = {name: one + random.normal(0, 0.1, one.shape).astype(np.float32) for name, one in weights.items()}
    rows = {name: one.rows for name, one in ted.begin(shape, 1).items() if one.rows is not None}
    (step,) = steps_of(data, [np.arange(9)])
    # A step sees the rows of a kernel that it uses.
    seen = {name: one[step[rows[name]]] if name in rows else one for name, one in weights.items()}
    tensors, tables, values = (
        {name: keras.ops.convert_to_tensor(one) for name, one in some.items()}
        for some in (seen, ted_steps.tables(data), step)
    )
    sizes = {name: [int(one[0])] for name, one in step.items() if name.endswith((".count", "positions"))}
    batch = TedLoss(shape).batch(keras_ops, tables, {**values, **sizes})
    heard = ted.hear(keras_ops, tensors, shape, batch, Silence())
    labels = ted_predict.label_vectors(weights, shape, data)
    theirs = ted.label_vectors(keras_ops, tensors, shape, Silence(), batch.texts[ted_texts.LABELS])
    assert np.allclose(labels, np.array(theirs), atol=1e-4)
    asked = np.arange(9) if first else step["turn"][data.labels >= 0]
    every = replace(batch, asked=keras.ops.convert_to_tensor(asked))
    vectors = np.array(ted.embedded(keras_ops, tensors, heard, every))
    said = list(ted_predict.predict(weights, shape, data, labels))
    assert np.allclose(np.concatenate([one.similarities for one in said]), vectors @ labels.T, atol=1e-3)
    if first:
        check_tags(keras_ops, tensors, data, batch, heard, said)


def check_tags(
    ops: Any,
    tensors: dict[str, Any],
    data: EncodedDialogues,
    batch: ted.Batch,
    heard: ted.Heard,
    said: list[ted_predict.Said],
) -> None:
    assert data.texts is not None
    words, places = np.array(heard.words), np.array(batch.texts["text"].batch.lengths)
    messages = np.unique(data.text_of["text"][data.turns][data.text_of["text"][data.turns] >= 0]).tolist()
    starts = np.concatenate([[0], np.cumsum(places)])
    found = 0
    for number, one in enumerate(said):
        text = int(data.text_of["text"][data.turns[data.splits[number]]])
        if text < 0:
            assert len(one.tags) == 0
            continue
        own = words[starts[messages.index(text)] : starts[messages.index(text) + 1]]
        context = gelu(ops, heard.vectors[number])
        scores = np.array(ted_texts.tag_scores(ops, tensors, own, context))
        transitions = np.array(ted_texts.transitions(tensors))
        best = crf.best_tags(scores, transitions)
        sure = np.take_along_axis(crf.marginals(scores, transitions), best[:, None], axis=1)[:, 0]
        assert one.tags.tolist() == best.tolist()
        assert np.allclose(one.sure, sure, atol=1e-3)
        found += 1
    assert found


def test_messages_of_a_batch_are_those_by_number() -> None:
    data = with_texts(5, 3, asks_first=True).texts
    assert data is not None
    batch = diet_predict.batch_of(data, np.array([3, 1]))
    assert batch.lengths.tolist() == [data.splits[4] - data.splits[3], data.splits[2] - data.splits[1]]
    assert batch.positions == int(batch.lengths.max()) + 1
    assert LABELS == 4
