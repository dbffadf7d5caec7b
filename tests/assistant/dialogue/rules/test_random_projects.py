"""Random projects: what Rasa 3.6.21 says of their rules, and does at each step of their stories, is what we say and do.

A line of rasa_says.jsonl is a project, with options of RulePolicy, and what Rasa said of it: the code of the first
fault and the contested turns, or what only rules have and each step of each dialogue (told, done, policy, confidence,
hidden). They are drawn from those of 300 on which both agree.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.data.dialogues import Mark
from graphbuild.assistant.data.domain_merge import merge_domain, space_of
from graphbuild.assistant.data.parts import StoryBlock
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.data.story_steps import merge_blocks, steps_of
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.policies.augmented_memoization import AugmentedMemoizationPolicy
from graphbuild.assistant.dialogue.policies.memoization import MemoizationPolicy
from graphbuild.assistant.dialogue.policies.rule_policy import RulePolicy
from graphbuild.assistant.dialogue.story_steps import StoryHistories, StoryPredictions
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.assistant.validation.rules import RuleBook
from graphbuild.contract.source import SourceFile

PROJECTS = [json.loads(line) for line in (Path(__file__).parent / "rasa_says.jsonl").read_text().splitlines()]


def blocks(document: Any, folder: Path) -> tuple[StoryBlock, ...]:
    (folder / "stories.yml").write_text(json.dumps(document))
    return TrainingDataFile().apply(SourceFile(folder / "stories.yml", "stories.yml")).stories.blocks


@pytest.mark.parametrize("project", PROJECTS, ids=[str(number) for number in range(len(PROJECTS))])
def test_a_random_project_is_read_as_rasa_reads_it(project: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "domain.yml").write_text(json.dumps(project["domain"]))
    domain = space_of(merge_domain([DomainFile().apply(SourceFile(tmp_path / "domain.yml", "domain.yml")).part], []))
    graph, names = merge_blocks(blocks(project["data"], tmp_path))
    trackers = TrackerGenerator().apply(graph, domain).dialogues
    rules, found = RuleBook(RuleBook.Config(**project["rules"])).read(trackers, graph, names, domain)
    says = project["says"]
    assert {one.code for one in found.rows} == ({says["code"]} if "code" in says else set())
    if "turns" in says:
        contested = {(one.word, name.split("`")[1]) for one in found.rows for name in one.subjects}
        assert contested == {(word, name) for word, name in says["turns"]}
    if "steps" not in says:
        return
    assert [list(rules.only_slots), list(rules.only_loops)] == says["only"]
    samples = MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(project["max_history"])).apply(trackers)
    memory = AugmentedMemoizationPolicy() if project["augmented"] else MemoizationPolicy()
    steps = tuple(step for block in blocks(project["tests"], tmp_path) for step in steps_of(block))
    made = StoryHistories().apply(StoryGraph(steps), domain)
    ruled = RulePolicy(RulePolicy.Config(**project["rules"])).apply(rules, made.histories)
    recalled = memory.apply(memory.train(samples), made.histories, ruled.rule_only)
    done = StoryPredictions().apply([recalled, ruled.predictions], made.histories, made.steps)
    columns = (done.actions, done.policies, done.confidences.tolist(), done.marks.tolist())
    rows = [
        [told, action, policy, round(sure, 4), bool(marks & Mark.HIDES_TURN)]
        for told, action, policy, sure, marks in zip(made.steps.actions, *columns, strict=True)
    ]
    told = [rows[first:last] for first, last in itertools.pairwise(made.steps.splits.tolist())]
    assert {json.dumps(one) for one in told} == {json.dumps(one) for one in says["steps"]}
