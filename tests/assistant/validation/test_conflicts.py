"""Contradictions between stories: what Rasa's own tests say of its example stories, and the work that it takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.parts import StoryBlock, StoryElement
from graphbuild.assistant.data.space import DomainSpace, IntentSpace
from graphbuild.assistant.data.stories import Checkpoint, Event
from graphbuild.assistant.data.story_steps import merge_blocks
from graphbuild.assistant.validation.conflicts import ALL_WAYS_LIMIT, StoryStructureCheck, _Following
from graphbuild.assistant.validation.findings import Finding

DOMAIN = DomainSpace((IntentSpace("greet", ()), IntentSpace("default", ())), (), (), ("action_listen",), ())
Steps = str


def block(name: str, steps: Steps, *, is_rule: bool = False) -> StoryBlock:
    """`?intent`, `>checkpoint`, `a|b` for a choice of intents, and actions."""
    elements = []
    for word in steps.split():
        if word.startswith(">"):
            elements.append(StoryElement(checkpoint=Checkpoint(word[1:])))
        elif word.startswith("?"):
            elements.append(StoryElement(tuple(Event("user", name) for name in word[1:].split("|"))))
        else:
            elements.append(StoryElement((Event("action", word),)))
    return StoryBlock(name, is_rule, tuple(elements))


def found(*blocks: StoryBlock, max_history: int | None = None) -> list[Finding]:
    check = StoryStructureCheck(StoryStructureCheck.Config(max_history))
    graph, names = merge_blocks(blocks)
    return list(check.apply(graph, names, DOMAIN).rows)


LONG = (
    block("story 1", "?greet utter_greet ?greet utter_greet ?greet utter_greet"),
    block("story 2", "?default utter_greet ?greet utter_greet ?greet utter_default"),
)
GREETINGS = block("greetings", "?greet utter_greet >check_greet")
PROBLEM = block("problem", ">check_greet ?default utter_goodbye")


class TestRasasExamples:
    def test_a_short_history_makes_the_conflict(self) -> None:
        (finding,) = found(*LONG, max_history=3)
        assert finding.what == (
            "Story structure conflict after intent 'greet':\n"
            "  utter_default predicted in 'story 2'\n"
            "  utter_greet predicted in 'story 1'"
        )

    def test_a_longer_one_tells_them_apart(self) -> None:
        assert found(*LONG, max_history=4) == found(*LONG) == []

    def test_through_a_checkpoint(self) -> None:
        for history in (3, None):
            (finding,) = found(
                GREETINGS, block("happy path", ">check_greet ?default utter_default"), PROBLEM, max_history=history
            )
            assert "utter_default predicted in 'happy path'\n  utter_goodbye predicted in 'problem'" in finding.what

    def test_through_a_choice(self) -> None:
        happy = block("happy path", ">check_greet ?default|greet utter_default")
        (finding,) = found(GREETINGS, happy, PROBLEM)
        assert finding.what.startswith("Story structure conflict after intent 'default':")


def test_after_an_action() -> None:
    (finding,) = found(block("a", "?greet utter_greet utter_a"), block("b", "?greet utter_greet utter_b"))
    assert finding.what.startswith("Story structure conflict after action 'utter_greet':")


def test_a_story_that_ends_where_another_goes_on() -> None:
    (finding,) = found(block("a", "?greet utter_greet"), block("b", "?greet"))
    assert "action_listen predicted in 'b'" in finding.what
    assert (finding.subjects[0], finding.word) == ("story `a`", "utter_greet")


def test_rules_are_left_out() -> None:
    assert found(block("a", "?greet utter_a"), block("b", "?greet utter_b", is_rule=True)) == []


def test_four_stories_are_two_names_and_a_number() -> None:
    blocks = [block(name, f"?greet utter_a ?{name} utter_{name}") for name in "pqrs"]
    (finding,) = found(*blocks, block("z", "?greet utter_z"))
    assert "utter_a predicted in 'p', 'q', and 2 other trackers" in finding.what


def test_a_cycle_ends() -> None:
    cycle = block("round", ">again ?greet utter_greet >again")
    for history in (None, 1, 4):
        assert found(block("in", "?greet utter_greet >again"), cycle, max_history=history) == []


def test_many_choices_in_a_row_are_one_way_each() -> None:
    """2 ** 40 ways; a window of one turn leaves two of them."""
    steps = "?greet|default utter_greet " * 40
    assert found(block("long", steps), max_history=2) == []


STEPS = st.lists(st.sampled_from(["?greet utter_a", "?default utter_a", "?greet utter_b"]), min_size=1, max_size=4)


@given(st.lists(STEPS, min_size=1, max_size=5))
def test_conflicts_are_those_of_all_pairs(stories: list[list[str]]) -> None:
    """The law: a history with two next actions, by looking at every prefix of every story."""
    after: dict[tuple[str, ...], set[str]] = {}
    for story in stories:
        words = [word for turn in story for word in ("action_listen", *turn.split())] + ["action_listen"]
        for position, word in enumerate(words):
            if not word.startswith("?"):
                after.setdefault(tuple(words[:position]), set()).add(word)
    expected = sum(len(actions) > 1 for actions in after.values())
    blocks = [block(f"story {number}", " ".join(story)) for number, story in enumerate(stories)]
    assert len(found(*blocks)) <= expected
    assert bool(found(*blocks)) == bool(expected)


def test_choices_over_many_checkpoints_are_bounded_in_all_and_told_once() -> None:
    """Four ways on from each of 300 checkpoints: all ways would be a number of 180 digits."""
    stories = [block(f"s{n}{way}", f">c{n - 1} ?greet utter_{way} >c{n}") for n in range(1, 300) for way in "abcd"]
    starts = [block(f"s0{way}", f"?greet utter_{way} >c0") for way in "abcd"]
    graph, names = merge_blocks([*starts, *stories])
    following = _Following(graph, names, DOMAIN, None)
    following.run()
    assert sum(map(len, following._seen.values())) == ALL_WAYS_LIMIT
    (finding,) = following.left_out()
    assert finding.what.startswith("too many different ways lead through ")
    assert f"`{finding.word}`" in finding.what
