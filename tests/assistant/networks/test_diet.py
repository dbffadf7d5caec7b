"""DIET as a function of its weights and a batch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.networks import diet, diet_predict, numpy_ops, transformer
from graphbuild.assistant.networks.layers import Silence
from graphbuild.assistant.networks.similarity import SimilarityShape
from tests.assistant.networks.test_diet_steps import encoded


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
