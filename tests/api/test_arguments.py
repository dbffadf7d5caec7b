"""Every argument of a training does the same in the API, its twins and on the command line."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

import graphbuild
from graphbuild import arguments
from graphbuild.arguments import with_arguments
from graphbuild.builder import graph
from graphbuild.contract.yaml_tree import parse_yaml
from graphbuild.errors import BuildFailed, DataError, UsageError
from graphbuild.execution.events import NodeStarted
from graphbuild.package.nlu_data import nlu_data_of
from graphbuild.package.package import read_package
from graphbuild.project import visualisation
from graphbuild.session import BuildRequest
from graphbuild.training import draw_stories
from tests.api import faces
from tests.cli.command_line import run


def test_domain_as_a_path_a_folder_or_a_value(project: Path) -> None:
    first = faces.train(project)
    (project / "parts").mkdir()
    text = (project / "domain.yml").read_text()
    (project / "parts" / "one.yml").write_text(text)
    assert faces.train(project, domain="parts").key == first.key
    tree, problems = parse_yaml(text, "domain.yml")
    assert problems == []
    result = graphbuild.train(tree.plain(), "config.yml", "data")
    assert result.model is not None
    assert read_package(Path(result.model)).manifest["key"] == first.key
    assert graphbuild.train(tree.plain(), "config.yml", "data") == result


def test_a_domain_is_a_value_that_the_three_faces_agree_on(project: Path) -> None:
    """From a file, a folder or a mapping; trained as a value it gives what the file gives, on each of the faces."""
    by_file = faces.train(project)
    domain = graphbuild.Domain.load("domain.yml")
    (project / "parts").mkdir()
    sections = domain.as_dict()
    for number, name in enumerate(sections):
        (project / "parts" / f"{number}.yml").write_text(json.dumps({name: sections[name]}))
    assert graphbuild.Domain.load(project / "parts") == domain == graphbuild.Domain.load(domain.as_dict())
    assert hash(graphbuild.Domain.load("parts")) == hash(domain)
    result = graphbuild.train(domain, "config.yml", "data")
    assert read_package(Path(str(result.model))).manifest["key"] == by_file.key
    assert asyncio.run(graphbuild.train_async(domain, "config.yml", "data")) == result
    (project / "whole.yml").write_text(json.dumps(domain.as_dict()))
    assert faces.train(project, domain="whole.yml").key == by_file.key


def test_a_domain_says_what_it_holds_and_is_not_changed() -> None:
    said = {
        "intents": ["bye", {"greet": {"use_entities": []}}],
        "entities": ["city"],
        "responses": {"utter_hi": [{"text": "Hi"}]},
    }
    domain = graphbuild.Domain.load(
        {
            **said,
            "actions": ["action_x"],
            "forms": {"f": {"required_slots": ["s"]}},
            "slots": {"s": {"type": "text", "mappings": []}},
        }
    )
    assert (domain.intents, domain.entities) == (("bye", "greet"), ("city",))
    assert {"utter_hi", "action_x", "f", "action_listen"} <= set(domain.action_names)
    assert (list(domain.slots), list(domain.forms), domain.responses["utter_hi"]) == (["s"], ["f"], [{"text": "Hi"}])
    domain["responses"]["utter_hi"].clear()
    domain.as_dict()["intents"].clear()
    assert domain.responses["utter_hi"] == [{"text": "Hi"}]
    with pytest.raises(AttributeError):
        domain._document = {}  # type: ignore[misc]
    assert domain == domain.as_dict()
    nothing = graphbuild.Domain.empty()
    assert nothing == graphbuild.Domain.load({}) == {}
    assert not nothing
    assert domain.merge(nothing) == domain == nothing.merge(domain)
    with pytest.raises(DataError, match="response `utter_hi` is defined in two ways"):
        domain.merge(graphbuild.Domain.load({"responses": {"utter_hi": [{"text": "Hello"}]}}))
    with pytest.raises(UsageError, match="there is no domain nowhere"):
        graphbuild.Domain.load("nowhere.yml")
    with pytest.raises(DataError, match="intents"):
        graphbuild.Domain.load({"intents": 5})


def test_every_name_of_the_design_is_there() -> None:
    for name in graphbuild.__all__:
        assert getattr(graphbuild, name) is not None
    assert {"Agent", "Domain", "TrainingData", "StoryGraph", "TrainingDataImporter", "Policy"} <= set(
        graphbuild.__all__
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"domain": 5}, "`domain` must be a path"),
        ({"config": None}, "`config` must be a path"),
        ({"training_files": 5}, "training data must be a path"),
        ({"training_files": ["data", None]}, "training data must be a path"),
        ({"output": None}, "`output` must be a path"),
        ({"fixed_model_name": 5}, "`fixed_model_name` must be a text"),
        (
            {"finetuning_epoch_fraction": "half", "model_to_finetune": "models"},
            "`finetuning_epoch_fraction` must be a number",
        ),
        ({"model_to_finetune": 5}, "`model_to_finetune` must be a path"),
        ({"train_path": 5}, "`train_path` must be a path"),
        ({"core_additional_arguments": 5}, "`core_additional_arguments` must be a mapping"),
        ({"nlu_additional_arguments": [1]}, "`nlu_additional_arguments` must be a mapping"),
        ({"core_additional_arguments": {1: 1}}, "core_additional_arguments has no key `1`"),
        ({"dry_run": "yes"}, "`dry_run` must be true or false, and not 'yes'"),
        ({"force_training": "no"}, "`force_training` must be true or false"),
        ({"persist_nlu_training_data": 1}, "`persist_nlu_training_data` must be true or false"),
        ({"jobs": True}, "`jobs` must be a whole number from 1"),
        ({"listener": 5}, "`listener` must be something to call, or None"),
    ],
)
def test_an_argument_of_another_kind_is_told(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        graphbuild.train(**{"domain": "domain.yml", "config": "config.yml", "training_files": "data", **given})


def test_config_as_a_path_a_packaged_recipe_or_a_value(project: Path) -> None:
    tree, _ = parse_yaml((project / "config.yml").read_text(), "config.yml")
    assert graphbuild.train_nlu(tree.plain(), "data", fixed_model_name="a") is not None
    a = read_package(project / "models" / "a.tar.gz").manifest["key"]
    assert a == faces.train(project, "train_nlu").key
    assert faces.train(project, "train_nlu", config="recipe:nlu-only", fixed_model_name="b").code == 0
    with pytest.raises(UsageError, match="must be made of"):
        graphbuild.train_nlu({"pipeline": {1, 2}}, "data")


def test_training_files_one_several_and_folders(project: Path) -> None:
    whole = faces.train(project)
    several = [f"data/{name}.yml" for name in ("nlu", "stories", "rules")]
    assert faces.train(project, training_files=several).key == whole.key
    assert faces.train(project, training_files=["data/nlu.yml"]).file != whole.file
    with pytest.raises(UsageError, match="no training data is named"):
        graphbuild.train("domain.yml", "config.yml", [])


def test_data_in_the_words_of_rasas_command_line(project: Path) -> None:
    """One option with several paths, and --nlu and --stories of the halves."""
    whole = run("train", "--json").document["model"]
    files = ["data/nlu.yml", "data/stories.yml", "data/rules.yml"]
    assert run("train", "--data", *files, "--endpoints", "endpoints.yml", "--json").document["model"] == whole
    nlu = run("train", "nlu", "--json").document["model"]
    assert run("train", "nlu", "-u", *files[:1], "--json").document["model"] == nlu
    assert run("train", "--data", "data/nlu.yml", "nlu", "--json").document["model"] == nlu
    core = run("train", "core", "--json").document["model"]
    assert run("train", "core", "--stories", *files[1:], "--json").document["model"] == core
    for half, word, owner in ((["nlu"], "stories", "core"), ([], "nlu", "nlu")):
        refused = run("train", *half, f"--{word}", "data")
        assert refused.code == 2
        assert f"--{word} belongs to `train {owner}`" in refused.err


@pytest.mark.parametrize("given", [{"fixed_model_name": "x" * 300}, {"output": "x" * 300}, {"output": "config.yml"}])
def test_where_no_package_can_be_written_nothing_runs(project: Path, given: dict[str, Any]) -> None:
    heard: list[Any] = []
    with pytest.raises(BuildFailed, match="cannot be written"):
        graphbuild.train("domain.yml", "config.yml", "data", **given, listener=heard.append)
    assert not [one for one in heard if isinstance(one, NodeStarted)]
    assert faces.train(project, **given).code == 1


def test_a_listener_that_fails_ends_the_training_and_leaves_nothing_open(project: Path) -> None:
    def fails(event: Any) -> None:
        raise ValueError("mine")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="mine"):
            graphbuild.train("domain.yml", "config.yml", "data", listener=fails)
        gc.collect()
    assert graphbuild.train("domain.yml", "config.yml", "data").model is not None


@pytest.mark.parametrize("what", ["train", "train_core", "train_nlu"])
def test_output_and_a_fixed_name_are_kept_as_given(project: Path, what: str) -> None:
    came = faces.train(project, what, output="out/here", fixed_model_name="a/v1.2")
    assert came.file == "out/here/a/v1.2.tar.gz"
    assert faces.train(project, what, fixed_model_name="b.tar.gz").file == "models/b.tar.gz"


def test_a_dry_run_writes_nothing(project: Path) -> None:
    came = faces.train(project, dry_run=True)
    assert (came.key, came.code, came.others) == (None, 3, ())
    result = graphbuild.train("domain.yml", "config.yml", "data", dry_run=True)
    assert result.dry_run_results is not None
    assert not any(one.is_hit or one.output_fingerprint for one in result.dry_run_results.values())
    graphbuild.train("domain.yml", "config.yml", "data")
    assert faces.train(project, dry_run=True, force_training=True).code == 3
    again = graphbuild.train("domain.yml", "config.yml", "data", dry_run=True)
    assert again.code == 0
    assert all(one.is_hit and one.output_fingerprint for one in (again.dry_run_results or {}).values())


def test_force(project: Path) -> None:
    assert faces.train(project, force_training=True) == faces.train(project)


@pytest.mark.parametrize(
    ("what", "argument"), [("train", "core_additional_arguments"), ("train_core", "additional_arguments")]
)
def test_augmentation_factor(project: Path, what: str, argument: str) -> None:
    config = (project / "config.yml").read_text().replace("MemoizationPolicy", "AugmentedMemoizationPolicy")
    (project / "config.yml").write_text(config)
    found = {factor: faces.train(project, what, **{argument: {"augmentation_factor": factor}}).key for factor in (0, 5)}
    assert None not in found.values()
    nodes = graph(with_arguments(BuildRequest(project, "config.yml"), {"augmentation_factor": 5}).request).nodes
    assert [node.options["augmentation_factor"] for node in nodes.values() if node.uses == "TrackerAugmenter"] in (
        [],
        [5],
    )


def test_exclusion_percentage(project: Path) -> None:
    keys = set()
    for percentage in (0, 50):
        arguments = {"exclusion_percentage": percentage}
        model = graphbuild.train_core("domain.yml", "config.yml", "data", additional_arguments=arguments)
        assert model is not None
        keys.add(read_package(Path(model)).manifest["key"])
    assert len(keys) == 2


def test_debug_plots(project: Path) -> None:
    came = faces.train(project, core_additional_arguments={"debug_plots": True})
    assert came.others == ("story_blocks_connections.html",)
    graphbuild.train_core("domain.yml", "config.yml", "data", additional_arguments={"debug_plots": True})
    assert "utter_offer_booking" in (project / "story_blocks_connections.html").read_text()


def test_debug_plots_pass_over_nothing_but_that_there_are_no_stories(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = arguments.training("config.yml", "data", "models", domain="domain.yml")

    def fail(error: Exception) -> None:
        def visualise(*_: Any, **__: Any) -> None:
            raise error

        monkeypatch.setattr(visualisation, "visualise", visualise)

    fail(visualisation.NoStories("none"))
    assert draw_stories(asked) is None
    fail(UsageError("something else"))
    with pytest.raises(UsageError, match="something else"):
        draw_stories(asked)


@pytest.mark.parametrize("domain", ["nope.yml", "domian"])
def test_a_domain_that_is_named_and_not_there_is_an_error_for_every_half(project: Path, domain: str) -> None:
    for what in ("train", "train_core", "train_nlu"):
        (problem,) = faces.train(project, what, domain=domain).problems
        assert f"there is no file or folder `{domain}`" in problem


def test_num_threads(project: Path) -> None:
    config = (project / "config.yml").read_text()
    (project / "config.yml").write_text(
        config.replace("- name: Keyw", "- name: CountVectorsFeaturizer\n- name: SklearnIntentClassifier\n- name: Keyw")
    )
    assert faces.train(project, "train_nlu", additional_arguments={"num_threads": 2}).key == (
        faces.train(project, "train_nlu").key
    )
    asked = with_arguments(BuildRequest(project, "config.yml"), None, {"num_threads": 2})
    nodes = graph(asked.request).nodes.values()
    assert {node.options["num_threads"] for node in nodes if "num_threads" in node.options} == {2}


@pytest.mark.parametrize("what", ["train", "train_nlu"])
def test_the_training_data_in_the_package(project: Path, what: str) -> None:
    came = faces.train(project, what, persist_nlu_training_data=True, fixed_model_name="mine")
    assert "nlu_data_text" in came.nodes
    assert faces.train(project, what).key != came.key
    graphbuild.train_nlu("config.yml", "data", fixed_model_name="mine", persist_nlu_training_data=True)
    package = project / "models" / "mine.tar.gz"
    assert "intent: greet" in nlu_data_of(package)
    shown = run("data", "show", "--data", package, "--json").document
    files = run("data", "show", "--data", "data/nlu.yml", "--json").document
    assert shown["nlu"] == files["nlu"]
    graphbuild.train_nlu("config.yml", "data", fixed_model_name="bare")
    assert run("data", "show", "--data", "models/bare.tar.gz").code == 1


@pytest.mark.parametrize("what", ["train", "train_core", "train_nlu"])
def test_the_unpacked_model_is_left_at_the_train_path(project: Path, what: str) -> None:
    function = getattr(graphbuild, what)
    data = {
        faces.FILES[what]: "data",
        "config": "config.yml",
        **({} if what == "train_nlu" else {"domain": "domain.yml"}),
    }
    found = function(**data, train_path="left")
    model = found.model if what == "train" else found
    assert model == str(project / "left")
    assert not (project / "models").exists()
    package = function(**data)
    packaged = read_package(Path(package.model if what == "train" else package))
    assert read_package(project / "left") == packaged
    before = {path: path.stat().st_mtime_ns for path in (project / "left").rglob("*") if path.is_file()}
    function(**data, train_path="left")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    (project / "left" / "mine.txt").write_text("")
    with pytest.raises(UsageError, match=r"holds mine\.txt"):
        function(**data, train_path="left")


def test_what_an_earlier_model_left_at_the_train_path_goes(project: Path) -> None:
    graphbuild.train("domain.yml", "config.yml", "data", train_path="left")
    graphbuild.train_nlu("config.yml", "data", train_path="left")
    package = read_package(project / "left")
    assert set(package.artifacts) == {one["digest"] for one in package.manifest["artifacts"]}


def test_finetuning(project: Path) -> None:
    counted = "- name: CountVectorsFeaturizer\n- name: LogisticRegressionClassifier\n"
    config = (project / "config.yml").read_text().replace("- name: KeywordIntentClassifier\n", counted)
    (project / "config.yml").write_text(config)
    graphbuild.train_nlu("config.yml", "data", "first", fixed_model_name="one")
    given: dict[str, Any] = {"finetuning_epoch_fraction": 0.5}
    by_file = faces.train(project, "train_nlu", model_to_finetune="first/one.tar.gz", **given)
    by_folder = faces.train(project, "train_nlu", model_to_finetune="first", **given)
    assert by_file.key == by_folder.key
    assert by_file.problems == ()
    none = faces.train(project, "train_nlu", model_to_finetune="none")
    assert none.code == 2
    assert "there is no model" in none.problems[0]


def test_an_unknown_key_is_an_error_with_what_may_have_been_meant() -> None:
    request = BuildRequest(Path(), "config.yml")
    with pytest.raises(UsageError, match="did you mean `augmentation_factor`"):
        with_arguments(request, {"augmentation_facto": 5})
    with pytest.raises(UsageError, match="there is `num_threads`"):
        with_arguments(request, None, {"xyz": 5})
    with pytest.raises(UsageError, match="it belongs to core_additional_arguments"):
        with_arguments(request, None, {"augmentation_factor": 5})
    with pytest.raises(UsageError, match="is given in core_additional_arguments and in nlu_additional_arguments"):
        with_arguments(request, {"num_threads": 1}, {"num_threads": 1})


@pytest.mark.parametrize(
    "given",
    [{"augmentation_factor": -1}, {"augmentation_factor": True}, {"exclusion_percentage": 101}, {"debug_plots": 1}],
)
def test_a_value_that_an_argument_cannot_have(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="must be"):
        with_arguments(BuildRequest(Path(), "config.yml"), given)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("jobs", [0, -1, "2", True])
def test_jobs_are_a_number_from_one(jobs: Any) -> None:
    with pytest.raises(UsageError, match="`jobs` must be a whole number from 1"):
        graphbuild.train("domain.yml", "config.yml", "data", jobs=jobs)


def test_arguments_that_are_none_are_not_given() -> None:
    request = BuildRequest(Path(), "config.yml")
    assert with_arguments(request, {"augmentation_factor": None}, {"num_threads": None}).request == request


@pytest.mark.usefixtures("project")
def test_all_three_faces_tell_the_same_of_what_is_wrong() -> None:
    assert faces.train(Path.cwd(), training_files="elsewhere").problems == ("there is no file or folder `elsewhere`",)
    assert faces.train(Path.cwd(), config="cfg.yml").code == 2


@pytest.mark.parametrize("what", ["train", "train_core", "train_nlu"])
def test_twins_take_the_same_arguments(what: str) -> None:
    plain, twin = getattr(graphbuild, what), getattr(graphbuild, f"{what}_async")
    assert inspect.signature(plain) == inspect.signature(twin)
    assert inspect.iscoroutinefunction(twin)
    assert twin.__name__ == f"{what}_async"


RASAS = {
    "train": "domain config training_files output dry_run force_training fixed_model_name persist_nlu_training_data "
    "core_additional_arguments nlu_additional_arguments model_to_finetune finetuning_epoch_fraction",
    "train_core": "domain config stories output fixed_model_name additional_arguments model_to_finetune "
    "finetuning_epoch_fraction",
    "train_nlu": "config nlu_data output fixed_model_name persist_nlu_training_data additional_arguments domain "
    "model_to_finetune finetuning_epoch_fraction",
}


@pytest.mark.parametrize("what", RASAS)
def test_arguments_stand_where_rasa_has_them(what: str) -> None:
    parameters = inspect.signature(getattr(graphbuild, what)).parameters.values()
    by_place = [one.name for one in parameters if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert by_place == RASAS[what].split()


def test_the_codes_and_texts_of_a_dry_run() -> None:
    compared = graphbuild.FingerprintComparison
    cases = json.loads("[[0,0,0,0],[1,0,0,2],[0,1,0,1],[0,0,1,4],[1,1,1,7]]")
    for nlu, core, nlg, code in cases:
        found, texts = graphbuild.dry_run_result(compared(bool(nlu), bool(core), bool(nlg)))
        assert (found, len(texts)) == (code, max(1, nlu + core + nlg))
    assert graphbuild.dry_run_result(compared(force_training=True)) == (8, ["The training was forced."])
    assert graphbuild.dry_run_result(compared(False, False, False)) == (0, ["No training required."])
    assert compared(nlu=False, core=True, nlg=False).should_retrain_nlg()
    assert not compared(False, False, False).is_training_required()
