"""A training goes on from the states of an earlier package: what runs, what is a hit, and what is refused, and how."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.builder import plan
from graphbuild.contract.artifact import encode_json
from graphbuild.contract.digest import of_bytes, of_file
from graphbuild.errors import ExitCode, GraphbuildError, UsageError
from graphbuild.finetuning import Finetuning
from graphbuild.package.archive import read_archive, write_archive
from graphbuild.package.package import read_package
from graphbuild.plan.decision import Verdict
from graphbuild.report.problems import render_problems, texts_of
from graphbuild.session import BuildRequest
from tests.conftest import Workspace
from tests.golden.golden import check
from tests.toys import WordCounts

RECIPE = """
nodes:
  text:  {uses: "tests.toys:ReadMessages", reads: [a.txt]}
  words: {uses: "tests.start_toys:GoOn", needs: {examples: text}, with: {tag: words, epochs: 3, weight: 1}}
  last:  {uses: "tests.start_toys:GoOn", needs: {examples: [words, text]}, with: {tag: last}}
  other: {uses: "tests.toys:LearnWords", needs: {examples: text, text: text}, with: {tag: other}}
targets: {model: [last, other], rest: [other]}
"""
COUNTED = '  calls: {uses: "tests.toys:CountCalls", needs: {values: text}}\n'


@pytest.fixture
def trained(workspace: Workspace) -> Workspace:
    """A workspace with a package of one example, to which another was added."""
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "a b\n")
    report = workspace.build(fixed_name="first")
    assert report.model is not None
    workspace.write("a.txt", "a b\nc\n")
    workspace.log.unlink()
    return workspace


def from_first(fraction: float = 1.0, model: str = "models/first.tar.gz") -> Finetuning:
    return Finetuning(Path(model), fraction)


def request(workspace: Workspace, fraction: float = 1.0) -> BuildRequest:
    return replace(workspace.request, finetuning=from_first(fraction))


def state(package: Path | None, node: str) -> dict[str, int]:
    assert package is not None
    made = read_package(package)
    (name,) = (one["digest"] for one in made.manifest["artifacts"] if one["node"] == f"{node}:train")
    return dict(WordCounts.decode(made.artifacts[name]).counts)


def screen(workspace: Workspace, name: str, finetuning: Finetuning | None = None, *targets: str) -> None:
    """Checks the screen of a refusal; nothing has run."""
    with pytest.raises(GraphbuildError) as raised:
        workspace.build(*targets, finetuning=finetuning or from_first())
    assert raised.value.exit_code is ExitCode.USAGE
    assert workspace.ran() == []
    texts = {**texts_of(raised.value.problems, workspace.project), **raised.value.texts}
    text = render_problems(raised.value.problems, texts)
    check(f"finetuning/{name}.txt", text.replace(f"{workspace.project}{os.sep}", ""))


def test_trainings_go_on_and_the_others_train_as_ever(trained: Workspace) -> None:
    report = trained.expect("", "last", "other", "words", "words", finetuning=from_first())
    assert state(report.model, "words") == {"a": 3 + 3, "b": 3 + 3, "c": 3}
    assert state(report.model, "other") == {"['a": 1, "b',": 1, "'c']": 1}
    reasons = [one.detail for one in report.result.nodes["words:train"].reasons]
    assert "input `start` from the parent package is now added" in reasons


def test_the_same_fine_tuning_is_a_hit_and_plan_agrees(trained: Workspace) -> None:
    first = trained.build(finetuning=from_first())
    trained.expect(finetuning=from_first())
    assert trained.build(finetuning=from_first()).model == first.model
    made = plan(request(trained))
    assert made.count(Verdict.HIT) == len(made.decisions)
    # Neither what the package is called nor where it lies is an input.
    shutil.copy(trained.project / "models" / "first.tar.gz", trained.project / "moved.tar.gz")
    trained.expect(finetuning=from_first(model="moved.tar.gz"))


def test_plain_training_is_another_action(trained: Workspace) -> None:
    trained.build(finetuning=from_first())
    report = trained.build()
    assert trained.ran() != []
    reasons = report.result.nodes["words:train"].reasons
    assert [one.detail for one in reasons] == ["input `start` from the parent package is no longer there"]
    trained.expect(finetuning=from_first())


def test_two_clean_fine_tunings_give_the_same_bytes(trained: Workspace, tmp_path: Path) -> None:
    models = [
        trained.build(finetuning=from_first(0.5), store=tmp_path / name, fixed_name=name).model for name in ("x", "y")
    ]
    assert models[0] is not None
    assert models[1] is not None
    assert models[0].read_bytes() == models[1].read_bytes()


def test_the_package_names_its_parent(trained: Workspace) -> None:
    parent = trained.project / "models" / "first.tar.gz"
    report = trained.build(finetuning=from_first(0.5))
    assert report.model is not None
    origin = read_package(report.model).manifest["provenance"]
    assert origin["parent"] == {
        "digest": of_file(parent),
        "key": read_package(parent).manifest["key"],
        "epoch_fraction": 0.5,
    }
    made = origin["nodes"]["words:train"]["manifest"]
    earlier = of_bytes(WordCounts(state(parent, "words")).encode())
    assert made["inputs"][-1] == ["start", "the parent package", "state", earlier]
    assert made["config"]["epochs"] == 2


@pytest.mark.parametrize(("fraction", "epochs"), [(1.0, 100), (0.07, 7), (0.001, 1), (2.5, 250), (0.333, 34)])
def test_a_fraction_of_the_epochs_is_rounded_up_from_what_was_written(
    fraction: float, epochs: int, trained: Workspace
) -> None:
    trained.recipe(RECIPE.replace("epochs: 3", "epochs: 100"))
    nodes = plan(request(trained, fraction)).graph.nodes
    assert nodes["words:train"].options["epochs"] == epochs
    assert nodes["words:apply"].options["epochs"] == 100
    assert nodes["other:train"].start is None


@pytest.mark.parametrize("fraction", [0.0, -1.0, float("nan"), float("inf")])
def test_a_fraction_that_is_none_is_refused(fraction: float, trained: Workspace) -> None:
    with pytest.raises(UsageError, match="the fraction of epochs"):
        trained.build(finetuning=from_first(fraction))


def test_a_fine_tuned_model_can_be_gone_on_from(trained: Workspace) -> None:
    second = trained.build(finetuning=from_first(0.5), fixed_name="second").model
    third = trained.build(finetuning=from_first(model="models/second.tar.gz")).model
    assert state(second, "words")["a"] == 3 + 2
    assert state(third, "words")["a"] == 3 + 2 + 3


def test_of_a_folder_the_newest_is_taken(trained: Workspace) -> None:
    trained.write("a.txt", "z\n")
    trained.build(fixed_name="second")
    os.utime(trained.project / "models" / "first.tar.gz", ns=(1, 1))
    report = trained.build(finetuning=from_first(model="models"))
    assert state(report.model, "words") == {"z": 6}


def test_a_start_that_the_store_lost_is_taken_from_the_package_again(trained: Workspace) -> None:
    trained.build(finetuning=from_first())
    nodes = plan(request(trained)).graph.nodes
    start = nodes["words:train"].start
    assert start is not None
    trained.blob(start).unlink()
    trained.write("a.txt", "a b\nd\n")
    assert trained.build(finetuning=from_first()).code is ExitCode.DONE


def test_names_do_not_matter_and_leaves_may_come_and_go(trained: Workspace) -> None:
    recipe = RECIPE.replace("words:", "renamed:").replace("[words, text]", "[renamed, text]")
    trained.recipe(recipe.replace(", other]", "]"))
    report = trained.build(finetuning=from_first())
    assert report.code is ExitCode.DONE
    assert state(report.model, "renamed")["a"] == 6


def test_another_number_of_epochs_is_no_other_configuration(trained: Workspace) -> None:
    trained.recipe(RECIPE.replace("epochs: 3", "epochs: 5, shown: more"))
    assert trained.build(finetuning=from_first()).code is ExitCode.DONE


def test_a_changed_option_is_refused(trained: Workspace) -> None:
    trained.recipe(RECIPE.replace("weight: 1", "weight: 2"))
    screen(trained, "option")


def test_an_added_component_is_refused(trained: Workspace) -> None:
    trained.recipe(RECIPE.replace("  last:", f"{COUNTED}  last:").replace("[words, text]", "[words, calls]"))
    screen(trained, "added")


def test_a_removed_component_is_refused(trained: Workspace) -> None:
    trained.recipe(RECIPE.replace("  last:", f"{COUNTED}  last:").replace("[words, text]", "[words, calls]"))
    trained.build(fixed_name="first")
    trained.ran()
    trained.recipe(RECIPE)
    screen(trained, "removed")


def test_other_inputs_are_refused(trained: Workspace) -> None:
    trained.recipe(RECIPE.replace("[words, text]", "[text, words]"))
    screen(trained, "order")


def test_where_nothing_can_go_on_it_is_refused(trained: Workspace) -> None:
    screen(trained, "nothing", None, "rest")


def test_a_model_without_these_components_is_refused(trained: Workspace) -> None:
    trained.build("rest", fixed_name="rest")
    trained.ran()
    screen(trained, "half", from_first(model="models/rest.tar.gz"))


def test_a_model_that_is_not_there_is_refused(trained: Workspace) -> None:
    screen(trained, "no-model", from_first(model="models/none.tar.gz"))
    (trained.project / "empty").mkdir()
    screen(trained, "no-model-in-folder", from_first(model="empty"))


def test_a_state_that_the_model_does_not_hold_is_named(trained: Workspace) -> None:
    """What is not used at run time is not in the package."""
    trained.recipe(RECIPE.replace("ReadMessages", "ReadText"))
    trained.build(fixed_name="first")
    trained.ran()
    screen(trained, "not-held")


def test_what_is_no_package_is_refused(trained: Workspace) -> None:
    trained.write("text.tar.gz", "no archive")
    with pytest.raises(UsageError, match="no model to go on from"):
        trained.build(finetuning=from_first(model="text.tar.gz"))
    write_archive(trained.project / "rasa.tar.gz", [("metadata.json", b"{}")])
    screen(trained, "not-ours", from_first(model="rasa.tar.gz"))


def test_a_package_of_another_format_or_with_other_states_is_refused(trained: Workspace) -> None:
    package = read_package(trained.project / "models" / "first.tar.gz")
    members = dict(read_archive(trained.project / "models" / "first.tar.gz"))
    manifest = {**package.manifest, "format": 99}
    write_archive(trained.project / "newer.tar.gz", [*{**members, "manifest.json": encode_json(manifest)}.items()])
    screen(trained, "format", from_first(model="newer.tar.gz"))
    artifacts = [{**one, "type": "ToyWordCounts.v0"} for one in package.manifest["artifacts"]]
    manifest = {**package.manifest, "artifacts": artifacts}
    write_archive(trained.project / "older.tar.gz", [*{**members, "manifest.json": encode_json(manifest)}.items()])
    screen(trained, "state-format", from_first(model="older.tar.gz"))
    manifest = {**package.manifest, "provenance": {}}
    write_archive(trained.project / "no.tar.gz", [*{**members, "manifest.json": encode_json(manifest)}.items()])
    with pytest.raises(UsageError, match="does not say where it came from"):
        trained.build(finetuning=from_first(model="no.tar.gz"))


def test_what_a_component_would_refuse_is_told_before_anything_trains(workspace: Workspace) -> None:
    wary = """
  wary: {uses: "tests.start_toys:Wary", needs: {examples: text}, with: {tag: wary}}
targets: {model: [last, other, wary]}
"""
    workspace.recipe(RECIPE.partition("targets:")[0].rstrip() + wary)
    workspace.write("a.txt", "a b\n")
    first = workspace.build(fixed_name="first")
    assert "wary:fits" not in first.result.nodes
    workspace.write("a.txt", "b c\n")
    workspace.ran()
    report = workspace.build(finetuning=from_first())
    assert report.code is ExitCode.USAGE
    assert [one.what for one in report.problems] == ["words are gone: a"]
    assert workspace.ran() == ["", "wary"], "the reading of the file, and what tells"
    workspace.write("a.txt", "a b c\n")
    second = workspace.build(finetuning=from_first(), fixed_name="second")
    assert second.code is ExitCode.DONE
    assert workspace.ran().count("wary") == 2
    assert "wary:fits" not in {one["node"] for one in read_package(Path(str(second.model))).manifest["artifacts"]}
    # The same again is a hit; going on from what was fine-tuned asks anew; dropping it drops the node.
    workspace.expect(finetuning=from_first())
    workspace.write("a.txt", "b c\n")
    assert workspace.build(finetuning=from_first(model="models/second.tar.gz")).code is ExitCode.USAGE
    assert workspace.build().code is ExitCode.DONE
