"""Every `policies:` of the assistants of the corpora, as it is written: it compiles, and it trains on their stories.

Epochs are cut to one, in a copy of the config.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from graphbuild.assistant.data.writers.yaml_text import YamlText
from graphbuild.builder import build, graph
from graphbuild.errors import ExitCode, RecipeError
from graphbuild.execution.events import Event, NodeStarted
from graphbuild.execution.result import Outcome
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.session import BuildRequest
from tests.assistants import ASSISTANTS, CORPORA, FAULTS, assistants, components_of

CONFORMANCE = CORPORA / "conformance"
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA"),
]

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
NO_LEARNING = {"importer", "check", "trackers"}


def trained_in(compiled: Graph) -> list[NodeId]:
    return [node.id for node in compiled.nodes.values() if node.kind == "policy" and str(node.id).endswith(":train")]


def compiles(request: BuildRequest) -> bool:
    """Whether all components of a config are there."""
    try:
        graph(request)
    except RecipeError:
        return False
    return True


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
    written = [str(one["name"]) for one in components_of(ASSISTANTS / name / "config.yml", "policies")]
    assert {compiled.nodes[node].uses for node in trained_in(compiled)} == {OTHERWISE.get(one, one) for one in written}
    notices = {str(one.location): one.what for one in compiled.notices}
    assert [place for place, what in notices.items() if what.endswith("passed over")] == PASSED_OVER.get(name, [])
    told = [what for what in notices.values() if not what.endswith("passed over")]
    for old in set(written) & set(OTHERWISE):
        assert [what for what in told if what.startswith(f"`{old}` means `{OTHERWISE[old]}`")] != [], old


@pytest.mark.slow
@pytest.mark.parametrize("name", assistants())
def test_the_policies_train(name: str, tmp_path: Path) -> None:
    if name not in FAULTS and compiles(BuildRequest(ASSISTANTS / name, "config.yml", store=tmp_path / "store")):
        pytest.skip("the whole of it is trained in test_every_assistant.py")
    project = Path(shutil.copytree(ASSISTANTS / name, tmp_path / name))
    policies = components_of(project / "config.yml", "policies")
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
