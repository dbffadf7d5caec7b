"""Windows that end where the user speaks, and what is left out of all windows."""

from __future__ import annotations

from typing import Any

import pytest

from graphbuild.assistant.data.dialogues import Dialogues, IntentSamples
from graphbuild.assistant.data.stories import Event
from graphbuild.assistant.dialogue.featurizers.full_dialogue import FullDialogueTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.intent_max_history import IntentMaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.unlikely import UNLIKELY, without_unlikely
from graphbuild.contract.artifact import decode_json
from tests.assistant.dialogue.tales import GOLDEN_STORY, SNIPPET, act, dialogues, rule, step, user

LISTEN = {"prev_action": {"action_name": "action_listen"}}


def samples(trackers: Dialogues, **options: Any) -> IntentSamples:
    return IntentMaxHistoryTrackerFeaturizer(IntentMaxHistoryTrackerFeaturizer.Config(**options)).apply(trackers)


def spelled(found: IntentSamples) -> list[tuple[list[dict[str, Any]], list[str]]]:
    states = [decode_json(state.encode()) for state in found.states]
    rows = zip(found.windows.tolist(), found.labels.tolist(), strict=True)
    return [([states[s] for s in row if s >= 0], [found.intents[i] for i in label if i >= 0]) for row, label in rows]


def test_a_window_ends_with_the_state_in_which_the_bot_began_to_listen() -> None:
    greeted = LISTEN | {"user": {"intent": "greet"}}
    hi = {"prev_action": {"action_name": "utter_hi"}, "user": {"intent": "greet"}}
    found = spelled(samples(dialogues(GOLDEN_STORY), max_history=2))
    assert sorted(found, key=str) == sorted([([{}], ["greet"]), ([greeted, hi], ["inform"])], key=str)


def test_intents_that_follow_the_same_are_told_together() -> None:
    made = dialogues(
        step(user("greet"), act("utter_hi"), user("bye")),
        step(user("greet"), act("utter_hi"), user("inform")),
        step(user("bye")),
    )
    found = samples(made)
    assert sorted(map(str, (intents for _, intents in spelled(found)))) == ["['bye', 'greet']", "['bye', 'inform']"]
    assert IntentSamples.decode(found.encode()).encode() == found.encode()
    assert len(samples(made, remove_duplicates=False).windows) == 5


def test_what_is_written_word_for_word_is_left_out() -> None:
    told = Event("user", None, text="hello")
    made = dialogues(
        step(told, act("utter_hi"), user("bye")), step(user("greet"), Event("bot", "hi there"), user("bye"))
    )
    assert len(samples(made).windows) == 0


@pytest.mark.parametrize("trackers", [dialogues(), dialogues(rule(SNIPPET, user("bye"), act("b")))])
def test_nothing_gives_no_samples(trackers: Dialogues) -> None:
    found = samples(trackers)
    assert (found.states, found.intents, found.windows.shape, found.labels.shape) == ((), (), (0, 0), (0, 0))


def test_an_unlikely_intent_is_in_no_window() -> None:
    plain = dialogues(step(user("greet"), act("utter_hi"), user("bye"), act("utter_bye")))
    unexpected = dialogues(step(user("greet"), act("utter_hi"), user("bye"), act(UNLIKELY), act("utter_bye")))
    assert without_unlikely(plain) is plain
    assert samples(plain).encode() == samples(unexpected).encode()
    for featurizer in (FullDialogueTrackerFeaturizer(), MaxHistoryTrackerFeaturizer()):
        assert featurizer.apply(plain).encode() == featurizer.apply(unexpected).encode()
