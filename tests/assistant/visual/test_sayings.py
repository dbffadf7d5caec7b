from __future__ import annotations

import random

import pytest

from graphbuild.assistant.data.nlu_merge import merge_messages
from graphbuild.assistant.data.parts import Example, NLUPart
from graphbuild.assistant.visual.sayings import IntentExamples, Sayings


def sayings(*examples: Example) -> Sayings:
    return IntentExamples().apply(merge_messages([NLUPart(examples)]))


def example(intent: str, text: str, *entities: str) -> Example:
    spans = tuple({"start": 0, "end": 1, "entity": one, "value": "v"} for one in entities)
    return Example(text, intent, None, spans)


GREETINGS = [example("greet", text) for text in ("hi", "good day to you", "hi there", "hello, my dear friend")]


def test_a_few_words_are_better_than_one_or_many() -> None:
    assert sayings(*GREETINGS).of("greet", frozenset()) == "hi there"


def test_one_word_is_better_than_none() -> None:
    assert sayings(example("bye", "ciao")).of("bye", frozenset()) == "ciao"


def test_the_entities_of_the_turn_count() -> None:
    found = sayings(example("go", "go away"), example("go", "to Rome, please", "city"))
    assert found.of("go", frozenset({"city"})) == "to Rome, please"
    assert found.of("go", frozenset()) == "go away"
    assert found.of("go", frozenset({"street"})) == "go away"


def test_an_intent_without_examples_has_none() -> None:
    assert sayings(*GREETINGS).of("bye", frozenset()) is None


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_examples_changes_nothing(seed: int) -> None:
    shuffled = list(GREETINGS)
    random.Random(seed).shuffle(shuffled)
    assert sayings(*shuffled) == sayings(*GREETINGS)
