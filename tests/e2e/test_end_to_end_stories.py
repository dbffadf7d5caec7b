"""Texts in stories: the nodes that make features of them are there only for them, and an edit trains what reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.builder import BuildReport, build, graph, plan
from graphbuild.errors import ExitCode, RecipeError
from graphbuild.execution.result import Outcome
from graphbuild.plan.decision import Verdict
from graphbuild.project.dialogue_evaluation import evaluate_stories
from graphbuild.session import BuildRequest

CONFIG = """\
recipe: default.v1
language: en
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- {name: CountVectorsFeaturizer, analyzer: char_wb, max_ngram: 3, alias: parts}
- {name: DIETClassifier, epochs: 1, transformer_size: 16}
policies:
- {name: TEDPolicy, epochs: 1, transformer_size: 16, max_history: 3}
- name: RulePolicy
"""
DOMAIN = """\
intents: [greet, bye]
entities: [city]
responses:
  utter_greet: [{text: hi}]
  utter_bye: [{text: see you}]
"""
NLU = """\
nlu:
- intent: greet
  examples: |
    - hello
    - hi
- intent: bye
  examples: |
    - goodbye
    - see you
"""
PLAIN = """\
stories:
- story: meant
  steps:
  - intent: greet
  - action: utter_greet
- story: tested
  steps:
  - intent: bye
    user: bye for now
  - action: utter_bye
"""
SPELT = """\
- story: said
  steps:
  - user: take me to [Rome](city)
  - bot: off we go
  - user: that is all
  - action: utter_bye
"""
TEXTS = {"story_texts", "e2e_whitespace_tokenizer_0", "e2e_count_vectors_featurizer_1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"config.yml": CONFIG, "domain.yml": DOMAIN, "data/nlu.yml": NLU, "data/stories.yml": PLAIN + SPELT}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def request(folder: Path, *targets: str) -> BuildRequest:
    return BuildRequest(folder, "config.yml", targets=targets)


def nodes(folder: Path, *targets: str) -> set[str]:
    return {str(node.name) for node in graph(request(folder, *targets)).nodes.values()}


def trained(report: BuildReport) -> set[str]:
    assert report.code is ExitCode.DONE, report.problems
    ran = {str(name) for name, node in report.result.nodes.items() if node.outcome is Outcome.RUN}
    return {name.removesuffix(":train") for name in ran if name.endswith(":train")}


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def test_the_nodes_of_texts_are_there_only_where_stories_have_some(folder: Path) -> None:
    """A turn with an intent is known by that; texts of rules are for RulePolicy alone."""
    stories = folder / "data" / "stories.yml"
    assert nodes(folder) > TEXTS
    stories.write_text(PLAIN)
    plain = nodes(folder)
    assert not {name for name in plain if name.startswith(("e2e_", "story_text", "ted_policy_4_texts"))}
    ted = next(one for one in graph(request(folder)).nodes.values() if one.id == "ted_policy_4:train")
    assert [edge.port for edge in ted.inputs] == ["samples"]
    stories.write_text(PLAIN + "rules:\n- rule: said\n  steps:\n  - user: that is all\n  - action: utter_bye\n")
    assert nodes(folder) == plain
    stories.write_text(PLAIN + "- story: said\n  steps:\n  - intent: greet\n  - bot: off we go\n")
    assert nodes(folder) > TEXTS, "one that had been compiled without is not taken"


def test_what_cannot_be_read_has_no_texts_and_is_told_where_it_is_read(folder: Path) -> None:
    (folder / "data" / "stories.yml").write_text(PLAIN + "- story: [\n  user: hello\n")
    assert not nodes(folder) & TEXTS
    report = build(request(folder))
    assert [problem.location.path for problem in report.problems if problem.location] == ["data/stories.yml"]


def test_policies_alone_are_trained_as_with_the_pipeline(folder: Path) -> None:
    """What makes features is there, classifiers are not; whether these are right is not looked at."""
    core = nodes(folder, "core")
    assert core > TEXTS
    assert not {name for name in core if name.startswith(("diet", "whitespace", "count_vectors"))}
    assert not nodes(folder, "nlu") & TEXTS
    edit(folder / "config.yml", "{name: DIETClassifier", "{name: NobodysClassifier")
    assert nodes(folder, "core") == core


def test_featurizers_of_a_policy_are_those_that_it_names(folder: Path) -> None:
    edit(folder / "config.yml", "transformer_size: 16, max_history: 3", "featurizers: [parts]")
    inputs = next(one for one in graph(request(folder)).nodes.values() if one.name == "ted_policy_4_texts").inputs
    assert {str(edge.node) for edge in inputs if edge.port == "features"} == {"e2e_count_vectors_featurizer_2:apply"}
    assert "e2e_count_vectors_featurizer_2" in nodes(folder, "core")
    edit(folder / "config.yml", "featurizers: [parts]", "featurizers: [nobody]")
    with pytest.raises(RecipeError, match="there is no featurizer `nobody` before `TEDPolicy`"):
        graph(request(folder))


def test_nothing_is_read_again_where_nothing_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph(request(folder))
    graph(request(folder))  # a fresh file may change within the clock's grain: it is looked at once more

    def refuse(*_: object) -> None:
        raise AssertionError("nobody has to be asked what a file holds")

    monkeypatch.setattr("graphbuild.assistant.data.readers.holdings.training_holdings", refuse)
    assert plan(request(folder)).count(Verdict.HIT) == 0


@pytest.mark.slow
def test_an_edit_trains_what_reads_it(folder: Path) -> None:
    words = {"count_vectors_featurizer_1", "count_vectors_featurizer_2"}
    of_texts = {f"e2e_{name}" for name in words}
    assert trained(build(request(folder))) == {*words, *of_texts, "diet_classifier_3", "ted_policy_4", "rule_policy_5"}
    stories, nlu = folder / "data" / "stories.yml", folder / "data" / "nlu.yml"
    assert trained(build(request(folder, "core"))) == set(), "the same is trained for policies alone"
    edit(stories, "that is all", "that is it")
    assert trained(build(request(folder))) == {*of_texts, "ted_policy_4"}, "no classifier"
    edit(stories, "off we go", "on we go")
    assert trained(build(request(folder))) == {*of_texts, "ted_policy_4"}
    edit(stories, "[Rome](city)", "Rome")
    assert trained(build(request(folder))) == {"ted_policy_4"}, "what users say is the same"
    edit(nlu, "- hello\n", "- hello\n    - good morning\n")
    assert trained(build(request(folder))) == {*words, "diet_classifier_3"}, "no policy"
    edit(stories, "- intent: bye\n    user: bye for now", "- intent: bye\n    user: bye then")
    assert trained(build(request(folder))) == set(), "it is known by its intent"


@pytest.mark.slow
def test_stories_are_tested_with_their_texts(folder: Path) -> None:
    edit(folder / "config.yml", "epochs: 1, transformer_size: 16, max_history", "epochs: 80, max_history")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_stories.yml").write_text("stories:\n" + SPELT)
    tested = evaluate_stories(request(folder), plots=False, understands=False)
    assert [one.is_failed for one in tested.outcomes.stories] == [False]
    steps = tested.outcomes.stories[0].steps()
    assert [step["predicted"] for step in steps if step["policy"] == "TEDPolicy"][:2] == ["off we go", "action_listen"]
