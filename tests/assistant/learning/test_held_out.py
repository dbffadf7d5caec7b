"""Messages that are held out of a training."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.learning.held_out import split_off


@given(st.lists(st.integers(0, 5), min_size=1, max_size=80), st.integers(0, 40), st.integers(0, 9))
def test_as_many_are_held_out_as_there_can_be_and_of_each_label_one_stays(
    labels: list[int], count: int, seed: int
) -> None:
    codes = np.array(labels, dtype=np.int32)
    learned, held = split_off(np.arange(len(codes)), codes, count, seed)
    assert sorted([*learned, *held]) == list(range(len(codes)))
    assert set(codes[learned]) == set(codes)
    spare = len(codes) - len(set(labels))
    assert len(held) <= count
    assert len(held) >= min(count, spare) - len(set(labels))
    if count and spare:
        assert len(held) > 0


def test_without_labels_some_are_held_out() -> None:
    learned, held = split_off(np.arange(10), None, 3, 0)
    assert (len(learned), len(held)) == (7, 3)
