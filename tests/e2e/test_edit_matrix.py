"""The minimal rebuild (DESIGN section 9): what each edit to the sample assistant trains and runs. One row, one test.

The assistant is trained once; every row edits a copy of it with the store of that training.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from graphbuild.builder import BuildReport, build
from graphbuild.execution.result import Outcome
from graphbuild.explaining import explain
from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Reason
from graphbuild.session import BuildRequest

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
RECIPE = "graphbuild: 1\nextends: light\nvars: {epochs: 2}\n"
CUSTOM = """
import helpers_of_mine
from graphbuild.assistant.nlu.classifiers.keyword import KeywordIntentClassifier

class Shouting(KeywordIntentClassifier):
    '''Hears shouting.'''

    def train(self, messages: "Messages") -> "Keywords":
        # Nothing special.
        return helpers_of_mine.same(super().train(messages))

from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.nlu.classifiers.keyword import Keywords
"""
NLU_READERS = {"words:train", "chars:train", "lexical:train", "intent:train"}

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Trained:
    """A trained assistant."""

    folder: Path
    report: BuildReport


def request(folder: Path) -> BuildRequest:
    return BuildRequest(project=folder, recipe="graphbuild.yml", out=folder / "models")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("matrix") / "assistant"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (folder / "graphbuild.yml").write_text(RECIPE)
    report = build(request(folder))
    assert report.problems == ()
    return Trained(folder, report)


@pytest.fixture
def assistant(trained: Trained) -> Path:
    """The trained assistant, as it was: every row undoes what it did, and going back trains nothing."""
    keep = {
        path: path.read_bytes()
        for path in trained.folder.rglob("*")
        if path.is_file() and not {".graphbuild", "models", "__pycache__"} & set(path.parts)
    }
    yield trained.folder
    for path in trained.folder.rglob("*"):
        if path.is_file() and path not in keep and not {".graphbuild", "models"} & set(path.parts):
            path.unlink()
    for path, content in keep.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
    back = build(request(trained.folder))
    assert ran(back) == set()
    assert back.model == trained.report.model


def ran(report: BuildReport) -> set[str]:
    """Nodes that ran, importers, checks and the trackers that only collect apart."""
    cheap = {"importer", "trackers", "check"}
    graph = report.result.plan.graph
    return {
        str(node_id)
        for node_id, node in report.result.nodes.items()
        if node.outcome is Outcome.RUN and graph.nodes[node_id].kind not in cheap
    }


def trains(report: BuildReport) -> set[str]:
    return {node for node in ran(report) if node.endswith(":train")}


def reasons(report: BuildReport, node: str) -> tuple[Reason, ...]:
    return report.result.nodes[NodeId(node)].reasons


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text("utf-8")
    after = change(before)
    assert after != before, "the edit changes nothing"
    path.write_text(after, "utf-8")


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def examples_of(path: Path) -> list[int]:
    """Numbers of the lines that hold examples."""
    return [n for n, line in enumerate(path.read_text("utf-8").splitlines()) if re.match(r"\s+- (?!\w+:)\w", line)]


def test_nothing(assistant: Path, trained: Trained) -> None:
    report = build(request(assistant))
    assert ran(report) == set()
    assert report.up_to_date
    assert report.model == trained.report.model
    assert len(list((assistant / "models").glob("*.tar.gz"))) >= 1


@pytest.mark.parametrize("name", ["graphbuild.yml", "domain.yml", "data/nlu.yml", "data/stories.yml", "data/rules.yml"])
def test_a_comment(assistant: Path, trained: Trained, name: str) -> None:
    edit(assistant / name, lambda text: f"# A remark.\n{text}\n# Another.\n")
    report = build(request(assistant))
    assert ran(report) == set()
    assert report.up_to_date or all("@" in node for node in everything_that_ran(report))
    assert report.model == trained.report.model


def everything_that_ran(report: BuildReport) -> set[str]:
    return {str(node_id) for node_id, node in report.result.nodes.items() if node.outcome is Outcome.RUN}


def test_a_file_renamed(assistant: Path, trained: Trained) -> None:
    (assistant / "data/nlu.yml").rename(assistant / "data/zz_understanding.yml")
    report = build(request(assistant))
    assert ran(report) == set()
    assert report.model == trained.report.model


def test_two_examples_swapped(assistant: Path, trained: Trained) -> None:
    path = assistant / "data/nlu.yml"
    lines = path.read_text("utf-8").splitlines()
    first, second = examples_of(path)[:2]
    lines[first], lines[second] = lines[second], lines[first]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    report = build(request(assistant))
    assert ran(report) == set()
    assert report.model == trained.report.model


def test_a_response_text(assistant: Path, trained: Trained) -> None:
    edit(assistant / "domain.yml", lambda text: re.sub(r'(- text: ")', r"\1Well. ", text, count=1))
    report = build(request(assistant))
    assert ran(report) == set()
    assert report.is_new
    assert report.model != trained.report.model


def test_session_settings(assistant: Path) -> None:
    edit(
        assistant / "domain.yml",
        lambda text: (
            re.sub(r"session_expiration_time: \d+", "session_expiration_time: 7", text)
            if "session_expiration_time" in text
            else f"{text}\nsession_config:\n  session_expiration_time: 7\n"
        ),
    )
    report = build(request(assistant))
    assert ran(report) == set()
    assert report.is_new


def test_a_story_renamed(assistant: Path) -> None:
    edit(assistant / "data/stories.yml", lambda text: re.sub(r"- story: (.+)", r"- story: \1 (renamed)", text, count=1))
    assert ran(build(request(assistant))) == set()


def test_the_augmentation_factor(assistant: Path) -> None:
    edit(assistant / "graphbuild.yml", replaced("epochs: 2", "epochs: 2, augmentation: 3"))
    assert ran(build(request(assistant))) == {"augmented_histories:apply", "ted:train"}


def test_one_example_added(assistant: Path) -> None:
    path = assistant / "data/nlu.yml"
    line = examples_of(path)[0]
    lines = path.read_text("utf-8").splitlines()
    indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
    lines.insert(line + 1, f"{indent}- an entirely new wording")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    report = build(request(assistant))
    assert trains(report) == NLU_READERS
    told = reasons(report, "intent:train")
    assert any(one.path == "data/nlu.yml" and one.line == line + 2 for one in told), told
    explained = {one.node: one for one in explain(request(assistant), "intent")}
    last = explained[NodeId("intent:train")].last_reasons
    assert any(one.path == "data/nlu.yml" and one.line == line + 2 for one in last)


def test_explain_before_building_names_the_line(assistant: Path) -> None:
    path = assistant / "data/nlu.yml"
    line = examples_of(path)[0]
    lines = path.read_text("utf-8").splitlines()
    lines[line] += " indeed"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    explained = {one.node: one for one in explain(request(assistant), "intent")}
    records = explained[NodeId("intent:train")].records
    assert {(one.path, one.line) for one in records} == {("data/nlu.yml", line + 1)}


def test_a_synonym(assistant: Path) -> None:
    synonym = "  - synonym: bicycle\n    examples: |\n      - velocipede\n"
    edit(assistant / "data/nlu.yml", lambda text: f"{text.rstrip()}\n{synonym}")
    assert trains(build(request(assistant))) == {"synonyms:train"}


def test_a_lookup_entry(assistant: Path) -> None:
    edit(
        assistant / "data/nlu.yml",
        lambda text: re.sub(r"(- lookup: .+\n +examples: \|\n)", r"\1      - unheard of\n", text, count=1),
    )
    report = build(request(assistant))
    assert trains(report) <= {"regex_features:train", "entities:train", "intent:train"}
    assert "regex_features:train" in trains(report)


def test_an_intent_ignores_its_entities(assistant: Path) -> None:
    edit(assistant / "domain.yml", replaced("  - ask_price\n", "  - ask_price:\n      use_entities: []\n"))
    assert trains(build(request(assistant))) == {"memo:train", "ted:train"}


def test_a_slot_that_does_not_influence(assistant: Path) -> None:
    slot = (
        "slots:\n  weather:\n    type: text\n    influence_conversation: false\n    mappings:\n    - type: from_text\n"
    )
    edit(assistant / "domain.yml", replaced("slots:\n", slot))
    report = build(request(assistant))
    assert ran(report) == set()
    assert report.is_new


def test_an_unused_response(assistant: Path) -> None:
    edit(assistant / "domain.yml", replaced("responses:\n", 'responses:\n  utter_never:\n  - text: "Never said."\n'))
    report = build(request(assistant))
    assert ran(report) == set()
    assert report.is_new


def test_a_story_added(assistant: Path) -> None:
    steps = [
        {"intent": "ask_location"},
        {"action": "utter_shop_info"},
        {"intent": "deny"},
        {"action": "utter_no_problem"},
    ]
    story = {"version": "3.1", "stories": [{"story": "brand new", "steps": steps}]}
    (assistant / "data/more_stories.yml").write_text(json.dumps(story))
    report = build(request(assistant))
    assert trains(report) == {"memo:train", "ted:train"}


def test_a_story_that_does_what_a_rule_says(assistant: Path) -> None:
    """The turn of the rule is no longer hidden from policies that learn."""
    steps = [{"intent": "goodbye"}, {"action": "utter_goodbye"}]
    story = {"version": "3.1", "stories": [{"story": "brand new", "steps": steps}]}
    (assistant / "data/more_stories.yml").write_text(json.dumps(story))
    assert trains(build(request(assistant))) == {"memo:train", "ted:train", "rules:train"}


def test_a_rule_changed(assistant: Path) -> None:
    edit(assistant / "data/rules.yml", replaced("action: utter_welcome", "action: utter_no_problem"))
    assert trains(build(request(assistant))) == {"rules:train"}


def test_an_option_of_the_rules(assistant: Path) -> None:
    edit(assistant / "graphbuild.yml", lambda text: f"{text}nodes: {{rules: {{with: {{restrict_rules: false}}}}}}\n")
    report = build(request(assistant))
    assert ran(report) <= {"rules:train"}


def test_one_hyperparameter(assistant: Path) -> None:
    edit(assistant / "graphbuild.yml", lambda text: f"{text}nodes: {{intent: {{with: {{max_iter: 50}}}}}}\n")
    report = build(request(assistant))
    assert ran(report) == {"intent:train"}
    (reason,) = reasons(report, "intent:train")
    assert reason.detail == "max_iter 100 -> 50"
    assert (reason.path, reason.line) == ("graphbuild.yml", 4)


def test_a_vectorisers_option(assistant: Path) -> None:
    edit(assistant / "graphbuild.yml", lambda text: f"{text}nodes: {{chars: {{with: {{max_ngram: 3}}}}}}\n")
    assert trains(build(request(assistant))) == {"chars:train", "intent:train"}


def test_a_component_removed(assistant: Path) -> None:
    edit(
        assistant / "graphbuild.yml",
        lambda text: (
            f"{text}nodes: {{entities: null, synonyms: null}}\ntargets: {{model: [fallback, intent, memo, ted]}}\n"
        ),
    )
    report = build(request(assistant))
    assert ran(report) == set()
    assert report.is_new


def test_a_display_only_option(assistant: Path, trained: Trained) -> None:
    edit(assistant / "graphbuild.yml", lambda text: f"{text}nodes: {{words: {{with: {{alias: other}}}}}}\n")
    report = build(request(assistant))
    assert ran(report) == set()


def test_source_of_a_users_component(assistant: Path) -> None:
    (assistant / "helpers_of_mine.py").write_text("def same(value):\n    '''As it was.'''\n    return value\n")
    (assistant / "shouting.py").write_text(CUSTOM)
    node = "nodes: {shout: {uses: 'shouting:Shouting', needs: {messages: tokens}}}\ntargets: {model: [shout, intent]}\n"
    edit(assistant / "graphbuild.yml", lambda text: text + node)
    assert ran(build(request(assistant))) == {"shout:train"}
    edit(assistant / "helpers_of_mine.py", replaced("As it was.", "As it always was."))
    edit(assistant / "shouting.py", replaced("# Nothing special.", "# Nothing special at all."))
    assert ran(build(request(assistant))) == set()
    edit(assistant / "helpers_of_mine.py", replaced("return value", "return (value)or(value)"))
    report = build(request(assistant))
    assert ran(report) == {"shout:train"}
    assert [one.subject for one in reasons(report, "shout:train")] == ["helpers_of_mine"]
