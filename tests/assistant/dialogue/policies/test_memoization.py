"""MemoizationPolicy: keys as in Rasa's own tables (RASA.md 4.3, 9.3), contradictions, predictions."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.dialogues import Dialogues, Samples
from graphbuild.assistant.dialogue.featurizers.full_dialogue import FullDialogueTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.policies.memoization import MemoizationPolicy, MemorizedTurns
from graphbuild.contract.component import Helper
from tests.assistant.dialogue.tales import GOLDEN_STORY, SNIPPET, act, dialogues, rule, slot, step, user


def samples(trackers: Dialogues, max_history: int | None) -> Samples:
    if max_history is None:
        return FullDialogueTrackerFeaturizer().apply(trackers)
    return MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(max_history)).apply(trackers)


def policy(**options: Any) -> MemoizationPolicy:
    return MemoizationPolicy(MemoizationPolicy.Config(**options))


def learned(*steps: Any, max_history: int | None = 2, **options: Any) -> dict[str, str]:
    return dict(policy(**options).train(samples(dialogues(*steps), max_history)).lookup)


def situation(key: str) -> str:
    return zlib.decompress(base64.b64decode(key)).decode()


def test_the_key_of_the_first_turn_is_that_of_rasa() -> None:
    assert learned(GOLDEN_STORY)["eJyLrq6NBQAEOAGx"] == "action_listen"


def test_a_key_holds_the_states_without_quotes() -> None:
    found = {situation(key): action for key, action in learned(GOLDEN_STORY).items()}
    greeted = "{prev_action: {action_name: action_listen}, user: {intent: greet}}"
    hi = "{prev_action: {action_name: utter_hi}, user: {intent: greet}}"
    informed = "slots: {city: [1.0]}, user: {entities: [city, city#to], intent: inform}"
    assert found == {
        "[{}]": "action_listen",
        f"[{{}}, {greeted}]": "utter_hi",
        f"[{greeted}, {hi}]": "action_listen",
        f"[{hi}, {{prev_action: {{action_name: action_listen}}, {informed}}}]": "action_x",
        f"[{{prev_action: {{action_name: action_listen}}, {informed}}}, "
        f"{{prev_action: {{action_name: action_x}}, {informed}}}]": "action_listen",
    }


def test_keys_are_ascii_as_rasas_json_is() -> None:
    assert any("gr\\u00fc\\u00dfe" in situation(key) for key in learned(step(user("grüße"), act("utter_hi"))))


def test_keys_may_stay_readable() -> None:
    assert learned(GOLDEN_STORY, enable_feature_string_compression=False)["[{}]"] == "action_listen"


def test_situations_with_two_actions_are_forgotten() -> None:
    found = learned(step(user("greet"), act("utter_hi")), step(user("greet"), act("utter_bye")))
    assert sorted(found.values()) == ["action_listen"] * 3


def test_rules_are_not_memorized() -> None:
    assert learned(rule(SNIPPET, user("greet"), act("utter_hi"))) == {}


@pytest.mark.parametrize("max_history", [None, 1, 2, 5, 50])
def test_every_turn_of_a_story_is_known_again(max_history: int | None) -> None:
    trackers = dialogues(GOLDEN_STORY, step(user("bye"), act("utter_bye")))
    state = policy().train(samples(trackers, max_history))
    for dialogue in range(len(trackers)):
        first, last = trackers.splits[dialogue], trackers.splits[dialogue + 1]
        for end in range(first + 1, last + 1):
            begun = so_far(trackers, first, end)
            found = policy().apply(state, begun)
            assert found.actions[found.probabilities[0].argmax()] == trackers.actions[trackers.labels[end - 1]]
            assert found.probabilities[0].sum() == 1.0


def test_a_situation_that_no_story_has_gives_silence() -> None:
    state = policy().train(samples(dialogues(GOLDEN_STORY), 2))
    found = policy().apply(state, dialogues(step(user("bye"), act("action_x"), slot("vip", True))))
    assert found.probabilities.tolist() == [[0.0] * len(found.actions)]


def test_what_lies_before_the_history_does_not_count() -> None:
    state = policy().train(samples(dialogues(GOLDEN_STORY), 2))
    later = dialogues(step(user("bye"), act("utter_bye"), *GOLDEN_STORY.events))
    found = policy().apply(state, later)
    assert found.actions[found.probabilities[0].argmax()] == "action_listen"


def test_the_table_is_canonical() -> None:
    state = policy().train(samples(dialogues(GOLDEN_STORY), 2))
    assert MemorizedTurns.decode(state.encode()) == state
    nothing = policy().train(samples(dialogues(), None))
    assert policy().apply(nothing, dialogues(GOLDEN_STORY)).probabilities.shape == (1, 0)


@pytest.mark.parametrize(
    ("options", "helper"),
    [
        ({}, Helper("FullDialogueTrackerFeaturizer")),
        ({"max_history": 5}, Helper("MaxHistoryTrackerFeaturizer", {"max_history": 5})),
        (
            {"featurizer": [{"name": "MaxHistoryTrackerFeaturizer", "max_history": 3, "state_featurizer": []}]},
            Helper("MaxHistoryTrackerFeaturizer", {"max_history": 3}),
        ),
        (
            {"max_history": 4, "featurizer": [{"name": "rasa.core.MaxHistoryTrackerFeaturizer"}]},
            Helper("MaxHistoryTrackerFeaturizer", {"max_history": 4}),
        ),
        ({"featurizer": [{"name": "FullDialogueTrackerFeaturizer"}]}, Helper("FullDialogueTrackerFeaturizer")),
    ],
)
def test_the_featurizer_follows_the_configuration(options: dict[str, Any], helper: Helper) -> None:
    assert MemoizationPolicy.helpers(MemoizationPolicy.Config(**options)) == {"samples": helper}


def so_far(trackers: Dialogues, first: int, end: int) -> Dialogues:
    """One dialogue up to a state whose action is not known yet."""
    return Dialogues(
        trackers.states,
        trackers.actions,
        np.array([0, end - first], dtype=np.int64),
        trackers.state_ids[first:end],
        trackers.labels[first:end],
        np.array([False]),
        np.array([False]),
    )
