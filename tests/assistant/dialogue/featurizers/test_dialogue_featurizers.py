"""Windows and whole dialogues: the samples of RASA.md 9.3, and that rules leave those of stories alone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.dialogues import Dialogues, Samples
from graphbuild.assistant.dialogue.featurizers.full_dialogue import FullDialogueTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.contract.artifact import decode_json, encode_json
from tests.assistant.dialogue.retelling import told
from tests.assistant.dialogue.tales import GOLDEN_STORY, SNIPPET, act, dialogues, rule, step, user

LISTEN = {"prev_action": {"action_name": "action_listen"}}


def windows(trackers: Dialogues, **options: Any) -> Samples:
    return MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(**options)).apply(trackers)


def whole(trackers: Dialogues) -> Samples:
    return FullDialogueTrackerFeaturizer().apply(trackers)


def spelled(samples: Samples) -> list[tuple[list[dict[str, Any]], str]]:
    """(states, action) of each sample."""
    states = [decode_json(state.encode()) for state in samples.states]
    rows = zip(samples.windows.tolist(), samples.labels.tolist(), strict=True)
    return [([states[code] for code in row if code >= 0], samples.actions[label]) for row, label in rows]


def test_windows_are_those_of_rasa() -> None:
    greeted = LISTEN | {"user": {"intent": "greet"}}
    hi = {"prev_action": {"action_name": "utter_hi"}, "user": {"intent": "greet"}}
    informed = {"user": {"intent": "inform", "entities": ["city", "city#to"]}, "slots": {"city": [1.0]}}
    found = spelled(windows(dialogues(GOLDEN_STORY), max_history=2))
    expected = [
        ([{}], "action_listen"),
        ([{}, greeted], "utter_hi"),
        ([greeted, hi], "action_listen"),
        ([hi, LISTEN | informed], "action_x"),
        ([LISTEN | informed, {"prev_action": {"action_name": "action_x"}} | informed], "action_listen"),
    ]
    assert sorted(map(encode_json, found)) == sorted(map(encode_json, expected))


def test_windows_are_padded_on_the_left_and_hold_at_most_max_history_states() -> None:
    samples = windows(dialogues(GOLDEN_STORY), max_history=3)
    assert samples.windows.shape == (5, 3)
    assert sorted((samples.windows < 0).sum(axis=1).tolist()) == [0, 0, 0, 1, 2]
    assert not (samples.windows[:, -1] < 0).any()


def test_without_a_maximum_windows_hold_everything_before() -> None:
    samples = windows(dialogues(GOLDEN_STORY))
    assert (samples.max_history, samples.is_full, samples.windows.shape) == (None, False, (5, 5))


def test_equal_windows_are_kept_once_unless_told_otherwise() -> None:
    twice = dialogues(step(user("greet"), act("utter_hi")), step(user("greet"), act("utter_hi"), user("bye")))
    assert len(windows(twice, max_history=2).labels) == 4
    assert len(windows(twice, max_history=2, remove_duplicates=False).labels) == 7


def test_a_whole_dialogue_is_one_sample_padded_on_the_right() -> None:
    samples = whole(dialogues(step(user("greet")), GOLDEN_STORY))
    assert samples.is_full
    assert samples.windows.shape == samples.labels.shape == (2, 5)
    assert ((samples.windows < 0) == (samples.labels < 0)).all()
    assert sorted((samples.labels >= 0).sum(axis=1).tolist()) == [2, 5]


def test_a_rule_changes_nothing_of_the_samples_of_stories() -> None:
    """Not even the vocabularies: a policy that knows no rules is not trained again when one is edited."""
    alone = dialogues(GOLDEN_STORY)
    beside = dialogues(GOLDEN_STORY, rule(SNIPPET, user("bye"), act("a_rule")), rule(SNIPPET, act("b")))
    assert len(beside) > len(alone)
    assert windows(alone, max_history=2).encode() == windows(beside, max_history=2).encode()
    assert whole(alone).encode() == whole(beside).encode()


def test_nothing_gives_no_samples() -> None:
    for samples in (windows(dialogues()), whole(dialogues()), whole(dialogues(rule(SNIPPET, act("b"))))):
        assert samples.windows.shape == (0, 0)
        assert (samples.states, samples.actions) == ((), ())
        assert Samples.decode(samples.encode()).encode() == samples.encode()


STORIES = st.lists(
    st.lists(st.sampled_from([user("greet"), user("bye"), act("utter_hi"), act("utter_bye")]), min_size=1, max_size=6),
    min_size=1,
    max_size=4,
)


@given(STORIES, st.integers(1, 5))
def test_windows_are_the_last_states_before_each_action(stories: list[list[Any]], length: int) -> None:
    made = dialogues(*(step(*events) for events in stories))
    expected = {
        repr(([state for state, _ in turns[max(0, at + 1 - length) : at + 1]], action))
        for _, turns in told(made)
        for at, (_, action) in enumerate(turns)
    }
    samples = windows(made, max_history=length)
    assert {repr(one) for one in spelled(samples)} == expected
    assert len(samples.labels) == len(expected)
    assert Samples.decode(samples.encode()).encode() == samples.encode()
