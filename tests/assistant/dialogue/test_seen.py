"""What learners see of conversations in which rules have spoken. RASA.md 4.3; looked up in a running Rasa 3.6.21."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.seen import seen_by_learners, visible
from graphbuild.assistant.dialogue.story_steps import StoryHistories
from tests.assistant.dialogue.tales import DOMAIN, GOLDEN_STORY, act, dialogues, loop, slot, step, user

START: dict[str, Any] = {}


def state(previous: str, intent: str | None = None, loop: str | None = None, **slots: list[float]) -> dict[str, Any]:
    made: dict[str, Any] = {"prev_action": {"action_name": previous}}
    made |= {"user": {"intent": intent}} if intent else {}
    made |= {"active_loop": {"name": loop}} if loop else {}
    return made | ({"slots": slots} if slots else {})


def test_a_hidden_turn_is_left_out_and_what_follows_comes_after_the_turn_before_it() -> None:
    told = [
        START,
        state("action_listen", "greet"),
        state("utter_hi", "greet"),
        state("action_listen", "faq"),
        state("utter_faq", "faq"),
        state("action_listen", "bye"),
    ]
    hides = [False, False, False, True, True, False]
    assert [one for _, one in visible(told, hides, None)] == [
        START,
        state("action_listen", "greet"),
        state("utter_hi", "greet"),
        state("action_listen", "bye"),
    ]


def test_a_form_in_a_hidden_turn_is_hidden_too() -> None:
    told = [
        START,
        state("action_listen", "inform"),
        state("f", "inform", loop="f"),
        state("action_listen", "inform", loop="f"),
        state("utter_done", "inform"),
    ]
    seen = visible(told, [False, True, False, False, False], RuleOnly((), ("f",)))
    assert [place for place, _ in seen] == [0, 3, 4]


def test_a_user_who_was_not_heard_is_not_known_later() -> None:
    told = [START, state("action_listen", "faq"), state("utter_faq", "faq"), state("utter_more", "faq")]
    seen = [one for _, one in visible(told, [False, True, False, False], None)]
    assert seen == [START, state("action_listen"), state("utter_more")]


def test_unlikely_intents_are_no_turns() -> None:
    told = [START, state("action_listen", "greet"), state("action_unlikely_intent", "greet")]
    assert [place for place, _ in visible(told, [False] * 3, None)] == [0, 1]


def test_slots_and_loops_of_rules_alone_are_taken_out() -> None:
    made = StoryHistories().apply(StoryGraph((step(slot("vip", True), user("greet"), act("f"), loop("f")),)), DOMAIN)
    seen = seen_by_learners(made.histories, RuleOnly(("vip",), ("f",)))
    assert not any("vip" in one or "active_loop" in one for one in seen.states)
    assert seen.present is None
    assert len(seen) == len(made.histories)


def test_training_dialogues_stay_as_they_are() -> None:
    made = dialogues(GOLDEN_STORY)
    assert seen_by_learners(made, RuleOnly(("city",), ())) is made


@given(st.lists(st.sampled_from(["greet", "bye"]), min_size=1, max_size=4))
def test_where_nothing_is_hidden_all_is_seen(intents: list[str]) -> None:
    told = step(*(event for intent in intents for event in (user(intent), act("utter_hi"))))
    made = StoryHistories().apply(StoryGraph((told,)), DOMAIN).histories
    seen = seen_by_learners(made, None)
    assert (seen.states, seen.state_ids.tolist(), seen.splits.tolist()) == (
        made.states,
        made.state_ids.tolist(),
        made.splits.tolist(),
    )
