"""Conversations of Rasa's own examples that contradict each other or say too little: told before anything learns."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from graphbuild.builder import BuildReport, build, graph
from graphbuild.errors import ExitCode, Problem
from graphbuild.execution.events import Event, NodeFailed, NodeFinished, NodeStarted
from graphbuild.session import BuildRequest

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
CONFORMANCE = CORPORA / "conformance"
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA"),
]

LEARNS = {"classifier", "policy"}
CONFIG = """\
language: en
assistant_id: conversations
pipeline: [WhitespaceTokenizer, CountVectorsFeaturizer, LogisticRegressionClassifier]
policies: [MemoizationPolicy, {name: TEDPolicy, epochs: 1}, SklearnPolicy, RulePolicy]
"""
NLU = """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hi there
- intent: default
  examples: |
    - something
    - anything else
"""
CONFLICTS = {
    # A longer history tells these two apart: Rasa's own tests look three states back.
    "test_yaml_stories/stories_conflicting_1.yml": 3,
    "test_yaml_stories/stories_conflicting_2.yml": None,
    "test_yaml_stories/stories_conflicting_3.yml": None,
    "test_yaml_stories/stories_conflicting_4.yml": None,
    "test_stories/stories_conflicting_1.md": 3,
    "test_stories/stories_conflicting_2.md": None,
    "test_stories/stories_conflicting_3.md": None,
    "test_stories/stories_conflicting_4.md": None,
    # A slot tells these apart but for one state: the second turn of one story is as the third of the other.
    "test_stories/stories_conflicting_5.md": 1,
    "test_stories/stories_conflicting_6.md": None,
}
"""Stories that disagree, and how many states are compared."""
UNRESOLVED = {
    "test_yaml_stories/simple_story_with_only_end.yml": {"name"},
    "test_yaml_stories/stories_unused_checkpoints.yml": {"name"},
    "test_yaml_stories/story_slot_different_types.yml": {"list_slot", "bool_slot", "text_slot"},
    "test_yaml_stories/story_with_or_slot_was_set.yml": {"name"},
    "test_stories/stories_unused_checkpoints.md": {"name"},
    "test_stories/story_slot_different_types.md": {"list_slot", "bool_slot", "text_slot"},
}
"""Stories with slots that the domain has not."""
UNFINISHED = ["test_yaml_stories/rules_missing_intent.yml", "test_yaml_stories/stories_missing_intent.yml"]
"""Steps that name no intent."""
DISAGREES = """\
version: "3.1"
rules:
- rule: greet otherwise
  steps:
  - intent: greet
  - action: utter_default
"""
LEAVES_OUT = """\
version: "3.1"
rules:
- rule: greet and note where
  steps:
  - intent: greet
  - action: utter_greet
  - slot_was_set:
    - location: Rome
- rule: greet and note nothing
  steps:
  - intent: goodbye
  - action: utter_greet
"""
"""What one rule sets after an action, the other leaves out."""


@dataclass
class Log:
    """What happened in a build."""

    report: BuildReport
    began: list[str] = field(default_factory=list)
    """Kinds of nodes in the order in which they began, and `told` where a check was done."""

    @property
    def found(self) -> dict[str, list[Problem]]:
        """Problems by their codes."""
        codes = sorted({str(problem.code) for problem in self.report.problems})
        return {code: [one for one in self.report.problems if str(one.code) == code] for code in codes}

    def learnt(self) -> set[str]:
        return set(self.began) & LEARNS


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    shutil.copy(CONFORMANCE / "test_domains" / "default.yml", tmp_path / "domain.yml")
    (tmp_path / "config.yml").write_text(CONFIG)
    (tmp_path / "data/nlu.yml").write_text(NLU)
    return tmp_path


def with_stories(project: Path, name: str) -> str:
    """A conversation of the examples in the project; its label."""
    shutil.copy(CONFORMANCE / name, project / "data")
    return f"data/{Path(name).name}"


def built(project: Path, *, jobs: int = 2, **variables: object) -> Log:
    request = BuildRequest(project, "config.yml", variables, jobs=jobs)
    nodes = graph(request).nodes
    began: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, NodeStarted):
            began.append(nodes[event.node].kind)
        elif isinstance(event, NodeFinished | NodeFailed) and nodes[event.node].kind == "check":
            began.append("told")

    assert {node.kind for node in nodes.values()} > LEARNS, "there is something that could have learnt"
    return Log(build(request, listen), began)


@pytest.mark.parametrize("name", CONFLICTS)
def test_stories_that_disagree_stop_the_build_where_they_are_to(name: str, project: Path) -> None:
    label = with_stories(project, name)
    log = built(project, fail_on_warnings=True, conflict_history=CONFLICTS[name])
    assert log.report.code is ExitCode.FAILED
    for problem in log.found["GB310"]:
        assert problem.location is not None
        assert problem.location.path == label
        assert problem.location.line > 1
    assert log.learnt() == set()


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_elsewhere_they_are_told_before_anything_learns(jobs: int, project: Path) -> None:
    with_stories(project, "test_yaml_stories/stories_conflicting_2.yml")
    log = built(project, jobs=jobs)
    assert log.report.code is ExitCode.DONE
    assert log.learnt() == LEARNS
    last_told = len(log.began) - 1 - log.began[::-1].index("told")
    assert last_told < min(place for place, kind in enumerate(log.began) if kind in LEARNS)


@pytest.mark.parametrize("name", UNRESOLVED)
def test_slots_that_the_domain_has_not_stop_the_build(name: str, project: Path) -> None:
    label = with_stories(project, name)
    log = built(project)
    assert log.report.code is ExitCode.FAILED
    assert {problem.what.split("slot `")[1].split("`")[0] for problem in log.found["GB303"]} == UNRESOLVED[name]
    assert {one.location.path if one.location else None for one in log.found["GB303"]} == {label}
    assert log.learnt() == set()


@pytest.mark.parametrize("name", UNFINISHED)
def test_steps_that_name_no_intent_stop_the_build(name: str, project: Path) -> None:
    label = with_stories(project, name)
    log = built(project)
    assert [(str(one.location), one.what) for one in log.report.problems] == [
        (f"{label}:6:7", "a step `intent` names no intent")
    ]
    assert log.learnt() == set()


def test_a_rule_that_stories_contradict_stops_the_build(project: Path) -> None:
    label = with_stories(project, "test_yaml_stories/stories_conflicting_2.yml")
    (project / "data/rules.yml").write_text(DISAGREES)
    log = built(project)
    assert set(log.found) == {"GB316"}
    assert {one.location.path if one.location else None for one in log.found["GB316"]} == {label}
    assert log.learnt() == set()


def test_an_incomplete_rule_stops_the_build(project: Path) -> None:
    (project / "data/rules.yml").write_text(LEAVES_OUT)
    log = built(project)
    (problem,) = log.found["GB315"]
    assert str(problem.location).startswith("data/rules.yml:")
    assert "`location`" in problem.what
    assert log.learnt() == set()
