"""Every `policies:` of the assistants of the corpora, as it is written: it compiles, and it trains on their stories.

Epochs are cut to one, in a copy of the config.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.data.writers.yaml_text import YamlText
from graphbuild.builder import build, graph
from graphbuild.contract.yaml_tree import parse_yaml
from graphbuild.errors import ExitCode, RecipeError
from graphbuild.execution.events import Event, NodeStarted
from graphbuild.execution.result import Outcome
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.recipe.rasa_lists import DEFAULT_POLICIES
from graphbuild.session import BuildRequest

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
ASSISTANTS = CORPORA / "assistants"
CONFORMANCE = CORPORA / "conformance"
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA"),
]

FAULTS = {
    # The form of this story is the text "null". Rasa's validation fails: a loop that the domain has not.
    "community-cedex-travel-1x": ["data/stories.md:11:17"],
    # An intent is listed twice (Rasa: InvalidDomain), and examples are lists in lists (Rasa refuses the file).
    "community-restaurant": ["data/nlu.yml:119:7", "data/nlu.yml:133:6", "domain.yml:11:5"],
    # A mapping is bound to a form that the domain has not. Rasa's validation fails.
    "course-09-custom-forms": ["domain.yml:40:22"],
}
"""What is wrong in the data of assistants, by places; Rasa, too, refuses to train on them (RASA.md 3.5, 6.4)."""
OTHERWISE = {
    "MappingPolicy": "RulePolicy",
    "FormPolicy": "RulePolicy",
    "FallbackPolicy": "RulePolicy",
    "TwoStageFallbackPolicy": "RulePolicy",
    "EmbeddingPolicy": "TEDPolicy",
}
PASSED_OVER = {
    "carbon-bot": ["config.yml:35:3"],
    "concertbot": ["config.yml:24:5"],
    "concertbot-1x": ["config.yml:20:5"],
}
"""Options that a policy does not know, by places."""
LEARN_IN_EPOCHS = ("TEDPolicy", "UnexpecTEDIntentPolicy", "KerasPolicy", "EmbeddingPolicy")
NO_LEARNING = {"importer", "check", "trackers"}


def assistants() -> list[str]:
    return sorted(path.parent.name for path in ASSISTANTS.glob("*/config.yml")) or ["none"]


def policies_of(config: Path) -> list[dict[str, Any]]:
    """The policies that a config names; Rasa's defaults where it names none."""
    given = parse_yaml(config.read_text("utf-8"), "config.yml")[0].plain().get("policies")
    return [dict(one) for one in given or DEFAULT_POLICIES]


def trained_in(compiled: Graph) -> list[NodeId]:
    return [node.id for node in compiled.nodes.values() if node.kind == "policy" and str(node.id).endswith(":train")]


@pytest.mark.parametrize("name", assistants())
def test_the_policies_compile_as_they_are_written(name: str, tmp_path: Path) -> None:
    request = BuildRequest(ASSISTANTS / name, "config.yml", targets=("core",), store=tmp_path)
    if name == "e2ebot" and importlib.util.find_spec("transformers") is None:
        # Its stories have texts, and its pipeline makes features of them with a language model.
        with pytest.raises(RecipeError, match="`LanguageModelFeaturizer` needs `transformers`") as caught:
            graph(request)
        assert len(caught.value.problems) == 1, "one line of the config is told of once, whatever nodes it became"
        return
    compiled = graph(request)
    written = [str(one["name"]) for one in policies_of(ASSISTANTS / name / "config.yml")]
    assert {compiled.nodes[node].uses for node in trained_in(compiled)} == {OTHERWISE.get(one, one) for one in written}
    notices = {str(one.location): one.what for one in compiled.notices}
    assert [place for place, what in notices.items() if what.endswith("passed over")] == PASSED_OVER.get(name, [])
    told = [what for what in notices.values() if not what.endswith("passed over")]
    for old in set(written) & set(OTHERWISE):
        assert [what for what in told if what.startswith(f"`{old}` means `{OTHERWISE[old]}`")] != [], old


@pytest.mark.slow
@pytest.mark.parametrize("name", assistants())
def test_the_policies_train(name: str, tmp_path: Path) -> None:
    project = Path(shutil.copytree(ASSISTANTS / name, tmp_path / name))
    policies = [
        {**one, "epochs": 1} if one["name"] in LEARN_IN_EPOCHS else one for one in policies_of(project / "config.yml")
    ]
    (project / "config.yml").write_text(YamlText().document({"language": "en", "policies": policies}), "utf-8")
    request = BuildRequest(project, "config.yml", targets=("core",), store=tmp_path / "store", package=False)
    began: set[str] = set()
    try:
        compiled = graph(request)

        def listen(event: Event) -> None:
            if isinstance(event, NodeStarted):
                began.add(compiled.nodes[event.node].kind)

        report = build(request, listen)
        problems, code = list(report.problems), report.code
    except RecipeError as error:
        problems, code = list(error.problems), ExitCode.USAGE
    assert sorted(str(one.location) for one in problems) == FAULTS.get(name, []), problems
    if name in FAULTS:
        assert code is not ExitCode.DONE
        assert began <= NO_LEARNING
        return
    assert code is ExitCode.DONE
    assert all(report.result.nodes[node].outcome is Outcome.RUN for node in trained_in(compiled))


@pytest.mark.parametrize(
    ("domain", "rules"),
    [
        ("default_with_mapping.yml", {"greet triggers utter_greet", "default triggers utter_default"}),
        ("triggers_and_forms.yml", {"affirm triggers utter_ask_num_people"}),
    ],
)
def test_triggers_of_rasas_own_examples_are_followed(domain: str, rules: set[str], tmp_path: Path) -> None:
    """Of a story that does what the trigger does, and of none."""
    (tmp_path / "data").mkdir()
    shutil.copy(CONFORMANCE / "test_domains" / domain, tmp_path / "domain.yml")
    (tmp_path / "config.yml").write_text("policies: [MemoizationPolicy, MappingPolicy, FormPolicy]\n")
    intent, _, action = min(rules).split()
    story = f"## a story\n* {intent}\n  - {action}\n\n## another\n* {intent}\n  - {action}\n* {intent}\n  - {action}\n"
    (tmp_path / "data/stories.md").write_text(story)
    request = BuildRequest(tmp_path, "config.yml", targets=("core",), package=False)
    assert build(request).problems == ()
    (tmp_path / "data/stories.md").write_text(story.replace(f"- {action}", "- utter_other", 1))
    domain_text = (tmp_path / "domain.yml").read_text("utf-8")
    (tmp_path / "domain.yml").write_text(domain_text.replace("actions:\n", "actions:\n  - utter_other\n"))
    (problem,) = build(request).problems
    assert problem.code == "GB316"
    assert any(f"rule `{rule}`" in problem.what for rule in rules)
