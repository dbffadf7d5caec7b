"""Steps of DIET's training: every message in its place, whatever is cut where."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.networks import diet_steps
from graphbuild.assistant.networks.diet_steps import Encoded
from graphbuild.assistant.networks.sparse_rows import SparseRows
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


def test_parts_of_a_step_are_its_messages() -> None:
    data = encoded(5, 9)
    batches = [np.array([4, 2, 7, 0, 8]), np.array([3]), np.array([1, 5])]
    (chunk,) = diet_steps.chunks(data, batches, 2)
    messages, counts = chunk["message"], chunk["parts"]
    found = [messages.values[first:last].tolist() for first, last in pairwise(messages.splits.tolist())]
    assert found == [[4, 7, 8], [2, 0], [3], [1], [5]]
    assert counts.values.tolist() == [2, 2, 1, 2, 2]
    (whole,) = diet_steps.chunks(data, batches)
    assert "parts" not in whole
    assert whole["message"].values.tolist() == [4, 2, 7, 0, 8, 3, 1, 5]
