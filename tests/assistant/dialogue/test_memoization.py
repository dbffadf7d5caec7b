"""MemoizationPolicy: Rasa's keys, what it repeats and where it is silent."""

from __future__ import annotations

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.dialogue.featurizers.full_dialogue import FullDialogueTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.policies.memoization import MemoizationPolicy, MemorizedTurns
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from tests.assistant.dialogue.domains import DOMAIN, GOLDEN, action, graph, step, user


def dialogues(*steps: object) -> Dialogues:
    return TrackerGenerator().apply(stories=graph(*steps), domain=DOMAIN)  # type: ignore[arg-type]


def memorized(found: Dialogues, max_history: int | None) -> MemorizedTurns:
    featurizer = MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(max_history=max_history))
    return MemoizationPolicy().train(featurizer.apply(found))


def test_the_key_of_the_empty_state_is_rasas() -> None:
    """RASA.md 9.3."""
    assert dict(memorized(dialogues(GOLDEN), 2).lookup)["eJyLrq6NBQAEOAGx"] == "action_listen"


def test_every_situation_of_a_story_is_repeated() -> None:
    found = dialogues(GOLDEN)
    state = memorized(found, 2)
    for length in range(1, len(found.labels) + 1):
        begun = Dialogues(
            found.states, found.actions, found.splits * 0 + [0, length], found.state_ids[:length],
            found.labels[:length], found.is_rule,
        )  # fmt: skip
        made = MemoizationPolicy().apply(state, begun)
        assert made.actions[made.probabilities[0].argmax()] == found.actions[found.labels[length - 1]]
        assert made.probabilities[0].max() == 1.0


def test_contradicting_situations_are_left_out() -> None:
    one = step(user("greet"), action("utter_hi"))
    other = step(user("greet"), action("utter_bye"))
    state = memorized(dialogues(one, other), 5)
    assert "utter_hi" not in dict(state.lookup).values()
    assert "utter_bye" not in dict(state.lookup).values()


def test_an_unknown_situation_is_passed_over() -> None:
    state = memorized(dialogues(GOLDEN), 5)
    made = MemoizationPolicy().apply(state, dialogues(step(user("bye"), action("utter_bye"))))
    assert made.probabilities.sum() == 0.0


def test_whole_dialogues_give_the_situations_of_every_prefix() -> None:
    found = dialogues(GOLDEN)
    full = MemoizationPolicy().train(FullDialogueTrackerFeaturizer().apply(found))
    assert dict(full.lookup) == dict(memorized(found, None).lookup)


def test_nothing_to_learn_from() -> None:
    state = memorized(dialogues(), 3)
    assert state.lookup == ()
    assert MemoizationPolicy().apply(state, dialogues(GOLDEN)).probabilities.shape == (1, 0)


def test_the_state_is_canonical() -> None:
    state = memorized(dialogues(GOLDEN), 3)
    assert MemorizedTurns.decode(state.encode()) == state
