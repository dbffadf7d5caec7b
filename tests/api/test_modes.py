"""What is trained is chosen from what the files hold, by the API, its twins and the command line alike."""

from __future__ import annotations

from pathlib import Path

import pytest

import graphbuild
from graphbuild.builder import build, graph
from graphbuild.errors import RecipeError
from graphbuild.halves import TrainingType, notices, training_type
from graphbuild.session import BuildRequest
from tests.api import faces

EMPTY = 'version: "3.1"\n'
NO_STORIES = "the dialogue half was left out: there are no stories and no rules"
NO_DOMAIN = "the dialogue half was left out: there is no domain, or it is empty"
NO_NLU = "the NLU half was left out: there is no NLU data"
TEXTS = "stories:\n- story: told\n  steps:\n  - user: hello you\n  - action: utter_greet\n"
UNRESOLVED = """stories:
- story: a slot
  steps:
  - intent: greet
  - slot_was_set:
    - nowhere: 1
  - action: utter_greet
"""
NLU_NODES = {"keyword_intent_classifier_1:train"}
CORE_NODES = {"memoization_policy_2:train", "rule_policy_3:train", "domain"}


def without_stories(project: Path) -> None:
    for name in ("stories", "rules"):
        (project / "data" / f"{name}.yml").unlink()


def kind(project: Path, *targets: str) -> TrainingType:
    return training_type(graph(BuildRequest(project, "config.yml", targets=targets)), targets)


def test_both(project: Path) -> None:
    came = faces.train(project)
    assert set(came.nodes) == NLU_NODES | CORE_NODES
    assert came.notices == ()
    assert came.file is not None
    assert came.file.startswith("models/DATE-")
    assert kind(project) is TrainingType.BOTH
    assert kind(project).model_type == "rasa"


def test_no_stories(project: Path) -> None:
    without_stories(project)
    came = faces.train(project)
    assert set(came.nodes) == NLU_NODES
    assert came.notices == (NO_STORIES,)
    assert came.file is not None
    assert came.file.startswith("models/nlu-DATE-")
    assert kind(project) is TrainingType.NLU
    assert came.key == faces.train(project, "train_nlu").key


@pytest.mark.parametrize("text", ["stories: []\n", "stories:\n- story: empty\n  steps: []\n", "# stories:\n"])
def test_files_that_speak_of_stories_and_hold_none(project: Path, text: str) -> None:
    without_stories(project)
    (project / "data" / "stories.yml").write_text(EMPTY + text)
    came = faces.train(project)
    assert came.notices == (NO_STORIES,)
    assert set(came.nodes) == NLU_NODES


def test_no_nlu_data(project: Path) -> None:
    (project / "data" / "nlu.yml").write_text(f"{EMPTY}nlu: []\n")
    came = faces.train(project)
    assert set(came.nodes) == CORE_NODES
    assert came.notices == (NO_NLU,)
    assert came.file is not None
    assert came.file.startswith("models/core-DATE-")
    assert kind(project) is TrainingType.CORE
    core = faces.train(project, "train_core")
    assert [node.partition("_policy")[0] for node in core.nodes] == ["domain", "memoization", "rule"]


@pytest.mark.parametrize("domain", [None, "", EMPTY, "intents: []\n", "# intents:\n# - greet\n"])
def test_no_domain(project: Path, domain: str | None) -> None:
    if domain is None:
        (project / "domain.yml").unlink()
    else:
        (project / "domain.yml").write_text(domain)
    came = faces.train(project)
    assert set(came.nodes) == NLU_NODES
    assert came.notices == (NO_DOMAIN,)


def test_a_domain_that_comes_later_brings_the_other_half(project: Path) -> None:
    whole = (project / "domain.yml").read_text()
    (project / "domain.yml").write_text(EMPTY)
    request = BuildRequest(project, "config.yml")
    first = build(request)
    assert build(request).up_to_date
    assert [one.what for one in notices(first.result.plan.graph)] == [NO_DOMAIN]
    (project / "domain.yml").write_text(whole)
    second = build(request)
    assert notices(second.result.plan.graph) == ()
    assert len(second.result.plan.graph.kept) > len(first.result.plan.graph.kept)
    (project / "domain.yml").unlink()
    assert build(request).model == first.model


def test_nothing_at_all(project: Path) -> None:
    without_stories(project)
    (project / "data" / "nlu.yml").write_text(EMPTY)
    came = faces.train(project)
    what = "there is nothing to train from: no file holds `examples` or `texts`, and none holds `stories`"
    assert (came.problems, came.code) == ((what,), 2)
    assert faces.train(project, "train_nlu").code == 2
    assert faces.train(project, "train_core").problems == (
        "there is nothing to train `core` from: no file holds `stories`",
    )


