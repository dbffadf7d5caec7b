from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.parts import StoryBlock
from graphbuild.assistant.data.space import DomainSpace, SlotSpace
from graphbuild.assistant.data.story_steps import merge_blocks
from graphbuild.assistant.visual import merging
from graphbuild.assistant.visual.merging import merged
from graphbuild.assistant.visual.story_map import StoryMap
from tests.assistant.visual.telling import (
    act,
    either,
    joint,
    loop,
    mapped,
    named,
    rule,
    says,
    slot,
    story,
    unrolled,
    user,
)


def test_places_with_the_same_last_actions_are_one() -> None:
    found = mapped(
        story("one", user("greet"), act("hi"), user("ask"), act("tell"), user("bye"), act("ciao")),
        story("two", user("hey"), act("hi"), user("ask"), act("tell"), user("more"), act("tell")),
    )
    assert named(found) == {
        (("START",), ("greet",), ("START", "hi")): {"one"},
        (("START",), ("hey",), ("START", "hi")): {"two"},
        (("START", "hi"), ("ask",), ("hi", "tell")): {"one", "two"},
        (("hi", "tell"), ("bye",), ("tell", "ciao")): {"one"},
        (("hi", "tell"), ("more",), ("tell", "tell")): {"two"},
        (("tell", "ciao"), (), ("END",)): {"one"},
        (("tell", "tell"), (), ("END",)): {"two"},
    }


def test_a_history_of_one_makes_one_spot_of_each_action() -> None:
    found = mapped(
        story("one", user("a"), act("x"), user("b"), act("y")),
        story("two", user("b"), act("y"), user("a"), act("x")),
        max_history=1,
    )
    assert [spot.name for spot in found.spots] == ["", "x", "y", ""]
    assert (("x",), ("b",), ("y",)) in named(found)


def test_choices_are_ways_side_by_side() -> None:
    found = mapped(story("one", either(user("yes"), user("sure")), act("x"), either(user("a"), user("b")), act("y")))
    assert [words for _, words, _ in named(found)] == [("sure",), ("yes",), ("a",), ("b",), ()]


def test_what_happens_between_actions_is_told_in_order() -> None:
    found = mapped(
        story(
            "one",
            user("go", "city"),
            slot("city", "Rome"),
            act("form"),
            loop("form"),
            slot("n", 1),
            loop(None),
            act("x"),
        )
    )
    ways = named(found)
    assert (("START",), ("go", "city = Rome"), ("START", "form")) in ways
    assert (("START", "form"), ("form begins", "n = 1", "the form ends"), ("form", "x")) in ways


def test_values_that_python_calls_equal_stay_apart() -> None:
    found = mapped(
        story("one", user("a"), slot("n", 1), act("x")),
        story("two", user("a"), slot("n", True), act("x")),
        story("three", user("a"), slot("n", ["list"]), act("x")),
    )
    assert sum(len(way.happenings) == 2 for way in found.ways) == 3


def test_a_choice_may_end_a_story_or_lead_to_a_checkpoint() -> None:
    choice = either(user("a"), user("b"))
    found = named(mapped(story("ends", choice), story("leads", choice, joint("j")), story("on", joint("j"), act("x"))))
    assert found[("START",), ("a",), ("END",)] == {"ends"}
    assert found[("START",), ("a",), ("START", "x")] == {"leads", "on"}


class TestCheckpoints:
    def test_stories_go_on_where_others_end(self) -> None:
        found = named(
            mapped(
                story("first", user("a"), act("x"), joint("there")),
                story("second", joint("there"), user("b"), act("y")),
            )
        )
        assert found[("START", "x"), ("b",), ("x", "y")] == {"second"}
        assert ("END",) not in [after for before, _, after in found if before == ("START", "x")]

    def test_a_turn_before_a_checkpoint_belongs_to_both_stories(self) -> None:
        found = named(
            mapped(
                story("first", user("a"), joint("there")),
                story("other", user("a"), joint("there")),
                story("between", joint("there"), slot("s", "v"), joint("further")),
                story("last", joint("further"), act("x")),
            )
        )
        assert found[("START",), ("a", "s = v"), ("START", "x")] == {"first", "other", "between", "last"}

    def test_cycles_are_cycles(self) -> None:
        found = mapped(
            story("begin", user("a"), act("x"), joint("again")),
            story("round", joint("again"), user("more"), act("x"), joint("again")),
            story("out", joint("again"), user("bye"), act("y")),
        )
        assert (("x", "x"), ("more",), ("x", "x")) in named(found)
        assert (found.left_out, found.unreached) == (0, ())

    def test_many_choices_in_a_row_do_not_multiply(self) -> None:
        turns = [[either(*(user(f"i{one}") for one in range(10))), act("x")] for _ in range(30)]
        found = mapped(story("long", *(one for turn in turns for one in turn)), max_history=40)
        assert (len(found.spots), len(found.ways)) == (32, 301)
        assert found.left_out == 0

    def test_conditions_are_followed_and_told(self) -> None:
        space = DomainSpace((), (), (SlotSpace("vip", "bool"),), (), ())
        blocks = [
            story("set", user("a"), slot("vip", True), act("x"), joint("there")),
            story("unset", user("b"), act("y"), joint("there")),
            story("on", joint("there", vip=True), user("c"), act("z")),
        ]
        found = named(merged(*merge_blocks(blocks), space, 2))
        assert (("START", "x"), ("if vip = true", "c"), ("x", "z")) in found
        assert found[("START", "y"), (), ("END",)] == {"unset"}

    def test_what_nothing_leads_to_is_told(self) -> None:
        found = mapped(story("one", user("a"), act("x")), story("lost", joint("nowhere"), user("b"), act("y")))
        assert [found.tellers[one].name for one in found.unreached] == ["lost"]

    def test_too_many_ways_are_cut_and_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(merging, "LEAST_BUDGET", 0)
        names = [f"a{number}" for number in range(9)]
        blocks = [story(name, user("u"), act(name), joint("there")) for name in names]
        blocks += [story(f"on {name}", joint("there"), user("u"), act(name), joint("there")) for name in names]
        found = [mapped(*order, max_history=8) for order in (blocks, blocks[::-1])]
        assert found[0].left_out > 0
        assert found[0] == found[1]


