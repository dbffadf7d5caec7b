"""Splitting: nothing is lost or doubled, shares hold, and only content and the seed decide."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.data_split import split_nlu, split_stories
from graphbuild.assistant.data.parts import Example, NLUPart, ResponsesPart, StoryBlock, StoryElement, StoryPart
from graphbuild.assistant.data.stories import Checkpoint, Event
from graphbuild.assistant.data.training_data import TrainingData

EXAMPLES = st.lists(
    st.builds(
        lambda text, intent, key: Example(text, intent, f"{intent}/{key}" if key else None, ()),
        st.text("abcde", min_size=1, max_size=3),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([None, None, "x", "y"]),
    ),
    max_size=30,
)
FRACTIONS = st.floats(0.01, 0.99)


def data_of(examples: list[Example]) -> TrainingData:
    return TrainingData(NLUPart(tuple(examples)))


@given(EXAMPLES, FRACTIONS, st.integers(0, 99))
def test_examples_go_to_one_side_and_intents_to_both(examples: list[Example], fraction: float, seed: int) -> None:
    train, test = (list(half.nlu.examples) for half in split_nlu(data_of(examples), fraction, seed))
    unique = {repr(example): example for example in examples}
    assert sorted(map(repr, train + test)) == sorted(unique)
    for intent in {example.intent for example in unique.values()}:
        sides = [sum(example.intent == intent for example in side) for side in (train, test)]
        assert sides[0] >= 1
        assert sides[1] >= 1 or sum(sides) == 1


@given(EXAMPLES, FRACTIONS, st.integers(0, 99), st.randoms(use_true_random=False))
def test_order_changes_nothing(examples: list[Example], fraction: float, seed: int, shuffled: random.Random) -> None:
    other = examples.copy()
    shuffled.shuffle(other)
    first, second = (split_nlu(data_of(one), fraction, seed)[1].nlu.examples for one in (examples, other))
    assert sorted(map(repr, first)) == sorted(map(repr, second))


def test_shares_of_an_intent() -> None:
    examples = [Example(f"text {number}", "a", None, ()) for number in range(10)]
    for fraction, expected in ((0.8, 8), (0.5, 5), (0.99, 9), (0.01, 1)):
        assert len(split_nlu(data_of(examples), fraction, 0)[0].nlu.examples) == expected


def test_responses_go_with_their_examples() -> None:
    examples = [Example(f"{key} {number}", "faq", f"faq/{key}", ()) for key in "ab" for number in range(3)]
    responses = tuple((f"utter_faq/{key}", ({"text": key},)) for key in "abc")
    data = TrainingData(NLUPart(tuple(examples)), responses=ResponsesPart((*responses, ("utter_greet", ()))))
    for half in split_nlu(data, 0.5, 1):
        assert [name for name, _ in half.responses.responses] == ["utter_faq/a", "utter_faq/b"]


def story(name: str, *checkpoints: str) -> StoryBlock:
    turn = StoryElement((Event("user", name),))
    return StoryBlock(name, False, (turn, *(StoryElement(checkpoint=Checkpoint(one)) for one in checkpoints)))


def test_stories_split_by_share_and_joined_ones_stay_together() -> None:
    blocks = [story(f"s{number}") for number in range(8)] + [story("j1", "x"), story("j2", "x", "y"), story("j3", "y")]
    for seed in range(10):
        train, test = split_stories(TrainingData(stories=StoryPart(tuple(blocks))), 0.7, seed)
        names = [{block.name for block in half.stories.blocks} for half in (train, test)]
        assert names[0].isdisjoint(names[1])
        assert len(names[0] | names[1]) == 11
        assert 8 <= len(names[0]) <= 10
        assert {"j1", "j2", "j3"} <= names[0] or {"j1", "j2", "j3"} <= names[1]


def test_one_story_is_for_training() -> None:
    train, test = split_stories(TrainingData(stories=StoryPart((story("only"),))), 0.1, 0)
    assert (len(train.stories.blocks), len(test.stories.blocks)) == (1, 0)
