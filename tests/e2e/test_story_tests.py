"""Testing stories is part of the graph: nothing is trained twice, what is unchanged is a hit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from graphbuild.assistant.evaluation.stories import STORY, STORY_ENTITY, STORY_INTENT
from graphbuild.builder import BuildReport, build
from graphbuild.errors import ExitCode, UsageError
from graphbuild.execution.result import Outcome
from graphbuild.project.dialogue_evaluation import evaluate_stories, story_files
from graphbuild.session import BuildRequest

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
CONFIG = """
language: en
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: LogisticRegressionClassifier
- name: RegexEntityExtractor
policies:
- name: MemoizationPolicy
- name: RulePolicy
"""
WITHOUT_TEXTS = """
version: "3.1"
stories:
- story: hello
  steps:
  - intent: greet
  - action: utter_greet
"""


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    folder = tmp_path / "assistant"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (folder / "config.yml").write_text(CONFIG)
    return folder


def request(folder: Path, recipe: str = "config.yml", *targets: str) -> BuildRequest:
    return BuildRequest(folder, recipe, targets=targets, store=folder / ".graphbuild", package=not targets)


def ran(report: BuildReport) -> set[str]:
    assert report.problems == ()
    return {str(node) for node, one in report.result.nodes.items() if one.outcome is Outcome.RUN}


def trained(report: BuildReport) -> set[str]:
    return {node for node in ran(report) if node.endswith(":train")}


def test_stories_are_tested_without_training_twice(assistant: Path) -> None:
    assert trained(build(request(assistant)))
    first = evaluate_stories(request(assistant))
    assert trained(first.report) == set()
    assert {"evaluation/file@tests/test_stories.yml", "evaluation/told:apply", "evaluation/stories:apply"} <= ran(
        first.report
    )
    assert "training_file@data/stories.yml" not in ran(first.report)
    assert first.outcomes.conversations()["total"] == 3
    assert [name for name, part in first.parts.items() if part.reason is None] == [STORY, STORY_INTENT, STORY_ENTITY]
    again = evaluate_stories(request(assistant))
    assert ran(again.report) == set()
    assert again.report.up_to_date
    assert (again.page, again.pictures, again.outcomes) == (first.page, first.pictures, first.outcomes)


def test_without_training_before_it_trains_what_training_needs(assistant: Path) -> None:
    done = evaluate_stories(request(assistant), plots=False)
    assert {one.split("_")[0] for one in trained(done.report)} >= {"memoization", "rule", "logistic"}
    assert not [node for node in trained(done.report) if node.startswith("test/")]
    assert done.pictures == {}
    assert trained(build(request(assistant))) == set()


def test_an_edit_to_a_test_runs_the_test_alone(assistant: Path) -> None:
    evaluate_stories(request(assistant))
    tests = assistant / "tests" / "test_stories.yml"
    text = tests.read_text()
    tests.write_text(f"# A remark.\n{text}")
    assert ran(evaluate_stories(request(assistant)).report) == {"evaluation/file@tests/test_stories.yml"}
    tests.write_text(text.replace("hello there", "hello friend"))
    after = ran(evaluate_stories(request(assistant)).report)
    assert all(node.startswith(("test/", "evaluation/")) for node in after)
    assert "test/logistic_regression_classifier_2:apply" in after
    tests.write_text(text.replace("intent: goodbye", "intent: thank").replace("hello there", "hello friend"))
    after = ran(evaluate_stories(request(assistant)).report)
    assert not [node for node in after if "logistic" in node], "the texts are the same"


def test_an_edit_to_a_story_trains_no_pipeline(assistant: Path) -> None:
    evaluate_stories(request(assistant))
    data = assistant / "data" / "stories.yml"
    data.write_text(data.read_text().replace("action: utter_no_problem", "action: utter_goodbye", 1))
    done = evaluate_stories(request(assistant))
    assert {one.split(":")[0].split("_")[0] for one in trained(done.report)} <= {"memoization", "rule"}
    assert [one.name for one in done.outcomes.failed] == ["a price and nothing more"]
    assert done.places["a price and nothing more"].line == 14


def test_without_texts_the_pipeline_is_left_alone(assistant: Path) -> None:
    (assistant / "tests" / "test_stories.yml").write_text(WITHOUT_TEXTS)
    broken = CONFIG.replace("name: LogisticRegressionClassifier", "name: NoSuchClassifier")
    (assistant / "config.yml").write_text(broken)
    done = evaluate_stories(request(assistant))
    assert not [node for node in done.report.result.nodes if "count_vectors" in node]
    assert done.parts[STORY_INTENT].reason is not None
    assert done.outcomes.failed == []


def test_texts_need_not_be_understood(assistant: Path) -> None:
    done = evaluate_stories(request(assistant), understands=False)
    assert not [node for node in done.report.result.nodes if "logistic" in node]
    assert done.parts[STORY].report() is not None
    assert done.parts[STORY_INTENT].reason == "the texts of the stories were not looked at"


def test_which_files_are_tests(assistant: Path) -> None:
    (assistant / "tests" / "nlu.yml").write_text('version: "3.1"\nnlu: []\n')
    (assistant / "tests" / "deep").mkdir()
    (assistant / "tests" / "deep" / "test_more.yml").write_text(WITHOUT_TEXTS)
    both = ["tests/deep/test_more.yml", "tests/test_stories.yml"]
    assert story_files(assistant, ()) == both
    assert story_files(assistant, ["tests", "tests/nlu.yml"]) == [*both, "tests/nlu.yml"]
    assert "data/stories.yml" in story_files(assistant, ["data"])
    with pytest.raises(UsageError, match="there is no file or folder `gone`"):
        story_files(assistant, ["gone"])
    shutil.rmtree(assistant / "tests")
    with pytest.raises(UsageError, match=r"there are no test stories: tests/test_\*.yml"):
        story_files(assistant, ())


def test_what_cannot_be_tested(assistant: Path) -> None:
    with pytest.raises(UsageError, match="this recipe has no policies"):
        evaluate_stories(request(assistant, "recipe:nlu-only"))
    (assistant / "empty.yml").write_text('version: "3.1"\nstories: []\n')
    with pytest.raises(UsageError, match=r"there are no stories in empty\.yml"):
        evaluate_stories(request(assistant), ["empty.yml"])
    (assistant / "core.yml").write_text("graphbuild: 1\nextends: core-only\nvars: {epochs: 1}\n")
    with pytest.raises(UsageError, match="no node that parses messages"):
        evaluate_stories(request(assistant, "core.yml"))


def test_a_story_with_a_mistake_has_its_place(assistant: Path) -> None:
    (assistant / "bad.yml").write_text("stories:\n- story: x\n  steps:\n  - user: a [b](\n  - action: 1\n  - 3\n")
    done = evaluate_stories(request(assistant), ["bad.yml"])
    assert done.report.code is not ExitCode.DONE
    (problem,) = done.report.problems[:1]
    assert problem.location is not None
    assert (problem.location.path, problem.location.line) == ("bad.yml", 5)


def test_names_that_the_domain_lacks_are_told(assistant: Path) -> None:
    (assistant / "odd.yml").write_text(WITHOUT_TEXTS.replace("utter_greet", "utter_gret"))
    done = evaluate_stories(request(assistant), ["odd.yml"])
    (finding,) = done.findings
    assert (str(finding.location), finding.hint) == ("odd.yml:7:13", "did you mean `utter_greet`?")
    assert [one.name for one in done.outcomes.failed] == ["hello"]


def test_a_native_recipe(assistant: Path) -> None:
    recipe = "graphbuild: 1\nextends: light\nvars: {epochs: 1}\n"
    (assistant / "mine.yml").write_text(recipe)
    done = evaluate_stories(request(assistant, "mine.yml"), max_stories=2, plots=False)
    assert done.outcomes.conversations()["total"] == 2
    assert "ted:train" in trained(done.report)
    assert set(done.outcomes.policies()) <= {"MemoizationPolicy", "RulePolicy", "TEDPolicy"}
