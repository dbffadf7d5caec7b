"""Dialogues of stories and rules: what Rasa 3.6.21 made of the same (RASA.md 4.1 and 9.3), and laws."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.space import DomainSpace, SlotSpace
from graphbuild.assistant.data.stories import START, Checkpoint, Event, StoryGraph, StoryStep
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from tests.assistant.dialogue.retelling import told
from tests.assistant.dialogue.tales import (
    DOMAIN,
    GOLDEN_STORY,
    SNIPPET,
    act,
    actions,
    dialogues,
    loop,
    rule,
    slot,
    step,
    user,
)

LISTEN = {"prev_action": {"action_name": "action_listen"}}
GREETED = LISTEN | {"user": {"intent": "greet"}}


def turns(*steps: StoryStep) -> list[tuple[dict[str, object], str]]:
    ((_, found),) = told(dialogues(*steps))
    return found


def test_a_story_is_told_as_rasa_tells_it() -> None:
    informed = {"user": {"intent": "inform", "entities": ["city", "city#to"]}, "slots": {"city": [1.0]}}
    assert turns(GOLDEN_STORY) == [
        ({}, "action_listen"),
        (GREETED, "utter_hi"),
        ({"prev_action": {"action_name": "utter_hi"}, "user": {"intent": "greet"}}, "action_listen"),
        (LISTEN | informed, "action_x"),
        ({"prev_action": {"action_name": "action_x"}} | informed, "action_listen"),
    ]


def test_a_rule_is_told_after_its_snippet_with_what_must_not_be_set() -> None:
    conditions = (slot("vip", True), loop(None))
    seen = {"slots": {"vip": [1.0, 1.0]}, "active_loop": {"name": "should_not_be_set"}}
    assert turns(rule(*conditions, SNIPPET, user("bye"), act("utter_bye"))) == [
        (seen | {"prev_action": {"action_name": "..."}}, "action_listen"),
        (seen | LISTEN | {"user": {"intent": "bye"}}, "utter_bye"),
        (seen | {"prev_action": {"action_name": "utter_bye"}, "user": {"intent": "bye"}}, "action_listen"),
    ]


def test_a_rule_says_which_slot_must_be_empty_and_a_story_empties_it() -> None:
    events = (user("greet"), slot("vip", None), act("utter_hi"))
    assert turns(rule(SNIPPET, *events))[1][0]["slots"] == {"vip": "should_not_be_set"}
    assert "slots" not in turns(step(*events))[1][0]


def test_a_rule_that_does_not_wait_ends_with_the_snippet() -> None:
    made = dialogues(rule(SNIPPET, user("inform"), act("f"), loop("f"), SNIPPET))
    assert actions(made) == ["rule action_listen f ... action_listen"]


def test_rules_come_after_stories_and_apart() -> None:
    made = dialogues(rule(user("greet"), act("utter_hi")), step(user("greet"), act("utter_hi")))
    assert made.is_rule.tolist() == [False, True]
    assert actions(made) == ["action_listen utter_hi action_listen", "rule action_listen utter_hi action_listen"]


def test_every_user_turn_is_listened_for_even_after_another() -> None:
    made = dialogues(step(user("greet"), user("inform"), act("utter_hi"), user("bye")))
    assert actions(made) == ["action_listen action_listen utter_hi action_listen action_listen"]


def test_an_explicit_listen_is_not_doubled() -> None:
    made = dialogues(step(user("greet"), act("utter_hi"), act("action_listen"), user("bye"), act("action_listen")))
    assert actions(made) == ["action_listen utter_hi action_listen action_listen"]


def test_the_first_action_of_a_story_cannot_be_predicted_unless_it_is_to_listen() -> None:
    assert actions(dialogues(step(act("utter_hi"), user("bye"), act("utter_bye")))) == [
        "action_listen utter_bye action_listen"
    ]


def test_words_of_user_and_bot_are_seen_word_for_word() -> None:
    found = turns(step(Event("user", text="hi there"), Event("bot", text="hello")))
    assert found[1:] == [
        (LISTEN | {"user": {"text": "hi there"}}, "hello"),
        ({"prev_action": {"action_text": "hello"}, "user": {"text": "hi there"}}, "action_listen"),
    ]


def test_steps_are_joined_at_checkpoints() -> None:
    steps = (
        step(user("greet"), end="asked"),
        step(user("inform"), end="asked"),
        step(act("utter_hi"), start="asked"),
        step(act("utter_bye"), start="asked"),
    )
    bye, hi = "action_listen utter_bye action_listen", "action_listen utter_hi action_listen"
    assert actions(dialogues(*steps)) == [bye, bye, hi, hi]


def test_a_checkpoint_lets_through_those_that_meet_its_conditions() -> None:
    steps = (
        step(user("greet"), slot("vip", True), act("utter_hi"), end="asked"),
        step(user("inform"), slot("vip", False), act("action_x"), end="asked"),
        step(act("utter_bye"), start="asked", vip=True),
    )
    assert actions(dialogues(*steps)) == ["action_listen utter_hi utter_bye action_listen"]


def test_a_condition_may_ask_for_a_slot_that_does_not_influence_the_conversation() -> None:
    steps = (
        step(user("greet"), slot("hidden", "x"), act("utter_hi"), end="asked"),
        step(user("greet"), slot("hidden", "y"), act("action_x"), end="asked"),
        step(act("utter_bye"), start="asked", hidden="x"),
    )
    assert actions(dialogues(*steps)) == ["action_listen utter_hi utter_bye action_listen"]


def test_what_ends_at_a_checkpoint_that_nothing_starts_from_is_kept() -> None:
    assert actions(dialogues(step(user("greet"), act("utter_hi"), end="nowhere"))) == ["action_listen utter_hi"]


def test_a_step_that_nothing_leads_to_tells_nothing() -> None:
    assert actions(dialogues(step(user("greet"), act("utter_hi"), start="nowhere"))) == []


def test_equal_dialogues_are_kept_once_unless_told_otherwise() -> None:
    steps = (step(user("greet"), act("utter_hi")), step(user("greet"), slot("hidden", 1), act("utter_hi")))
    assert len(dialogues(*steps)) == 1
    assert len(dialogues(*steps, remove_duplicates=False)) == 2


def test_last_states_alone_may_tell_dialogues_apart_at_a_checkpoint() -> None:
    steps = (
        step(act("utter_hi"), user("greet"), act("utter_hi"), user("bye"), act("action_x"), end="asked"),
        step(user("bye"), act("action_x"), end="asked"),
        step(act("utter_bye"), start="asked"),
    )
    every = dialogues(*steps)
    fewer = dialogues(*steps, unique_last_num_states=1)
    assert sorted(len(line.split()) for line in actions(every)) == [4, 6]
    assert len(fewer) == 2, "the one that does not go on is kept as far as it went"
    assert sum(line.endswith("utter_bye action_listen") for line in actions(fewer)) == 1


def test_a_limit_holds_at_each_checkpoint() -> None:
    steps = [step(user("greet"), act(f"a{number}"), end="asked") for number in range(5)]
    assert len(dialogues(*steps, step(act("utter_bye"), start="asked"), tracker_limit=3)) == 3


def test_cycles_are_gone_through_twice_at_most() -> None:
    steps = (
        step(user("greet"), end="asked"),
        step(act("action_x"), start="asked", end="asked"),
        step(act("utter_bye"), start="asked"),
    )
    assert actions(dialogues(*steps)) == [
        "action_listen action_x action_x",
        "action_listen action_x utter_bye action_listen",
        "action_listen utter_bye action_listen",
    ]


def test_a_hub_of_many_stories_does_not_explode() -> None:
    stories = [step(user("inform"), act(f"a{number:02}"), start="hub", end="hub") for number in range(30)]
    made = dialogues(step(user("greet"), end="hub"), *stories, step(act("utter_bye"), start="hub"))
    assert len(made) == 30 * 30 + 30 + 1


@pytest.mark.parametrize("count", [100, 1000])
def test_choices_that_come_together_again_are_shared(count: int) -> None:
    """Both ways from a joint to the next tell the same states: there is one dialogue, not 2 ** count."""
    steps = []
    for number in range(count):
        start, end = (START if number == 0 else f"c{number}"), (f"c{number + 1}" if number < count - 1 else None)
        steps += [
            step(user("greet"), *slots, act("utter_hi"), start=start, end=end) for slots in ((), (slot("hidden", 1),))
        ]
    assert actions(dialogues(*steps)) == [" ".join(["action_listen utter_hi"] * count) + " action_listen"]


def test_nothing_gives_nothing() -> None:
    made = dialogues()
    assert (len(made), made.states, made.actions, made.splits.tolist()) == (0, (), (), [0])
    assert Dialogues.decode(made.encode()).encode() == made.encode()


NAMES = ("", "c0", "c1", "c2")
EVENTS = st.sampled_from(
    [
        *(user("greet"), user("inform", {"entity": "city", "value": "Rome"}), act("utter_hi"), act("utter_bye")),
        *(slot("vip", True), slot("vip", None), loop("f"), loop(None)),
    ]
)
STEPS = st.builds(
    lambda events, start, end, is_rule: step(*events, start=start or START, end=end or None, rule=is_rule),
    st.lists(EVENTS, min_size=1, max_size=4),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.booleans(),
)


@given(st.lists(STEPS, max_size=6), st.randoms(use_true_random=False))
def test_neither_order_nor_names_of_steps_matter(steps: list[StoryStep], random: object) -> None:
    shuffled = list(steps)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    names = dict(zip(NAMES[1:], ("z", "y", "x"), strict=True)) | {START: START}

    def renamed(points: tuple[Checkpoint, ...]) -> tuple[Checkpoint, ...]:
        return tuple(Checkpoint(names[point.name], point.conditions) for point in points)

    other = [dataclasses.replace(one, start=renamed(one.start), end=renamed(one.end)) for one in shuffled]
    assert dialogues(*steps).encode() == dialogues(*other).encode()


@given(st.lists(STEPS, max_size=6))
def test_dialogues_are_canonical(steps: list[StoryStep]) -> None:
    made = dialogues(*steps)
    assert Dialogues.decode(made.encode()).encode() == made.encode()
    assert list(made.states) == sorted({*made.states})
    assert set(made.state_ids.tolist()) == set(range(len(made.states)))
    assert set(made.labels.tolist()) == set(range(len(made.actions)))
    assert len({(rule, repr(turns)) for rule, turns in told(made)}) == len(made), "each once"


@given(st.lists(EVENTS, min_size=1, max_size=8))
def test_a_state_names_the_action_before_it(events: list[Event]) -> None:
    for _, found in told(dialogues(step(*events))):
        for (_, action), (state, _) in itertools.pairwise(found):
            assert state["prev_action"] == {"action_name": action}


def test_an_edit_of_the_domain_that_changes_no_state_changes_nothing() -> None:
    unused = dataclasses.replace(
        DOMAIN, actions=(*DOMAIN.actions, "utter_new"), slots=(*DOMAIN.slots, SlotSpace("z", "text"))
    )
    graph = StoryGraph((GOLDEN_STORY,))
    assert (
        TrackerGenerator().apply(graph, DOMAIN).dialogues.encode()
        == TrackerGenerator().apply(graph, unused).dialogues.encode()
    )


def test_a_domain_of_nothing_still_tells_stories() -> None:
    made = dialogues(GOLDEN_STORY, domain=DomainSpace((), (), (), (), ()))
    assert actions(made) == ["action_listen utter_hi action_listen action_x action_listen"]
