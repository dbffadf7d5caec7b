from __future__ import annotations

import numpy as np
import pytest

from graphbuild.assistant.nlu.pretrained.batches import SIZE, Vectors, in_batches, steady_size


def test_batches_have_one_size_and_members_of_one_length() -> None:
    seen: list[list[str]] = []

    def run(batch: list[str]) -> Vectors:
        seen.append(batch)
        return np.array([[len(text), ord(text[0])] for text in batch], dtype=np.float32)

    texts = ["aa", "b", "cc", "dd", "ee", "ff", "g"]
    done: list[tuple[int, int]] = []
    rows = in_batches(texts, [len(text) for text in texts], run, 4, lambda *one: done.append(one))
    assert [row.tolist() for row in rows] == [[len(text), ord(text[0])] for text in texts]
    assert seen == [["aa", "cc", "dd", "ee"], ["ff"] * 4, ["b", "g", "g", "g"]]
    assert done == [(0, 7), (4, 7), (5, 7)]


@pytest.mark.parametrize(
    ("drift", "size"),
    [
        (lambda batch: np.zeros(len(batch)), SIZE),
        (lambda batch: np.arange(len(batch)), 1),  # the place shows
        (lambda batch: np.full(len(batch), len(set(batch))), 1),  # the others show
    ],
)
def test_arithmetic_that_treats_rows_unlike_is_found_out(drift: object, size: int) -> None:
    def run(batch: list[str]) -> Vectors:
        made = np.array([len(text) for text in batch]) + drift(batch) * 1e-6  # type: ignore[operator]
        return np.asarray(made, dtype=np.float32)[:, None]

    assert steady_size(run, [("one two", "two one")]) == size
