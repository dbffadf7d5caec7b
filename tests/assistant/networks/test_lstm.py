"""The LSTM: its shapes, what padding does, and how batches are made. Slow, for TensorFlow is loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.assistant.learning.test_epochs import Shelf

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lstm() -> Any:
    from graphbuild.assistant.networks import lstm

    return lstm


def examples(lstm: Any, labels: Any) -> Any:
    """Two states, three samples of at most three of them."""
    windows = np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], dtype=np.int32)
    return lstm.Examples(np.eye(2, dtype=np.float32), windows, np.array(labels, dtype=np.int32), 2)


def test_one_action_a_sample_or_one_a_state(lstm: Any) -> None:
    for output_shape, made in (((5,), (None, 5)), ((3, 5), (None, 3, 5))):
        model = lstm.build((3, 4), output_shape, 8)
        assert model.output_shape == made
        assert [weight.shape for weight in model.get_weights()] == [(4, 32), (8, 32), (32,), (8, 5), (5,)]


def test_padding_is_passed_over(lstm: Any) -> None:
    model = lstm.build((3, 2), (4,), 8)
    states = np.array([[[0.0, 1.0]]], dtype=np.float32)
    padded = np.concatenate([np.full((1, 2, 2), lstm.PADDING, dtype=np.float32), states], axis=1)
    short = lstm.build((1, 2), (4,), 8)
    short.set_weights(model.get_weights())
    assert np.allclose(model(padded, training=False), short(states, training=False), atol=1e-6)


def test_probabilities_add_up(lstm: Any) -> None:
    model = lstm.build((3, 2), (3, 4), 8)
    found = lstm.predict(lambda: lstm.build((3, 2), (3, 4), 8), model.get_weights(), np.ones((2, 3, 2), np.float32))
    assert found.shape == (2, 3, 4)
    assert np.allclose(found.sum(axis=-1), 1.0, atol=1e-6)


@pytest.mark.parametrize(("count", "batch_size"), [(1, 32), (3, 1), (3, 2), (200, 1)])
def test_any_number_of_samples_and_batches(lstm: Any, count: int, batch_size: int) -> None:
    few = examples(lstm, [0, 1, 0])
    several = lstm.Examples(few.states, np.resize(few.windows, (count, 3)), np.resize(few.labels, count), 2)
    heard: list[int] = []
    how = lstm.Training(epochs=2, batch_size=batch_size, validation_split=0.1, seed=1)
    found = lstm.train(lambda: lstm.build((3, 2), (2,), 4), several, how, lambda done, *_: heard.append(done))
    assert heard == [1, 2]
    assert all(np.isfinite(weight).all() for weight in found)


def test_holding_everything_back_still_leaves_something_to_learn_from(lstm: Any) -> None:
    how = lstm.Training(epochs=1, batch_size=2, validation_split=1.0, seed=1)
    assert lstm.train(lambda: lstm.build((3, 2), (2,), 4), examples(lstm, [0, 1, 0]), how, lambda *_: None)


def test_padded_states_weigh_nothing(lstm: Any) -> None:
    """Accuracy counts only states with an action: all of them have the same one here, and it is learned."""
    facts: dict[str, float] = {}
    how = lstm.Training(epochs=60, batch_size=3, validation_split=0.0, seed=1)
    rows = examples(lstm, [[1, -1, -1], [1, 1, -1], [1, 1, 1]])
    right = lstm.Examples(rows.states, np.array([[0, -1, -1], [0, 1, -1], [0, 1, 1]], np.int32), rows.labels, 2)
    lstm.train(lambda: lstm.build((3, 2), (3, 2), 4), right, how, lambda done, total, told: facts.update(told))
    assert facts["accuracy"] == 1.0


@pytest.mark.parametrize("count", [3, 200])
def test_one_that_goes_on_ends_in_the_same_bytes(lstm: Any, count: int) -> None:
    """With dropout, batches in another order at each turn, and an epoch that ends amid a turn (200)."""
    few = examples(lstm, [0, 1, 0])
    several = lstm.Examples(few.states, np.resize(few.windows, (count, 3)), np.resize(few.labels, count), 2)
    how = lstm.Training(epochs=5, batch_size=2, validation_split=0.1, seed=1)

    def trained(shelf: Shelf, told: list[dict[str, float]]) -> list[bytes]:
        def tell(done: int, total: int, facts: dict[str, float]) -> None:
            told.append(facts)

        found = lstm.train(lambda: lstm.build((3, 2), (2,), 4), several, how, tell, shelf)
        return [one.tobytes() for one in found]

    whole, told = Shelf(), list[dict[str, float]]()
    expected = trained(whole, told)
    assert [one.done for one in whole.kept] == [1, 2, 3, 4]
    again, rest = Shelf(whole.kept[2]), list[dict[str, float]]()
    assert trained(again, rest) == expected
    assert (again.gone_on, rest) == ([3], told[3:])
    if count == 3:
        arrays = dict(whole.kept[2].arrays)
        arrays["0000"] = arrays["0000"][:1]
        other = Shelf(replace(whole.kept[2], arrays=arrays))
        assert trained(other, []) == expected
        assert other.gone_on == []
