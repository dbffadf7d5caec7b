"""The conditional random field against sums over all ways."""

from __future__ import annotations

import itertools
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from graphbuild.assistant.networks import crf

Floats = NDArray[np.float32]


def drawn(seed: int, length: int, tags: int) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    scores = random.normal(0, 3, (length, tags)).astype(np.float32)
    return scores, random.normal(0, 2, (tags, tags)).astype(np.float32)


def ways(scores: Floats, transitions: Floats) -> dict[tuple[int, ...], float]:
    """What every way through the positions scores."""
    found = {}
    for way in itertools.product(range(scores.shape[1]), repeat=len(scores)):
        steps = sum(float(transitions[a, b]) for a, b in itertools.pairwise(way))
        found[way] = steps + sum(float(scores[place, tag]) for place, tag in enumerate(way))
    return found


SIZES = st.tuples(st.integers(0, 1000), st.integers(1, 4), st.integers(1, 4))


@given(SIZES)
def test_the_best_tags_are_those_of_the_best_way(sizes: tuple[int, int, int]) -> None:
    scores, transitions = drawn(*sizes)
    found = ways(scores, transitions)
    assert tuple(crf.best_tags(scores, transitions).tolist()) == max(found, key=lambda way: found[way])


@given(SIZES)
def test_marginals_are_shares_of_all_ways(sizes: tuple[int, int, int]) -> None:
    scores, transitions = drawn(*sizes)
    found = ways(scores, transitions)
    highest = max(found.values())
    weights = {way: np.exp(score - highest) for way, score in found.items()}
    expected = np.zeros(scores.shape)
    for way, weight in weights.items():
        expected[np.arange(len(scores)), way] += weight / sum(weights.values())
    assert crf.marginals(scores, transitions) == pytest.approx(expected, abs=1e-4)


@pytest.mark.slow
def test_the_loss_is_the_logarithm_of_the_share_of_one_way() -> None:
    import keras

    from graphbuild.assistant.networks import keras_ops

    transitions = drawn(0, 1, 3)[1]
    lengths = (4, 1, 3, 0)
    scores = np.zeros((4, 4, 3), dtype=np.float32)
    tags = np.zeros((4, 4), dtype=np.int32)
    expected = []
    for row, length in enumerate(lengths):
        own = drawn(row, length, 3)[0]
        scores[row, :length] = own
        tags[row, :length] = np.random.default_rng(row).integers(3, size=length)
        found = ways(own, transitions)
        way = found[tuple(tags[row, :length].tolist())]
        expected.append(np.log(sum(np.exp(score) for score in found.values())) - way)
    mask = np.arange(4) < np.array(lengths)[:, None]
    losses: Any = crf.losses(keras_ops, scores, tags, mask, keras.ops.convert_to_tensor(transitions))
    assert np.array(losses)[:3] == pytest.approx(np.array(expected)[:3], abs=1e-4)
    assert np.array(losses)[3] == 0


def test_the_field_at_once_is_the_field_step_by_step() -> None:
    from autograd import grad

    from graphbuild.assistant.networks import autograd_ops

    by_steps = SimpleNamespace(**{name: one for name, one in vars(autograd_ops).items() if name != "log_partition"})
    random = np.random.default_rng(3)
    scores = random.normal(size=(5, 6, 4)).astype(np.float32)
    transitions = random.normal(size=(4, 4)).astype(np.float32)
    tags = random.integers(0, 4, size=(5, 6)).astype(np.int32)
    exists = np.arange(6) < np.array([6, 3, 1, 0, 5])[:, None]

    def loss(ops: Any, given: Any, steps: Any) -> Any:
        return ops.sum(crf.losses(ops, given, tags, exists, steps) * np.arange(1, 6, dtype=np.float32))

    assert loss(autograd_ops, scores, transitions) == pytest.approx(loss(by_steps, scores, transitions), rel=1e-6)
    for argument in (0, 1):
        at_once = grad(partial(loss, autograd_ops), argument)(scores, transitions)
        assert at_once == pytest.approx(grad(partial(loss, by_steps), argument)(scores, transitions), abs=1e-5)
