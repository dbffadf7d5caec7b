"""Steps of DIET's training: every message in its place, whatever is cut where."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.networks import diet_steps
from graphbuild.assistant.networks.diet_steps import Encoded, SparseRows
from graphbuild.assistant.networks.steps import ranges


def encoded(seed: int, count: int) -> Encoded:
    random = np.random.default_rng(seed)
    splits = np.concatenate([[0], np.cumsum(random.integers(0, 5, count))]).astype(np.int64)
    return Encoded(
        splits=splits,
        words=sparse(random, 6, 9),
        word_of=random.integers(6, size=int(splits[-1])).astype(np.int32),
        dense_words=None,
        messages=sparse(random, count, 7),
        dense_messages=None,
        labels=random.integers(3, size=count).astype(np.int32),
        tags=(random.integers(4, size=int(splits[-1])).astype(np.int32),),
    )


def sparse(random: np.random.Generator, rows: int, width: int) -> SparseRows:
    splits = np.concatenate([[0], np.cumsum(random.integers(0, 4, rows))]).astype(np.int64)
    columns = random.integers(width, size=int(splits[-1])).astype(np.int32)
    return SparseRows(splits, columns, random.random(len(columns)).astype(np.float32), width)


def dense(matrix: SparseRows) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    found = np.zeros((len(matrix.splits) - 1, matrix.width), dtype=np.float32)
    rows = np.repeat(np.arange(len(found)), np.diff(matrix.splits))
    np.add.at(found, (rows, matrix.columns), matrix.values)
    return found


@given(st.integers(0, 99), st.integers(1, 20), st.integers(1, 7))
def test_each_step_has_the_features_of_its_messages(seed: int, count: int, size: int) -> None:
    data = encoded(seed, count)
    random = np.random.default_rng(seed)
    order = random.permutation(count)
    batches = [order[first : first + size] for first in range(0, count, size)]
    tables = diet_steps.tables(data, None)
    (chunk,) = diet_steps.chunks(data, batches)
    assert data.words is not None
    assert data.messages is not None
    for number, batch in enumerate(batches):
        step = {name: one.values[one.splits[number] : one.splits[number + 1]] for name, one in chunk.items()}
        assert step["message"].tolist() == batch.tolist()
        assert step["positions"][0] == max(np.diff(data.splits)[batch].max(), 1) + 1
        tokens = ranges(data.splits[:-1][batch], np.diff(data.splits)[batch])
        assert step["token"].tolist() == tokens.tolist()
        for name, matrix, rows in (
            ("words", data.words, data.word_of[tokens]),
            ("messages", data.messages, batch),
        ):
            height = int(step["words.count"][0]) if name == "words" else len(batch)
            found = np.zeros((height, matrix.width), dtype=np.float32)
            columns = step[f"{name}.used"][step[f"{name}.column"]]
            np.add.at(found, (step[f"{name}.row"], columns), tables[f"{name}.values"][step[f"{name}.entry"]])
            made = found[step["word_of"]] if name == "words" else found
            assert np.allclose(made, dense(matrix)[rows])


@given(st.integers(0, 99), st.integers(1, 300), st.integers(1, 40))
def test_batches_hold_every_message_of_the_order_once(seed: int, count: int, size: int) -> None:
    random = np.random.default_rng(seed)
    order, lengths = random.permutation(count), random.integers(0, 30, count)
    found = diet_steps.batches(order, lengths, size)
    assert sorted(np.concatenate(found).tolist()) == list(range(count))
    assert [sorted(batch.tolist()) for batch in found] == [
        sorted(order[first : first + size].tolist()) for first in range(0, count, size)
    ]


def test_batches_of_long_messages_are_small() -> None:
    lengths = np.array([5000, 4000, 3000, *[5] * 200])
    found = diet_steps.batches(np.arange(203), lengths, 64)
    assert [len(batch) for batch in found if lengths[batch].max() >= 3000] == [1, 1, 1]
    assert max(len(batch) for batch in found) == 64


@given(st.lists(st.integers(0, 4), min_size=1, max_size=200), st.integers(1, 64), st.integers(0, 99))
def test_balanced_has_every_message_and_rare_labels_more_often(labels: list[int], size: int, seed: int) -> None:
    codes = np.array(labels, dtype=np.int32)
    order = diet_steps.balanced(codes, size, np.random.default_rng(seed))
    times = np.bincount(order, minlength=len(codes))
    assert times.min() >= 1
    by_label = [times[codes == code].mean() for code in np.unique(codes)]
    counts = np.bincount(codes)[np.unique(codes)]
    assert by_label[int(counts.argmin())] >= by_label[int(counts.argmax())]
