"""Batches: every example in one of them, rare labels more often where they are balanced."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.networks import batches


@given(st.integers(0, 99), st.integers(1, 300), st.integers(1, 40))
def test_batches_hold_every_message_of_the_order_once(seed: int, count: int, size: int) -> None:
    random = np.random.default_rng(seed)
    order, lengths = random.permutation(count), random.integers(0, 30, count)
    found = batches.alike(order, lengths, size, random)
    assert sorted(np.concatenate(found).tolist()) == list(range(count))
    assert all(0 < len(batch) <= size for batch in found)


@given(st.integers(0, 99), st.integers(1, 300), st.integers(1, 40))
def test_batches_in_order_follow_each_other(seed: int, count: int, size: int) -> None:
    random = np.random.default_rng(seed)
    order, lengths = random.permutation(count), random.integers(0, 30, count)
    assert [sorted(batch.tolist()) for batch in batches.in_order(order, lengths, size)] == [
        sorted(order[first : first + size].tolist()) for first in range(0, count, size)
    ]


@given(st.integers(0, 99), st.integers(1, 20), st.integers(1, 40))
def test_only_many_batches_are_sorted_and_each_keeps_its_labels(seed: int, size: int, more: int) -> None:
    random = np.random.default_rng(seed)
    count = 16 * size - 1 + more * size
    lengths, labels = random.integers(0, 30, count), random.integers(0, 5, count).astype(np.int32)
    few, many = random.permutation(count)[: 16 * size - 1], random.permutation(count)
    found = batches.alike_by_label(few, labels, lengths, size, np.random.default_rng(seed))
    assert [one.tolist() for one in found] == [one.tolist() for one in batches.in_order(few, lengths, size)]
    found, plain = batches.alike_by_label(many, labels, lengths, size, random), batches.in_order(many, lengths, size)
    assert sorted(np.concatenate(found).tolist()) == list(range(count))
    assert sorted(sorted(labels[one].tolist()) for one in found) == sorted(
        sorted(labels[one].tolist()) for one in plain
    )
    same = np.zeros(count, dtype=np.int32)
    spread = sum(int(np.ptp(lengths[one])) for one in batches.alike_by_label(many, same, lengths, size, random))
    assert spread <= sum(int(np.ptp(lengths[one])) for one in plain)


def test_batches_of_long_messages_are_small() -> None:
    lengths = np.array([5000, 4000, 3000, *[5] * 200])
    for found in (
        batches.alike(np.arange(203), lengths, 64, np.random.default_rng(0)),
        batches.in_order(np.arange(203), lengths, 64),
    ):
        assert [len(batch) for batch in found if lengths[batch].max() >= 3000] == [1, 1, 1]
        assert max(len(batch) for batch in found) == 64


@given(st.lists(st.integers(0, 4), min_size=1, max_size=200), st.integers(1, 64), st.integers(0, 99))
def test_balanced_has_every_message_and_rare_labels_more_often(labels: list[int], size: int, seed: int) -> None:
    codes = np.array(labels, dtype=np.int32)
    order = batches.balanced(codes, size, np.random.default_rng(seed))
    times = np.bincount(order, minlength=len(codes))
    assert times.min() >= 1
    assert times[order[-1]] == 1, "it ends with what was still to come"
    by_label = [times[codes == code].mean() for code in np.unique(codes)]
    counts = np.bincount(codes)[np.unique(codes)]
    assert by_label[int(counts.argmin())] >= by_label[int(counts.argmax())]
