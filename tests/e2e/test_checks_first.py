"""Checks come first: errors in the data end a build before anything trains, whatever else is ready."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from graphbuild.builder import BuildReport, build, graph
from graphbuild.errors import ExitCode
from graphbuild.execution.events import Event, NodeStarted
from graphbuild.execution.result import Outcome
from graphbuild.session import BuildRequest

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
CONFIG = """\
language: en
pipeline: [WhitespaceTokenizer, WhitespaceTokenizer, KeywordIntentClassifier]
policies: [MemoizationPolicy, RulePolicy]
"""
DATA_KINDS = {"importer", "check", "trackers"}
"""Rules are checked by the dialogues that they tell."""


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    folder = tmp_path / "assistant"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def began(request: BuildRequest) -> tuple[BuildReport, list[str]]:
    """A build, and the kinds of its nodes in the order in which they began."""
    kinds: list[str] = []
    nodes = graph(request).nodes

    def listen(event: Event) -> None:
        if isinstance(event, NodeStarted):
            kinds.append(nodes[event.node].kind)

    return build(request, listen), kinds


def unresolved_slot(folder: Path) -> None:
    edit(folder / "data/stories.yml", "    steps:\n", "    steps:\n      - slot_was_set: [{prat: chain}]\n")


def unknown_action(folder: Path) -> None:
    edit(folder / "data/rules.yml", "action: utter_", "action: action_")


def form_without_its_slot(folder: Path) -> None:
    edit(folder / "domain.yml", "      - day\n", "      - dya\n")


def contradiction(folder: Path) -> None:
    edit(folder / "data/stories.yml", "      - intent: pick_up_bike\n", "      - intent: thank\n")


def incomplete_rule(folder: Path) -> None:
    rule = "\n  - rule: another beginning\n    steps:\n      - intent: affirm\n      - action: repair_form\n"
    (folder / "data/rules.yml").write_text((folder / "data/rules.yml").read_text() + rule)


def rule_of_two_turns(folder: Path) -> None:
    more = "      - action: utter_greet\n      - intent: thank\n      - action: utter_welcome\n"
    edit(folder / "data/rules.yml", "      - action: utter_greet\n", more)


FAULTS = [
    *(unresolved_slot, unknown_action, form_without_its_slot),
    *(contradiction, incomplete_rule, rule_of_two_turns),
]


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_ends_the_build_before_anything_trains(
    fault: Callable[[Path], None], jobs: int, assistant: Path
) -> None:
    fault(assistant)
    report, kinds = began(BuildRequest(assistant, "graphbuild.yml", jobs=jobs))
    assert report.code is ExitCode.FAILED
    assert set(kinds) <= DATA_KINDS
    (problem,) = report.problems
    assert problem.code is not None
    assert problem.location is not None
    assert problem.location.line > 1
    assert problem.location.column > 1
    assert problem.facts == ()


def test_a_fault_of_the_configuration_is_told_before_anything_trains(assistant: Path) -> None:
    (assistant / "other.yml").write_text(CONFIG)
    report, kinds = began(BuildRequest(assistant, "other.yml"))
    assert [problem.code for problem in report.problems] == ["GB611"]
    assert str(report.problems[0].location) == "other.yml:2:12"
    assert set(kinds) <= DATA_KINDS


def test_what_no_check_needs_begins_after_the_last_check(assistant: Path) -> None:
    request = BuildRequest(assistant, "graphbuild.yml", targets=("nlu", "core"), package=False)
    _, kinds = began(request)
    assert "check" in kinds
    after = kinds[len(kinds) - kinds[::-1].index("check") :]
    before = kinds[: kinds.index("check")]
    assert set(before) == {"importer"}
    assert {"tokenizer", "trackers"} <= set(after)
    assert "importer" not in after


def test_with_keep_going_the_rest_is_built_and_nothing_packaged(assistant: Path) -> None:
    unresolved_slot(assistant)
    request = BuildRequest(assistant, "graphbuild.yml", targets=("nlu", "core"), keep_going=True)
    report, _ = began(request)
    assert report.model is None
    failed = [node for node, one in report.result.nodes.items() if one.outcome is not Outcome.RUN]
    assert failed == ["validation:apply"]


def test_a_half_is_checked_for_what_it_reads(assistant: Path) -> None:
    def checks(*targets: str) -> set[str]:
        nodes = graph(BuildRequest(assistant, "graphbuild.yml", targets=targets)).nodes.values()
        return {node.name for node in nodes if node.kind == "check"}

    assert checks("nlu") == set()
    assert checks("intent") == set()
    assert checks() == checks("core") == checks("checks") > {"check_nlu", "check_config", "validation"}
    (assistant / "graphbuild.yml").write_text("graphbuild: 1\nextends: light\nnodes: {check_structure: null}\n")
    assert "check_structure" not in checks()


def test_nothing_of_the_checks_is_packaged(assistant: Path) -> None:
    compiled = graph(BuildRequest(assistant, "graphbuild.yml"))
    checks = {node.id for node in compiled.nodes.values() if node.kind == "check"}
    assert checks
    assert not checks & {node for node, _ in compiled.kept}
    assert not checks & set(compiled.predict)
