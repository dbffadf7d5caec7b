"""Telling of much: what is kept where not everything can be, what takes back, and that work grows with the stories."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import START, Event, StoryGraph, StoryStep
from graphbuild.assistant.dialogue.chains import Chains, evenly
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.telling import Limits, Telling
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from graphbuild.contract.artifact import decode_json
from tests.assistant.dialogue.tales import DOMAIN, act, actions, dialogues, loop, slot, step, user
from tests.benchmarks.trackers import DOMAIN as LARGE_DOMAIN
from tests.benchmarks.trackers import stories

INTENTS = ("greet", "inform", "bye")


def happens(name: str) -> Event:
    return Event("event", name)


def choices(count: int) -> list[StoryStep]:
    """One story with so many choices of three intents, one after another."""
    steps = []
    for number in range(count):
        start, says = (f"j{number}", (act("utter_hi"),)) if number else (START, ())
        steps += [step(*says, user(intent), start=start, end=f"j{number + 1}") for intent in INTENTS]
    return [*steps, step(act("utter_bye"), start=f"j{count}")]


def test_many_choices_are_thinned_and_it_is_told() -> None:
    output = TrackerGenerator().apply(StoryGraph(tuple(choices(20))), DOMAIN)
    made = output.dialogues
    assert 100 < len(made) < 10_000
    ((_, what, hint),) = output.warnings.rows
    assert f"{made.left_out} or more were left out" in what
    assert "unique_last_num_states" in (hint or "")


def test_few_choices_are_told_in_full() -> None:
    made = TrackerGenerator().apply(StoryGraph(tuple(choices(6))), DOMAIN)
    assert (len(made.dialogues), made.dialogues.left_out, made.warnings.rows) == (3**6, 0, ())


@pytest.mark.parametrize("max_history", [2, 5])
def test_comparing_the_last_states_loses_no_window_of_so_many(max_history: int) -> None:
    featurizer = MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(max_history=max_history))
    every, fewer = dialogues(*choices(6)), dialogues(*choices(6), unique_last_num_states=max_history)
    assert len(fewer) < len(every)
    assert featurizer.apply(fewer).encode() == featurizer.apply(every).encode()


def test_comparing_the_last_states_keeps_twenty_choices_small() -> None:
    made = dialogues(*choices(20), unique_last_num_states=5)
    assert made.left_out == 0
    assert len(made) < 2_000


@pytest.mark.parametrize("count", [500, 1000])
def test_links_grow_with_the_stories(count: int) -> None:
    """A link a turn at most, and dialogues of one beginning share it."""
    graph = stories(count)
    chains = Chains()
    ends = Telling(graph.steps, LARGE_DOMAIN, chains, Limits()).tell().all()
    turns = sum(event.type != "slot" for one in graph.steps for event in one.events)
    assert len(ends) < count
    assert len(chains) <= 2 * turns


def test_what_is_told_of_many_steps_is_told_of_each() -> None:
    graph = stories(1000)
    joined = TrackerGenerator().apply(graph, LARGE_DOMAIN).dialogues
    alone = TrackerGenerator().apply(StoryGraph(graph.steps[:500]), LARGE_DOMAIN).dialogues
    assert set(actions(alone)) <= set(actions(joined))


def test_a_restart_forgets_all_and_keeps_what_was_told() -> None:
    made = dialogues(step(user("greet"), slot("vip", True), act("utter_hi"), happens("restart"), user("bye"), act("x")))
    assert actions(made) == ["action_listen utter_hi", "action_listen x action_listen"]
    assert not any("vip" in made.states[state] for state in made.state_ids[made.splits[1] :].tolist())


def test_a_rewind_takes_the_last_turn_of_the_user_back() -> None:
    made = dialogues(
        step(user("greet"), act("utter_hi"), user("inform"), act("action_x"), happens("rewind"), user("bye"), act("y"))
    )
    assert actions(made) == [
        "action_listen utter_hi action_listen action_x",
        "action_listen utter_hi action_listen y action_listen",
    ]


def test_an_undo_takes_the_last_action_back() -> None:
    made = dialogues(step(user("greet"), act("utter_hi"), happens("undo"), act("action_x")))
    assert actions(made) == ["action_listen action_x action_listen", "action_listen utter_hi"]


FORM = (user("greet"), act("f"), loop("f"))


def test_what_a_user_gives_to_a_loop_is_the_loops_own_business() -> None:
    """As in Rasa: of further runs without an answer of another action, only what was set is seen."""
    asked = (user("inform"), slot("vip", True), act("f"), user("inform"), act("f"))
    made = dialogues(step(*FORM, *asked, loop(None), act("utter_bye")))
    assert actions(made) == ["action_listen f utter_bye action_listen"]
    seen = decode_json(made.states[made.state_ids[2]].encode())
    assert seen == {
        "prev_action": {"action_name": "f"},
        "slots": {"vip": [1.0, 1.0]},
        "user": {"intent": "greet"},
    }


def test_what_another_action_answers_in_a_loop_is_learnt() -> None:
    aside = (user("bye"), act("utter_hi"), act("f"))
    made = dialogues(step(*FORM, *aside, loop(None), act("utter_bye")))
    assert actions(made) == ["action_listen f action_listen utter_hi f utter_bye action_listen"]


@pytest.mark.parametrize(
    "between", [(loop(None), user("inform"), act("f"), loop("f")), (user("inform"), act("action_x"))]
)
def test_a_loop_that_ended_or_another_action_begins_anew(between: tuple[Event, ...]) -> None:
    (line,) = actions(dialogues(step(*FORM, *between)))
    assert line.split().count("action_listen") == 3


def test_an_action_of_the_name_of_a_loop_that_was_never_active_is_an_action() -> None:
    (line,) = actions(dialogues(step(user("greet"), act("f"), user("inform"), act("f"))))
    assert line == "action_listen f action_listen f action_listen"


def test_an_untold_first_run_stays_untold() -> None:
    (line,) = actions(dialogues(step(act("f"), loop("f"), user("inform"), act("f"), loop(None), act("utter_bye"))))
    assert line == "utter_bye action_listen"


def test_slots_that_are_reset_have_their_initial_values() -> None:
    made = dialogues(step(user("greet"), slot("vip", True), act("utter_hi"), happens("reset_slots"), act("action_x")))
    last = made.states[made.state_ids[made.labels.tolist().index(made.actions.index("action_x"))]]
    assert "vip" not in last


@pytest.mark.parametrize(("count", "most", "found"), [(3, 5, [0, 1, 2]), (6, 2, [1, 4]), (5, 1, [2]), (4, 0, [])])
def test_a_choice_is_spread_evenly(count: int, most: int, found: list[int]) -> None:
    assert evenly(count, most) == found


LONG = st.builds(
    lambda numbers, start, end: step(
        *(event for n in numbers for event in (user(INTENTS[n]), act(f"a{n}"))), start=start or START, end=end or None
    ),
    st.lists(st.integers(0, 2), min_size=1, max_size=3),
    st.sampled_from(("", "hub")),
    st.sampled_from(("", "hub")),
)


@given(
    st.lists(LONG, max_size=7, unique=True),
    st.sampled_from((None, 1, 2)),
    st.sampled_from((None, 1, 3)),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_what_limits_keep_depends_on_content_alone(
    steps: list[StoryStep], last: int | None, limit: int | None, seed: int, random: object
) -> None:
    def told(some: list[StoryStep]) -> bytes:
        return dialogues(*some, unique_last_num_states=last, tracker_limit=limit, seed=seed).encode()

    other = [
        dataclasses.replace(
            one,
            start=tuple(dataclasses.replace(p, name="center" if p.name == "hub" else p.name) for p in one.start),
            end=tuple(dataclasses.replace(p, name="center" if p.name == "hub" else p.name) for p in one.end),
        )
        for one in steps
    ]
    random.shuffle(other)  # type: ignore[attr-defined]
    assert told(steps) == told(other)


def test_a_domain_without_slots_is_enough() -> None:
    assert len(TrackerGenerator().apply(StoryGraph(tuple(choices(2))), DomainSpace((), (), (), (), ())).dialogues) == 9
    assert len(TrackerGenerator().apply(StoryGraph(tuple(choices(2))), DOMAIN).dialogues) == 9
