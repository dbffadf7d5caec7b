"""Steps of TED's training: every turn in its place, equal ones once; and numpy says what TensorFlow says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.networks import ted, ted_predict, ted_steps
from graphbuild.assistant.networks.layers import Rows, Silence
from graphbuild.assistant.networks.similarity import SimilarityShape
from graphbuild.assistant.networks.ted_steps import EncodedDialogues, equal_beginnings, equal_places
from graphbuild.assistant.networks.transformer import TransformerShape
from tests.assistant.networks.test_diet_steps import sparse

STATES, LABELS = 6, 4
WIDTHS = {"intent": 3, "action_name": 4, "slots": 5}


def encoded(seed: int, count: int, *, asks_first: bool = False, layers: int = 1) -> EncodedDialogues:
    random = np.random.default_rng(seed)
    splits = np.concatenate([[0], np.cumsum(random.integers(1, 6, count))]).astype(np.int64)
    turns = random.integers(3, size=int(splits[-1])).astype(np.int32)
    labels = random.integers(-1, LABELS, size=len(turns)).astype(np.int32)
    if asks_first:
        labels[:] = -1
    labels[splits[:-1]] = 0  # something is asked of each
    places = equal_places(splits, turns) if layers == 1 else np.arange(len(turns), dtype=np.int32)
    return EncodedDialogues(
        states={name: sparse(random, STATES, width) for name, width in WIDTHS.items()},
        is_there={name: random.random(STATES) < 0.7 for name in WIDTHS},
        splits=splits,
        turns=turns,
        same=places if asks_first else equal_beginnings(splits, turns),
        labels=labels,
        asks_first=asks_first,
    )


def shape_of(*, asks_first: bool, layers: int) -> ted.TedShape:
    transformer = TransformerShape(layers, 8, 2, 0.1, 0.0, 0.5, unidirectional=not asks_first, relative_keys=True)
    return ted.TedShape(
        attributes=tuple(ted.Attribute(name, width, 4) for name, width in WIDTHS.items()),
        labels=LABELS,
        label_dense_dimension=5,
        encoding_dimension=6,
        transformer=transformer if layers else None,
        similarity=SimilarityShape(),
        embedding=3,
        asks_first=asks_first,
    )


def steps_of(data: EncodedDialogues, batches: list[Any]) -> list[dict[str, Any]]:
    (chunk,) = ted_steps.chunks(data, batches)
    return [
        {name: one.values[one.splits[number] : one.splits[number + 1]] for name, one in chunk.items()}
        for number in range(len(batches))
    ]


@given(st.integers(0, 99), st.integers(1, 12))
def test_turns_are_the_same_where_all_before_them_is(seed: int, count: int) -> None:
    data = encoded(seed, count)
    seen: dict[int, tuple[int, ...]] = {}
    for first, last in zip(data.splits[:-1], data.splits[1:], strict=True):
        for at in range(first, last):
            beginning = tuple(data.turns[first : at + 1].tolist())
            assert seen.setdefault(int(data.same[at]), beginning) == beginning
    assert len(set(seen.values())) == len(seen)
    assert max(seen) < len(data.turns)


@given(st.integers(0, 99), st.integers(1, 12))
def test_places_are_the_same_where_state_and_position_are(seed: int, count: int) -> None:
    data = encoded(seed, count, asks_first=True)
    position = np.arange(len(data.turns)) - np.repeat(data.splits[:-1], np.diff(data.splits))
    pairs = list(zip(position.tolist(), data.turns.tolist(), strict=True))
    assert len(set(zip(pairs, data.same.tolist(), strict=True))) == len(set(pairs)) == len(set(data.same.tolist()))


@given(st.integers(0, 99), st.integers(1, 12), st.integers(1, 5), st.booleans())
def test_each_step_has_the_turns_of_its_dialogues(seed: int, count: int, size: int, first: bool) -> None:
    data = encoded(seed, count, asks_first=first)
    order = np.random.default_rng(seed).permutation(count)
    batches = [order[first : first + size] for first in range(0, count, size)]
    for batch, step in zip(batches, steps_of(data, batches), strict=True):
        wanted = [data.turns[data.splits[one] : data.splits[one + 1]].tolist() for one in batch]
        assert step["length"].tolist() == [len(one) for one in wanted]
        assert step["positions"][0] == max(map(len, wanted))
        found = step["state"][step["state_of"]][step["turn"]]
        assert found.tolist() == [state for one in wanted for state in one]
        assert len(set(step["state"].tolist())) == len(step["state"]) == step["states.count"][0]
        # A distinct turn is at home where it stands.
        starts = np.cumsum(step["length"]) - step["length"]
        assert (step["turn"][starts[step["home"]] + step["home_position"]] == np.arange(len(step["home"]))).all()


@given(st.integers(0, 99), st.integers(1, 12), st.integers(1, 5))
def test_the_rows_of_an_epoch_are_turns_without_those_that_a_step_shares(seed: int, count: int, size: int) -> None:
    data = encoded(seed, count)
    batches = [np.arange(first, min(first + size, count)) for first in range(0, count, size)]
    alone = sum(
        len({int(data.same[at]) for one in batch for at in range(*data.splits[one : one + 2])}) for batch in batches
    )
    assert ted_steps.rows_of(data, ted_steps.chunks(data, batches)) == alone
    assert ted_steps.rows_of(data, iter(())) == len(data.turns)


@given(st.integers(0, 99), st.integers(1, 12))
def test_every_dialogue_has_the_same_share_of_the_loss(seed: int, count: int) -> None:
    data = encoded(seed, count)
    batch = np.arange(count)
    (step,) = steps_of(data, [batch])
    shares: dict[tuple[int, int], float] = {}
    for first, last in zip(data.splits[:-1], data.splits[1:], strict=True):
        asked = [at for at in range(first, last) if data.labels[at] >= 0]
        for at in asked:
            key = int(data.same[at]), int(data.labels[at])
            shares[key] = shares.get(key, 0) + 1 / len(asked) / count
    assert step["count"][0] == len(shares) == len(step["label"]) == ted_steps.questions(data)
    assert np.allclose(sorted(step["share"]), sorted(shares.values()))
    assert step["share"].sum() == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.parametrize("layers", [0, 1, 2])
@pytest.mark.parametrize("first", [True, False])
def test_numpy_says_of_each_dialogue_what_tensorflow_says_of_all(first: bool, layers: int) -> None:
    import keras

    from graphbuild.assistant.networks import keras_ops

    data = encoded(3, 9, asks_first=first, layers=layers)
    shape = shape_of(asks_first=first, layers=layers)
    random = np.random.default_rng(0)
    weights = {name: one.value for name, one in ted.begin(shape, 1).items()}
    weights = {name: one + random.normal(0, 0.1, one.shape).astype(np.float32) for name, one in weights.items()}
    tensors = {name: keras.ops.convert_to_tensor(one) for name, one in weights.items()}
    (step,) = steps_of(data, [np.arange(9)])

    def rows(name: str) -> Rows:
        entries = step[f"{name}.entry"]
        own = data.states[name]
        return Rows(own.columns[entries], own.values[entries], step[f"{name}.row"], int(step["states.count"][0]))

    batch = ted.Batch(
        features={name: rows(name) for name in WIDTHS},
        is_there={name: data.is_there[name][step["state"]].astype(np.float32) for name in WIDTHS},
        state_of=step["state_of"],
        positions=int(step["positions"][0]),
        lengths=step["length"],
        turns=step["turn"],
        home=step["home"],
        home_position=step["home_position"],
        asked=np.arange(9) if first else step["turn"][data.labels >= 0],
    )
    vectors = np.array(ted.dialogue_vectors(keras_ops, tensors, shape, batch, Silence()))
    labels = ted_predict.label_vectors(weights, shape, data)
    assert np.allclose(labels, np.array(ted.label_vectors(keras_ops, tensors, shape, Silence())), atol=1e-5)
    found = np.concatenate([one.similarities for one in ted_predict.predict(weights, shape, data, labels)])
    assert np.allclose(found, vectors @ labels.T, atol=1e-4)
