"""AugmentedMemoizationPolicy: what is known again once the past is forgotten (RASA.md 4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from graphbuild.assistant.data.stories import StoryGraph, StoryStep
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.unlikely import UNLIKELY
from graphbuild.assistant.dialogue.policies.augmented_memoization import AugmentedMemoizationPolicy
from graphbuild.assistant.dialogue.policies.memoization import MemoizationPolicy
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.story_steps import StoryHistories, StoryPredictions
from tests.assistant.dialogue.tales import DOMAIN, act, dialogues, slot, step, user

GREET = step(user("greet"), act("utter_hi"))


def recalled(
    policy: type[MemoizationPolicy], learnt: StoryStep, told: StoryStep, only: RuleOnly | None = None, **options: Any
) -> list[str]:
    """What is recalled at each step of a story; "-" for nothing."""
    featurizer = MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(options.pop("max_history", 5)))
    one = policy(policy.Config(**options))
    state = one.train(featurizer.apply(dialogues(learnt)))
    made = StoryHistories().apply(StoryGraph((told,)), DOMAIN)
    found = StoryPredictions().apply([one.apply(state, made.histories, only)], made.histories, made.steps)
    return [name if sure else "-" for name, sure in zip(found.actions, found.confidences.tolist(), strict=True)]


def test_a_slot_that_was_set_before_is_forgotten() -> None:
    told = step(slot("vip", True), user("bye"), act("utter_bye"), user("greet"), act("utter_hi"))
    assert recalled(MemoizationPolicy, GREET, told)[3:] == ["-", "-"]
    assert recalled(AugmentedMemoizationPolicy, GREET, told)[3:] == ["utter_hi", "action_listen"]


def test_a_slot_that_is_set_in_what_is_remembered_counts() -> None:
    told = step(user("bye"), act("utter_bye"), user("greet"), slot("vip", True), act("utter_hi"))
    assert recalled(AugmentedMemoizationPolicy, GREET, told)[2:] == ["-", "-"]


def test_initial_values_come_back_with_the_beginning() -> None:
    learnt = step(slot("city", "Rome"), user("greet"), act("utter_hi"))
    told = step(user("bye"), act("utter_bye"), user("greet"), act("utter_hi"))
    assert recalled(AugmentedMemoizationPolicy, learnt, told)[2:] == ["-", "-"]


def test_what_memoization_knows_needs_no_forgetting() -> None:
    for max_history in (1, 2, 5, None):
        policies = (MemoizationPolicy, AugmentedMemoizationPolicy)
        plain, augmented = (recalled(one, GREET, GREET, max_history=max_history) for one in policies)
        assert plain == augmented == ["utter_hi", "action_listen"]


def test_slots_that_only_rules_have_are_not_seen() -> None:
    told = step(user("greet"), slot("vip", True), act("utter_hi"))
    assert recalled(MemoizationPolicy, GREET, told) == ["-", "-"]
    assert recalled(MemoizationPolicy, GREET, told, RuleOnly(("vip",), ())) == ["utter_hi", "action_listen"]


@pytest.mark.parametrize("max_history", [1, 2, 3, 5, None])
def test_an_unlikely_intent_is_not_seen(max_history: int | None) -> None:
    """Rasa begins a past with that action, too, takes it out, and recalls from the empty rest how stories begin."""
    turns = [user("bye"), act("utter_hi"), user("greet"), act("utter_bye"), user("greet"), act("utter_hi")]
    marked = [one for turn in turns for one in ((turn, act(UNLIKELY)) if turn.type == "user" else (turn,))]
    for policy in (MemoizationPolicy, AugmentedMemoizationPolicy):
        learnt = step(*GREET.events, user("bye"), act("utter_bye"))
        plain, found = (recalled(policy, learnt, step(*events), max_history=max_history) for events in (turns, marked))
        # What is foreseen at the action itself is what is foreseen after it.
        assert found == [one for place, one in enumerate(plain) for _ in range(2 - place % 2)]
