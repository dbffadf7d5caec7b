"""KerasPolicy: learns, is the same twice, can be loaded, and its network can be replaced by a project's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.dialogues import Dialogues, Samples
from graphbuild.assistant.dialogue.featurizers.full_dialogue import FullDialogueTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.policies.keras_policy import KerasPolicy, KerasPolicyState, state_features
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from graphbuild.contract.component import Context
from tests.assistant.dialogue.domains import DOMAIN, GOLDEN, action, graph, step, user

pytestmark = pytest.mark.slow


def dialogues() -> Dialogues:
    steps = (GOLDEN, step(user("bye"), action("utter_bye")), step(user("greet"), action("utter_hi")))
    return TrackerGenerator().apply(stories=graph(*steps), domain=DOMAIN)


def samples(max_history: int | None = 3) -> Samples:
    if max_history is None:
        return FullDialogueTrackerFeaturizer().apply(dialogues())
    return MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(max_history=max_history)).apply(dialogues())


class Dense(KerasPolicy):
    """A network of one's own."""

    def model_architecture(self, input_shape: tuple[int, int], output_shape: tuple[int, ...]) -> Any:
        import keras

        model = keras.Sequential(
            [
                keras.Input(input_shape),
                keras.layers.Flatten(),
                keras.layers.Dense(output_shape[-1], activation="softmax"),
            ]
        )
        model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
        return model


@pytest.mark.parametrize("policy", [KerasPolicy, Dense])
def test_training_twice_gives_equal_bytes(policy: type[KerasPolicy]) -> None:
    made = policy(policy.Config(epochs=2), Context(seed=7))
    assert made.train(samples()).encode() == made.train(samples()).encode()


def test_another_seed_gives_other_weights() -> None:
    one = KerasPolicy(KerasPolicy.Config(epochs=1), Context(seed=1)).train(samples())
    other = KerasPolicy(KerasPolicy.Config(epochs=1), Context(seed=2)).train(samples())
    assert one.encode() != other.encode()


@pytest.mark.parametrize("max_history", [3, None])
def test_it_learns_its_stories(max_history: int | None) -> None:
    """Long enough trained, it predicts the last action of every story; also after its state was stored."""
    epochs: list[tuple[int, int]] = []
    context = Context(seed=3, progress=lambda done, total, _: epochs.append((done, total)))
    policy = KerasPolicy(KerasPolicy.Config(epochs=60, validation_split=0.0), context)
    state = policy.train(samples(max_history))
    assert epochs == [(done, 60) for done in range(1, 61)]
    again = KerasPolicyState.decode(state.encode())
    made = policy.apply(again, dialogues())
    assert np.allclose(made.probabilities.sum(axis=1), 1.0, atol=1e-5)
    assert made.probabilities.tobytes() == policy.apply(state, dialogues()).probabilities.tobytes()
    assert {made.actions[best] for best in made.probabilities.argmax(axis=1)} == {"action_listen"}


def test_nothing_to_learn_from() -> None:
    empty = TrackerGenerator().apply(stories=graph(), domain=DOMAIN)
    policy = KerasPolicy(KerasPolicy.Config(epochs=1))
    state = policy.train(MaxHistoryTrackerFeaturizer().apply(empty))
    assert policy.apply(state, dialogues()).probabilities.shape == (3, 0)


def test_what_the_user_said_counts_right_after_it_was_said() -> None:
    said = '{"prev_action": {"action_name": "action_listen"}, "user": {"entities": ["city"], "intent": "inform"}}'
    later = '{"prev_action": {"action_name": "action_x"}, "user": {"entities": ["city"], "intent": "inform"}}'
    assert state_features(said) == {"prev_action:action_listen": 1.0, "intent:inform": 1.0, "entity:city": 1.0}
    assert state_features(later) == {"prev_action:action_x": 1.0}
