"""A config.yml with policies of Rasa 1: what they did without rules is done by rules, and no file is written for it."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from graphbuild.assistant.dialogue.rules.learned import LearnedRules
from graphbuild.builder import BuildReport, build
from graphbuild.errors import ExitCode
from graphbuild.execution.result import Outcome
from graphbuild.graph.graph import NodeId
from graphbuild.project.validation import validate
from graphbuild.session import BuildRequest, store_folder
from graphbuild.store.local import open_store

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
CONFIG = """\
language: en
pipeline: [WhitespaceTokenizer, KeywordIntentClassifier]
policies:
- name: MemoizationPolicy
- name: MappingPolicy
- name: FormPolicy
- name: TwoStageFallbackPolicy
"""
MAPPED = "  - goodbye:\n      triggers: utter_goodbye\n"
STORY = "\n  - story: thanks\n    steps:\n      - intent: thank\n      - action: utter_welcome\n"


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    """The sample without its rules, but for the form's; one of them is a trigger."""
    folder = tmp_path / "assistant"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (folder / "config.yml").write_text(CONFIG)
    (folder / "data/rules.yml").unlink()
    edit(folder / "domain.yml", "  - goodbye\n", MAPPED)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def core(folder: Path) -> BuildRequest:
    return BuildRequest(folder, "config.yml", targets=("core",), package=False)


def learned(folder: Path, report: BuildReport) -> dict[str, str]:
    """The intent that a rule begins with -> what it does then."""
    node = NodeId("rule_policy_1:train")
    with closing(open_store(store_folder(core(folder)))) as store:
        state = LearnedRules.decode(store.blobs.get(report.result.nodes[node].outputs["state"]))
    heard = ((json.loads(rule.states[-1]), rule.action) for rule in state.rules)
    return {
        state["user"]["intent"]: action
        for state, action in heard
        if state.get("prev_action", {}).get("action_name") == "action_listen" and "user" in state
    }


def ran(report: BuildReport) -> set[str]:
    return {str(node) for node, one in report.result.nodes.items() if one.outcome is Outcome.RUN}


def test_triggers_and_fallbacks_are_learnt_as_rules(assistant: Path) -> None:
    files = sorted(assistant.rglob("*.yml"))
    report = build(core(assistant))
    assert (report.code, report.problems) == (ExitCode.DONE, ())
    assert learned(assistant, report) == {"goodbye": "utter_goodbye", "nlu_fallback": "action_two_stage_fallback"}
    assert sorted(assistant.rglob("*.yml")) == files
    assert build(BuildRequest(assistant, "config.yml")).code is ExitCode.DONE


def test_another_trigger_is_another_rule_and_no_more(assistant: Path) -> None:
    build(core(assistant))
    edit(assistant / "domain.yml", "triggers: utter_goodbye", "triggers: utter_no_problem")
    report = build(core(assistant))
    assert learned(assistant, report)["goodbye"] == "utter_no_problem"
    assert {"policy_rules", "rule_policy_1:train"} <= ran(report)
    assert "memoization_policy_0:train" not in ran(report)


def test_a_story_that_says_something_else_is_an_error_with_its_place(assistant: Path) -> None:
    edit(assistant / "domain.yml", "  - thank\n", "  - thank:\n      triggers: utter_goodbye\n")
    with (assistant / "data/stories.yml").open("a", encoding="utf-8") as file:
        file.write(STORY)
    report = build(core(assistant))
    assert report.code is ExitCode.FAILED
    (problem,) = report.problems
    assert problem.code == "GB316"
    assert "rule `thank triggers utter_goodbye`" in problem.what
    assert problem.location is not None
    assert problem.location.path == "data/stories.yml"


def test_without_the_policy_triggers_are_an_error(assistant: Path) -> None:
    edit(assistant / "config.yml", "- name: MappingPolicy\n", "")
    report = build(core(assistant))
    assert [problem.code for problem in report.problems] == ["GB102"]
    assert str(report.problems[0].location).startswith("domain.yml:")


def found_in(folder: Path, code: str) -> list[str]:
    """Where the findings of a code stand."""
    return [str(one.location) for one in validate(core(folder)).findings if one.code == code]


def test_what_is_found_of_a_rule_that_stands_for_a_policy_has_the_place_of_the_policy(assistant: Path) -> None:
    edit(assistant / "config.yml", "- name: TwoStageFallbackPolicy", "- name: FallbackPolicy")
    edit(assistant / "domain.yml", "  - goodbye:\n      triggers: utter_goodbye\n", "  - goodbye\n")
    edit(assistant / "config.yml", "- name: FallbackPolicy", "- name: FallbackPolicy\n  fallback_action_name: utter_w")
    assert found_in(assistant, "GB614") == ["config.yml:8:25"], "as the fallback of RulePolicy"
    assert found_in(assistant, "GB305") == ["config.yml:8:3"], "as the action of the rule"
    edit(assistant / "config.yml", "- name: FallbackPolicy\n  fallback_action_name: utter_w\n", "")
    assert found_in(assistant, "GB635") == ["config.yml:5:9"], "nothing is left for MappingPolicy to do"
    edit(assistant / "config.yml", "- name: MappingPolicy\n", "")
    assert found_in(assistant, "GB635") == ["config.yml:5:9"], "nor for FormPolicy"
    assert "FormPolicy" in (assistant / "config.yml").read_text().splitlines()[4]


def test_what_is_found_of_a_rule_that_stands_for_triggers_has_their_place(assistant: Path) -> None:
    edit(assistant / "domain.yml", "triggers: utter_goodbye", "triggers: utter_goodby")
    line = next(
        number
        for number, text in enumerate((assistant / "domain.yml").read_text().splitlines(), start=1)
        if "triggers" in text
    )
    assert f"domain.yml:{line}:17" in [
        str(one.location) for one in validate(core(assistant)).findings if "rule `goodbye" in one.what
    ]
    edit(assistant / "domain.yml", "triggers: utter_goodby", "triggers: utter_goodbye")
    rule = "rules:\n- rule: mine\n  steps:\n  - intent: goodbye\n  - action: utter_welcome\n"
    (assistant / "data/more.yml").write_text(rule)
    both = {str(one.location) for one in validate(core(assistant)).findings if one.code == "GB316"}
    assert both == {f"domain.yml:{line}:17", "data/more.yml:5:13"}
