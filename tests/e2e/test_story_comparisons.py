"""Comparing what configurations do: what they share is built once, and testing trains nothing that was trained."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.assistant.evaluation.stories import STORY_INTENT
from graphbuild.builder import BuildReport, build
from graphbuild.errors import UsageError
from graphbuild.execution.result import Outcome
from graphbuild.package.package import read_package
from graphbuild.plan.decision import Verdict
from graphbuild.project.comparison_document import Comparing
from graphbuild.project.comparison_training import plan_comparison, train_comparison
from graphbuild.project.dialogue_comparison import compare_stories
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
OTHER = CONFIG.replace("- name: MemoizationPolicy", "- name: MemoizationPolicy\n  max_history: 1")
COMPARING = Comparing(("config.yml", "other.yml"), (0, 50), 2)


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    folder = tmp_path / "assistant"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (folder / "config.yml").write_text(CONFIG)
    (folder / "other.yml").write_text(OTHER)
    return folder


def request(folder: Path, *targets: str) -> BuildRequest:
    return BuildRequest(folder, "config.yml", targets=targets, store=folder / ".graphbuild", package=not targets)


def ran(report: BuildReport) -> set[str]:
    assert report.problems == ()
    return {str(node) for node, one in report.result.nodes.items() if one.outcome is Outcome.RUN}


def trained(report: BuildReport) -> set[str]:
    return {node for node in ran(report) if node.endswith(":train")}


def test_configurations_share_what_they_share(assistant: Path) -> None:
    build(request(assistant, "core"))
    first = compare_stories(request(assistant), COMPARING, understands=False)
    nodes = set(first.report.result.nodes)
    assert [node for node in nodes if node.startswith("config/run_1/50%/") and "memoization" in node]
    assert [node for node in nodes if node.startswith("other/run_1/50%/") and "memoization" in node]
    assert not [node for node in nodes if node.startswith("other/") and "rule_policy" in node], "the rules are shared"
    done = trained(first.report)
    assert not [node for node in done if node.startswith("config/") and "0%/" in node and "50%" not in node], (
        "with all stories it is what training made"
    )
    assert not [node for node in nodes if "logistic" in node], "texts are not understood"
    assert set(first.outcomes) == {(c, r, p) for c in ("config", "other") for r in (1, 2) for p in (0, 50)}
    assert first.comparison.examples[0] > first.comparison.examples[1]
    assert ran(compare_stories(request(assistant), COMPARING, understands=False).report) == set()
    (assistant / "other.yml").write_text(OTHER.replace("max_history: 1", "max_history: 2"))
    after = ran(compare_stories(request(assistant), COMPARING, understands=False).report)
    assert after
    assert not [node for node in after if "config/" in node]


def test_what_users_say_is_understood_by_each_configuration_once(assistant: Path) -> None:
    (assistant / "other.yml").write_text(OTHER.replace("LogisticRegressionClassifier", "KeywordIntentClassifier"))
    done = compare_stories(request(assistant), COMPARING)
    pipelines = [node for node in trained(done.report) if "classifier" in node]
    assert len(pipelines) == 2, pipelines
    assert len([node for node in ran(done.report) if "count_vectors" in node and node.endswith(":train")]) == 1
    reports = {cell: parts[STORY_INTENT].report() for cell, parts in done.parts.items()}
    assert None not in reports.values()
    assert reports["config", 1, 0] == reports["config", 2, 50], "with fewer stories it understands the same"
    # A text that is taken for another intent lets a story fail, as in a test without comparison.
    learnt, keywords = (done.outcomes[name, 1, 0].conversations()["correct"] for name in ("config", "other"))
    assert learnt > keywords


def test_stories_without_texts_need_no_pipeline(assistant: Path) -> None:
    story = 'version: "3.1"\nstories:\n- story: x\n  steps:\n  - intent: greet\n  - action: utter_greet\n'
    (assistant / "tests" / "test_stories.yml").write_text(story)
    for name, text in (("config.yml", CONFIG), ("other.yml", OTHER)):
        (assistant / name).write_text(text.replace("LogisticRegressionClassifier", "NoSuchClassifier"))
    assert not [node for node in ran(train_comparison(request(assistant), COMPARING).report) if "count" in node]
    done = compare_stories(request(assistant), COMPARING)
    assert trained(done.report) == set()
    assert done.outcomes["config", 1, 0].failed == []


def test_after_training_testing_trains_nothing(assistant: Path) -> None:
    planned = plan_comparison(request(assistant), COMPARING)
    assert planned.count(Verdict.HIT) == 0
    first = train_comparison(request(assistant), COMPARING)
    assert first.packages == {}
    assert first.stories[0] > first.stories[1]
    assert {node for node in trained(first.report) if "logistic" in node}, "the tests have texts"
    assert not (assistant / "models").exists()
    planned = plan_comparison(request(assistant), COMPARING)
    assert planned.count(Verdict.HIT) == len(planned.decisions)
    assert ran(train_comparison(request(assistant), COMPARING).report) == set()
    tested = compare_stories(request(assistant), COMPARING)
    assert trained(tested.report) == set()
    assert tested.comparison.examples == first.stories
    assert trained(build(request(assistant))) == set(), "nor does training with all stories"


def test_packages_are_those_of_training(assistant: Path) -> None:
    wanted = replace(request(assistant), out=Path("compared"))
    done = train_comparison(wanted, COMPARING)
    names = {path.relative_to(assistant.resolve() / "compared").as_posix() for path in done.packages.values()}
    assert names == {
        f"run_{run}/{config}__percentage__{percentage}.tar.gz"
        for config in ("config", "other")
        for run in (1, 2)
        for percentage in (0, 50)
    }
    usual = build(replace(request(assistant), targets=("core",), package=True)).model
    assert usual is not None
    assert read_package(done.packages["config", 1, 0]).artifacts == read_package(usual).artifacts
    keys = {cell: read_package(path).manifest["key"] for cell, path in done.packages.items()}
    assert keys["config", 1, 0] == keys["config", 2, 0]
    assert len({keys["config", run, 50] for run in (1, 2)} | {keys["config", 1, 0]}) == 3
    written = {path: path.stat().st_mtime_ns for path in done.packages.values()}
    again = train_comparison(wanted, COMPARING)
    assert {path: path.stat().st_mtime_ns for path in again.packages.values()} == written


def test_what_cannot_be_compared(assistant: Path) -> None:
    with pytest.raises(UsageError, match="this recipe has no policies"):
        train_comparison(request(assistant), Comparing(("config.yml", "recipe:nlu-only")))
    with pytest.raises(UsageError, match="no node that parses messages"):
        compare_stories(request(assistant), Comparing(("config.yml", "recipe:core-only")))
    (assistant / "empty.yml").write_text('version: "3.1"\nstories: []\n')
    with pytest.raises(UsageError, match=r"there are no stories in empty\.yml"):
        compare_stories(request(assistant), COMPARING, ["empty.yml"])