@pytest.mark.parametrize("domain", [None, "elsewhere.yml"])
def test_what_one_half_does_not_need_does_not_hide_that_there_is_nothing(project: Path, domain: str | None) -> None:
    (project / "domain.yml").unlink()
    came = faces.train(project, "train_nlu", nlu_data="data/stories.yml", **({"domain": domain} if domain else {}))
    what = "there is nothing to train `nlu` from: no file holds `examples` or `texts`"
    if domain is not None:  # named, and not there: that comes first
        what = "there is no file or folder `elsewhere.yml`"
    assert (came.problems, came.code) == ((what,), 2)


def test_texts_in_stories(project: Path) -> None:
    (project / "data" / "told.yml").write_text(EMPTY + TEXTS)
    came = faces.train(project)
    assert came.notices == ()
    assert kind(project) is TrainingType.END_TO_END
    (project / "data" / "nlu.yml").unlink()
    assert kind(project) is TrainingType.END_TO_END  # texts are something to learn from
    assert faces.train(project).notices == ()


def test_unresolved_slots_stop_it_with_file_and_line(project: Path) -> None:
    (project / "data" / "more.yml").write_text(EMPTY + UNRESOLVED)
    came = faces.train(project)
    assert (came.problems, came.code) == (("story `a slot` names slot `nowhere`, which is not in the domain",), 1)
    with pytest.raises(graphbuild.builder.BuildFailed) as raised:
        graphbuild.train("domain.yml", "config.yml", "data")
    place = raised.value.problems[0].location
    assert place is not None
    assert (place.path, place.line) == ("data/more.yml", 7)
    assert faces.train(project, "train_core").problems == came.problems


def test_a_file_that_cannot_be_read_leaves_nothing_out(project: Path) -> None:
    without_stories(project)
    (project / "data" / "stories.yml").write_text("stories:\n- story: x\n  steps: [\n")
    came = faces.train(project)
    assert came.code == 2
    assert "not YAML" in came.problems[0]


def test_a_domain_that_was_named_and_is_not_there_is_an_error(project: Path) -> None:
    came = faces.train(project, domain="elsewhere.yml")
    assert (came.problems, came.code) == (("there is no file or folder `elsewhere.yml`",), 2)


def test_an_importer_of_the_users_own_may_hold_anything(project: Path) -> None:
    (project / "own.py").write_text(
        "from graphbuild.assistant.data.parts import NLUPart\n"
        "from graphbuild.contract.component import Component\n"
        "class Own(Component):\n"
        "    kind = 'importer'\n"
        "    def apply(self) -> NLUPart:\n"
        "        return NLUPart()\n"
    )
    (project / "config.yml").write_text(
        (project / "config.yml").read_text() + "importers:\n- name: RasaFileImporter\n- name: own.Own\n"
    )
    (project / "data" / "nlu.yml").unlink()
    assert graph(BuildRequest(project, "config.yml")).left_out == {}


def test_the_half_without_a_domain_by_rasas_name(project: Path) -> None:
    (project / "domain.yml").unlink()
    importer = graphbuild.TrainingDataImporter.load_from_config("config.yml", "domain.yml", "data")
    with pytest.warns(graphbuild.TrainingNotice, match="no domain"):
        model = graphbuild.handle_domain_if_not_exists(importer, "out", "mine")
    assert model == str(project / "out" / "mine.tar.gz")


def test_a_group_of_its_own_stays_in_the_whole(project: Path) -> None:
    """What a recipe's author adds to the model is kept, whichever half is left out."""
    without_stories(project)
    (project / "graphbuild.yml").write_text(
        "graphbuild: 1\nextends: light\ntargets: {model: [intent, memo, nlu.synonyms], core: [memo]}\n"
    )
    kept = {str(node) for node, _ in graph(BuildRequest(project, "graphbuild.yml")).kept}
    assert "memo:train" not in kept
    assert {"intent:train", "nlu"} <= kept
    (project / "graphbuild.yml").write_text("graphbuild: 1\nextends: light\nonly_for: {core: null}\n")
    assert graph(BuildRequest(project, "graphbuild.yml")).left_out == {}
    (project / "graphbuild.yml").write_text("graphbuild: 1\nextends: light\nonly_for: {core: {a: 1}}\n")
    with pytest.raises(RecipeError):
        graph(BuildRequest(project, "graphbuild.yml"))