class TestRules:
    def test_they_begin_at_any_time_and_are_told_apart(self) -> None:
        found = mapped(story("s", user("a"), act("x")), rule("r", user("bye"), act("ciao")))
        assert named(found)[("...",), ("bye",), ("...", "ciao")] == {"r"}
        (way,) = (one for one in found.ways if found.spots[one.end].name == "ciao")
        assert found.is_of_rules(way.tellers)

    def test_conditions_come_first(self) -> None:
        found = mapped(rule("r", user("a"), act("x"), conditions=[loop("form"), slot("s", None)]))
        assert (("...",), ("if form is active", "if s = null", "a"), ("...", "x")) in named(found)

    def test_those_of_a_beginning_begin_where_stories_do(self) -> None:
        found = mapped(
            rule("r", user("a"), act("x"), anywhere=False), story("s", user("a"), act("x"), user("b"), act("y"))
        )
        assert named(found)[("START",), ("a",), ("START", "x")] == {"r", "s"}

    def test_those_that_do_not_wait_go_on(self) -> None:
        found = mapped(rule("r", user("a"), act("x"), act("...")))
        assert named(found)[("...", "x"), (), ("onward",)] == {"r"}


def test_words_of_the_assistant_are_no_actions() -> None:
    found = mapped(story("one", user("a"), says("x")), story("two", user("b"), act("x")), max_history=1)
    assert [(str(spot.kind), spot.name) for spot in found.spots[1:3]] == [("action", "x"), ("bot", "x")]


def test_a_map_reads_back_as_it_was_written() -> None:
    found = mapped(
        story("one", user("a", "city"), slot("n", 1.0), act("x"), says("hello")), rule("r", user("b"), act("y"))
    )
    assert found.tellers_of_spots  # what is computed is not written
    assert StoryMap.decode(found.encode()) == found
    assert b"tellers_of_spots" not in found.encode()


ACTIONS = st.sampled_from("xyz").map(act)
TURNS = st.sampled_from("abc").map(user)
CHOICES = st.lists(TURNS, min_size=2, max_size=3, unique_by=lambda one: one.name).map(lambda turns: either(*turns))


@st.composite
def projects(draw: st.DrawFn) -> list[StoryBlock]:
    """Stories whose checkpoints lead from lower to higher numbers, so that they can be unrolled."""
    blocks = []
    for number in range(draw(st.integers(1, 7))):
        start, end = draw(st.sampled_from([(0, 0), (0, 1), (1, 2), (0, 2), (1, 0), (2, 0), (2, 3)]))
        body = draw(st.lists(st.one_of(ACTIONS, TURNS, CHOICES), min_size=1, max_size=6))
        elements: list[object] = [joint(f"c{start}")] if start else []
        elements += body
        elements += [joint(f"c{end}")] if end else []
        blocks.append(story(f"s{number}", *elements))  # type: ignore[arg-type]
    return blocks


@settings(max_examples=300, deadline=None)
@given(projects(), st.integers(1, 4))
def test_merging_keeps_every_path_and_adds_no_step(blocks: list[StoryBlock], max_history: int) -> None:
    """Every step of every dialogue is a way of the map, and every way is a step of some dialogue."""
    assert named(mapped(*blocks, max_history=max_history)) == unrolled(blocks, max_history)


@settings(max_examples=100, deadline=None)
@given(projects(), st.integers(0, 2**32))
def test_the_order_of_stories_changes_nothing(blocks: list[StoryBlock], seed: int) -> None:
    shuffled = list(blocks)
    random.Random(seed).shuffle(shuffled)
    assert mapped(*shuffled) == mapped(*blocks)
