"""`graphbuild test --model`: a package is tested as its project would be, and nothing is trained."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command_line import run
from tests.trained import SAMPLE, Trained

OF_BUILDS = {"model", "up_to_date", "wall_s", "nodes"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with a package of recipe:light, and one story that goes wrong."""
    folder = tmp_path_factory.mktemp("tested") / "bot"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models", "results"))
    told = (folder / "tests" / "test_stories.yml").read_text()
    wrong = '  - story: odd\n    steps:\n      - user: "hello"\n        intent: greet\n      - action: utter_bye_bye\n'
    (folder / "tests" / "test_stories.yml").write_text(f"{told.rstrip()}\n\n{wrong}")
    ran = run("-C", folder, "-q", "train", "-c", "recipe:light", "--fixed-model-name", "m")
    assert ran.code == 0, ran.err
    return folder


def outcome(project: Path, *arguments: str) -> tuple[Any, dict[str, bytes]]:
    """What is printed of an evaluation, but for the build, and the files that it leaves."""
    out = project / "results"
    shutil.rmtree(out, ignore_errors=True)
    document = run("-C", project, "test", *arguments, "--json").document
    assert document["code"] == 0, document
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    return {name: one for name, one in document.items() if name not in OF_BUILDS}, files


@pytest.mark.parametrize("half", ["core", "nlu"])
@pytest.mark.parametrize("plots", [("--no-plot",), pytest.param((), marks=pytest.mark.slow)])
def test_its_reports_are_those_of_the_project(project: Path, half: str, plots: tuple[str, ...]) -> None:
    trained = outcome(project, half, "-c", "recipe:light", *plots)
    packed = outcome(project, half, "--model", "models/m.tar.gz", *plots)
    assert packed[0] == trained[0]
    assert packed[1].keys() == trained[1].keys()
    assert {name for name in packed[1] if packed[1][name] != trained[1][name]} == set()


def test_stories_without_texts_and_other_files_too(project: Path) -> None:
    arguments = ("core", "--stories", "data/stories.yml", "--no-e2e", "--no-plot", "--steps")
    assert outcome(project, *arguments, "-m", "models") == outcome(project, *arguments, "-c", "recipe:light")


def test_both_halves_need_no_recipe_and_no_store(project: Path, tmp_path: Path) -> None:
    for part in ("data", "tests"):
        shutil.copytree(project / part, tmp_path / part)
    shutil.copy(project / "models" / "m.tar.gz", tmp_path / "m.tar.gz")
    document = run("-C", tmp_path, "test", "-m", "m.tar.gz", "--no-plot", "--json").document
    assert (document["code"], document["reasons"]) == (0, {})
    assert document["core"]["conversations"]
    assert document["nlu"]["intent"]["examples"] > 10
    assert {path.name for path in tmp_path.iterdir()} == {"data", "tests", "m.tar.gz", "results"}
    assert "nothing was trained" in run("-C", tmp_path, "test", "nlu", "-m", "m.tar.gz", "--no-plot").out


def test_a_half_that_was_not_trained_is_told(trained: Trained, project: Path) -> None:
    nlu, core = (trained.package("recipe:light", half) for half in ("nlu", "core"))
    ran = run("-C", project, "test", "core", "-m", nlu)
    assert (ran.code, "trained of NLU alone" in ran.err) == (2, True)
    ran = run("-C", project, "test", "nlu", "-m", core)
    assert (ran.code, "trained of dialogue alone" in ran.err) == (2, True)
    ran = run("-C", project, "test", "core", "-m", core)
    assert (ran.code, "--no-e2e" in ran.err) == (2, True)


@pytest.mark.parametrize(
    "options",
    [
        ("nlu", "-c", "recipe:light"),
        ("nlu", "--cross-validation"),
        ("nlu", "--runs", "2"),
        ("core", "--compare"),
        ("core", "--force"),
        ("all", "--domain", "domain.yml"),
    ],
)
def test_what_says_how_to_train_says_nothing_of_a_package(project: Path, options: tuple[str, ...]) -> None:
    ran = run("-C", project, "test", *options, "-m", "models")
    assert ran.code == 2
    flag = {"-c": "--config"}.get(options[1], options[1])
    assert f"--model tests a package as it is: {flag}" in ran.err


def test_there_must_be_examples(project: Path, tmp_path: Path) -> None:
    shutil.copy(project / "models" / "m.tar.gz", tmp_path / "m.tar.gz")
    ran = run("-C", tmp_path, "test", "nlu", "-m", "m.tar.gz")
    assert (ran.code, "no file or folder `data`" in ran.err) == (2, True)
    (tmp_path / "empty.yml").write_text("nlu: []\n")
    ran = run("-C", tmp_path, "test", "nlu", "-m", "m.tar.gz", "-u", "empty.yml")
    assert (ran.code, "no examples" in ran.err) == (2, True)
