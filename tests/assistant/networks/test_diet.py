"""DIET as a function of its weights and a batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.networks import diet, diet_predict, numpy_ops, transformer
from graphbuild.assistant.networks.layers import Silence, Tensor
from graphbuild.assistant.networks.similarity import SimilarityShape
from tests.assistant.networks.test_diet_steps import encoded


class Storm(Silence):
    """All that can be dropped is."""

    def drop(self, x: Tensor, rate: float, *, makes_up: bool = True) -> Tensor:
        return x if rate == 0.0 else x * 0.0


@pytest.mark.parametrize("drops", [True, False])
def test_only_what_sparse_features_have_become_is_dropped(drops: bool) -> None:
    data = encoded(0, 5)
    assert data.words is not None
    given_words = np.random.default_rng(0).normal(size=(len(data.word_of), 4)).astype(np.float32)
    data = replace(data, dense_words=given_words, messages=None)
    shape = diet.DietShape(
        words=diet.Columns(data.words.width, 4),
        messages=diet.Columns(),
        labels=0,
        label_columns=0,
        tags=(),
        transformer=None,
        similarity=SimilarityShape(),
        embedding=5,
        dense_dimension=6,
        label_dense_dimension=6,
        concat_dimension=8,
        drops_sparse_input=False,
        drops_dense_input=drops,
    )
    weights = {name: one.value for name, one in diet.begin(shape, 0).items()}
    batch = diet_predict.batch_of(data, np.arange(5))
    found, _, _ = diet.encode(numpy_ops, weights, shape, batch, Storm(), with_words=True)
    assert found is not None
    assert (found[:, :6] == 0).all() == drops
    assert found[:, 6:] == pytest.approx(given_words)


@given(st.integers(0, 99), st.integers(1, 7), st.integers(1, 3), st.booleans(), st.booleans())
def test_messages_are_the_same_without_their_words(
    seed: int, count: int, layers: int, relative: bool, unidirectional: bool
) -> None:
    data = encoded(seed, count)
    assert data.words is not None
    assert data.messages is not None
    shape = diet.DietShape(
        words=diet.Columns(data.words.width),
        messages=diet.Columns(data.messages.width),
        labels=3,
        label_columns=3,
        tags=(),
        transformer=transformer.TransformerShape(
            layers, 8, 2, 0.2, 0.0, 0.5, unidirectional, relative_keys=relative, relative_values=relative
        ),
        similarity=SimilarityShape(),
        embedding=5,
        dense_dimension=6,
        label_dense_dimension=6,
        concat_dimension=8,
    )
    weights = {name: one.value for name, one in diet.begin(shape, seed).items()}
    batch = diet_predict.batch_of(data, np.arange(count))
    words, expected, _ = diet.encode(numpy_ops, weights, shape, batch, Silence(), with_words=True)
    nothing, found, _ = diet.encode(numpy_ops, weights, shape, batch, Silence(), with_words=False)
    assert words is not None
    assert len(words) == int(data.splits[-1])
    assert nothing is None
    assert found == pytest.approx(expected, abs=1e-4)
