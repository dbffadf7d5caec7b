"""StoryTests: dialogues of test stories by name, in the order of files, each once, with what their users say."""

from __future__ import annotations

import textwrap
from pathlib import Path

from graphbuild.assistant.data.parts import StoryPart
from graphbuild.assistant.dialogue.told_tests import StoryTests, StoryTestsOutput, ToldStories
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.source import SourceFile
from tests.assistant.dialogue.tales import DOMAIN


def part(stories: str) -> StoryPart:
    content = f"stories:\n{textwrap.dedent(stories)}".encode()
    return TrainingDataFile().apply(SourceFile(Path("t.yml"), "t.yml", content=content)).stories


def told(*files: str, **options: int) -> StoryTestsOutput:
    return StoryTests(StoryTests.Config(**options)).apply([part(one) for one in files], DOMAIN)


HELLO = """
- story: hello
  steps:
  - user: hello there
    intent: greet
  - action: utter_hi
"""
BYE = """
- story: bye
  steps:
  - intent: bye
  - action: utter_bye
"""


def test_dialogues_are_in_the_order_of_files() -> None:
    made = told(HELLO, BYE)
    assert [one.name for one in made.told.stories] == ["hello", "bye"]
    assert [one.name for one in told(BYE, HELLO).told.stories] == ["bye", "hello"]
    assert made.steps.actions == ("utter_hi", "action_listen", "utter_bye", "action_listen")
    assert made.messages.texts == ("hello there",)
    hello, bye = made.told.stories
    assert [event.name for event in hello.events] == ["action_listen", "greet", "utter_hi", "action_listen"]
    assert hello.steps == (-1, -1, 0, 1)
    assert (hello.texts, bye.texts) == ((-1, 0, -1, -1), (-1, -1, -1, -1))
    assert [one.name for one in told(HELLO, BYE, max_stories=1).told.stories] == ["hello"]
    assert ToldStories.decode(made.told.encode()) == made.told


def test_stories_that_say_the_same_are_tested_once() -> None:
    others = HELLO.replace("hello there", "hi") + HELLO.replace("story: hello", "story: again")
    assert [one.name for one in told(HELLO + others).told.stories] == ["hello", "hello"]
    assert told(HELLO + others).messages.texts == ("hello there", "hi")


def test_names_of_stories_that_checkpoints_join() -> None:
    made = told(HELLO + "  - checkpoint: on\n" + BYE.replace("steps:", "steps:\n  - checkpoint: on") + BYE)
    assert [one.name for one in made.told.stories] == ["hello > bye", "bye"]
    assert made.told.stories[0].stories == ("hello", "bye")


def test_choices_make_dialogues_of_one_name() -> None:
    choice = "  - or:\n    - intent: greet\n    - intent: bye\n  - action: utter_hi\n"
    made = told(f"\n- story: either\n  steps:\n{choice}")
    assert [(one.name, one.events[1].name) for one in made.told.stories] == [("either", "greet"), ("either", "bye")]


def test_what_entities_fill_is_not_told() -> None:
    made = told(
        """
        - story: fly
          steps:
          - user: to [Rome](city)
            intent: inform
          - slot_was_set:
            - city: Rome
          - action: action_x
        """
    )
    (one,) = made.told.stories
    assert [event.type for event in one.events] == ["action", "user", "slot", "action", "action"]
    assert dict(one.events[1].entities[0])["start"] == 3


def test_rules_are_no_tests() -> None:
    content = b"rules:\n- rule: hello\n  steps:\n  - intent: greet\n  - action: utter_hi\n"
    made = TrainingDataFile().apply(SourceFile(Path("t.yml"), "t.yml", content=content)).stories
    assert StoryTests().apply([made], DOMAIN).told.stories == ()
