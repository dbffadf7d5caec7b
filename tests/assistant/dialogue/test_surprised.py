"""SurprisedStories: test stories told again, with `action_unlikely_intent` where it was said."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphbuild.assistant.data.dialogues import ChosenActions, Mark
from graphbuild.assistant.data.domain_merge import merge_domain, space_of
from graphbuild.assistant.data.parts import StoryPart
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.dialogue.featurizers.unlikely import UNLIKELY
from graphbuild.assistant.dialogue.story_steps import steps_of_moments
from graphbuild.assistant.dialogue.surprised import SurprisedStories, retold
from graphbuild.assistant.dialogue.told_tests import StoryTests, StoryTestsOutput
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.source import SourceFile
from tests.assistant.dialogue.tales import DOMAIN

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
NAMES = sorted(path.name.partition(".policies")[0] for path in CORPORA.glob("oracle/*.policies.json"))
STORIES = """
stories:
- story: one
  steps:
  - intent: greet
  - action: utter_hi
  - action: utter_bye
- story: it says so itself
  steps:
  - intent: bye
  - action: action_unlikely_intent
  - action: utter_bye
- story: a form goes on
  steps:
  - intent: greet
  - action: f
  - active_loop: f
  - intent: inform
  - action: f
  - intent: bye
  - action: utter_bye
- story: it begins in a form
  steps:
  - active_loop: f
  - intent: bye
  - action: utter_bye
"""


def told(tmp_path: Path) -> StoryTestsOutput:
    (tmp_path / "t.yml").write_text(STORIES)
    return StoryTests().apply([TrainingDataFile().apply(SourceFile(tmp_path / "t.yml", "t.yml")).stories], DOMAIN)


def chosen(made: StoryTestsOutput, *surprises: int) -> ChosenActions:
    count = len(made.steps.actions)
    marks = np.zeros(count, dtype=np.uint8)
    marks[list(surprises)] = Mark.AFTER_UNLIKELY
    return ChosenActions(made.steps.actions, ("",) * count, np.ones(count, dtype=np.float32), marks)


def equals_itself_retold(made: StoryTestsOutput, domain: DomainSpace) -> bool:
    splits = made.steps.splits.tolist()
    moments = [
        retold(story, [False] * (last - first), domain)
        for story, first, last in zip(made.told.stories, splits[:-1], splits[1:], strict=True)
    ]
    histories, steps = steps_of_moments(moments, domain, second_tries=True)
    return (histories.encode(), steps.encode()) == (made.histories.encode(), made.steps.encode())


def test_stories_without_surprises_are_the_same_when_they_are_told_again(tmp_path: Path) -> None:
    made = told(tmp_path)
    assert equals_itself_retold(made, DOMAIN)
    done = SurprisedStories().apply(made.told, made.steps, made.histories, chosen(made), DOMAIN)
    assert done.histories is made.histories
    assert done.steps is made.steps


def test_a_surprise_is_in_the_past_of_all_later_steps(tmp_path: Path) -> None:
    made = told(tmp_path)
    done = SurprisedStories().apply(made.told, made.steps, made.histories, chosen(made, 0), DOMAIN)
    assert done.steps.actions == made.steps.actions
    assert done.steps.splits.tolist() == made.steps.splits.tolist()

    def is_in_past(step: int) -> bool:
        row = int(done.steps.rows[step])
        codes = done.histories.state_ids[done.histories.splits[row] : done.histories.splits[row + 1]].tolist()
        return any(UNLIKELY in done.histories.states[code] for code in codes)

    assert [is_in_past(step) for step in range(int(made.steps.splits[1]))] == [True, True, True]
    assert [step for step in range(int(made.steps.splits[1]), len(made.steps.actions)) if is_in_past(step)] == [
        step
        for step in range(int(made.steps.splits[1]) + 1, int(made.steps.splits[2]))
        if made.steps.actions[step] != UNLIKELY
    ], "of the others only the story that says so itself"
    assert done.steps.unlikely_rows[0] == -1, "it is not asked a third time"


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")
@pytest.mark.parametrize("name", NAMES)
def test_real_stories_are_the_same_when_they_are_told_again(name: str) -> None:
    project = CORPORA / "assistants" / name
    files = [*sorted(project.glob("data/**/*.yml")), *sorted(project.glob("tests/**/*.yml"))]
    parts = [TrainingDataFile().apply(SourceFile(path, path.name)) for path in files]
    domain = DomainFile().apply(SourceFile(project / "domain.yml", "domain.yml")).part
    space = space_of(merge_domain([domain], [part.responses for part in parts]))
    blocks = tuple(block for part in parts for block in part.stories.blocks)[:300]
    assert equals_itself_retold(StoryTests().apply([replace(StoryPart(), blocks=blocks)], space), space)
