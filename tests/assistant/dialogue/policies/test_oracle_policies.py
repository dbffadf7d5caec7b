"""Real assistants: RulePolicy and MemoizationPolicy do at each step what Rasa 3.6.21 does (corpora/oracle)."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues
from graphbuild.assistant.data.domain_merge import merge_domain, space_of
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.data.story_steps import merge_blocks, steps_of
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.policies.memoization import MemoizationPolicy
from graphbuild.assistant.dialogue.policies.rule_policy import RulePolicy
from graphbuild.assistant.dialogue.story_steps import StoryHistories, StoryPredictions
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.assistant.validation.rules import RuleBook
from graphbuild.contract.source import SourceFile

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
NAMES = sorted(path.name.partition(".policies")[0] for path in CORPORA.glob("oracle/*.policies.json"))
PARTS = [
    (name, part) for name in NAMES for part in json.loads((CORPORA / "oracle" / f"{name}.policies.json").read_text())
]

pytestmark = [pytest.mark.corpora, pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")]


class Trained:
    """Both policies, trained on an assistant."""

    def __init__(self, project: Path) -> None:
        files = sorted(project.glob("data/**/*.yml"))
        parts = [TrainingDataFile().apply(SourceFile(path, path.name)) for path in files]
        domain = DomainFile().apply(SourceFile(project / "domain.yml", "domain.yml")).part
        self.domain: DomainSpace = space_of(merge_domain([domain], [part.responses for part in parts]))
        self.stories, names = merge_blocks(block for part in parts for block in part.stories.blocks)
        trackers = TrackerGenerator().apply(self.stories, self.domain).dialogues
        samples = MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(5)).apply(trackers)
        self.memorized = MemoizationPolicy().train(samples)
        self.rules = RuleBook().apply(trackers, self.stories, names, self.domain)

    def predictions(self, histories: Dialogues) -> list[ActionPredictions]:
        ruled = RulePolicy().apply(self.rules, histories)
        return [MemoizationPolicy().apply(self.memorized, histories, ruled.rule_only), ruled.predictions]


def told_tests(project: Path) -> StoryGraph:
    """The test stories, equal ones too."""
    files = sorted(project.glob("tests/**/test_*.yml"))
    blocks = [one for path in files for one in TrainingDataFile().apply(SourceFile(path, path.name)).stories.blocks]
    return StoryGraph(tuple(step for block in blocks for step in steps_of(block)))


@pytest.fixture(scope="module")
def trained() -> dict[str, Trained]:
    return {}


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_every_step_is_predicted_as_rasa_predicts_it(name: str, part: str, trained: dict[str, Trained]) -> None:
    project = CORPORA / "assistants" / name
    one = trained.setdefault(name, Trained(project))
    stories = one.stories if part == "stories" else told_tests(project)
    config = StoryHistories.Config(remove_duplicates=part == "stories")
    made = StoryHistories(config).apply(stories, one.domain)
    found = StoryPredictions().apply(one.predictions(made.histories), made.histories, made.steps)
    rows: list[tuple[Any, ...]] = [
        (told, predicted, policy, round(float(confidence), 4))
        for told, predicted, policy, confidence in zip(
            made.steps.actions, found.actions, found.policies, found.confidences, strict=True
        )
    ]
    splits = made.steps.splits.tolist()
    ours = sorted(rows[first:last] for first, last in itertools.pairwise(splits))
    oracle = json.loads((CORPORA / "oracle" / f"{name}.policies.json").read_text())[part]
    theirs = sorted(
        [
            (step["action"], step["predicted"], step["policy"], round(step["confidence"], 4))
            for step in dialogue["steps"]
        ]
        for dialogue in oracle
    )
    assert ours == theirs
    assert np.all(found.confidences > 0)
