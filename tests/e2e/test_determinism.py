"""Two builds from scratch of the same inputs give the same bytes, wherever and in whatever order they run."""

from __future__ import annotations

from pathlib import Path

from graphbuild.package.package import read_package
from tests.conftest import Workspace

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [data]}
  tree:  {uses: "tests.toys:ReadTree", reads: [data]}
  given: {uses: "tests.toys:ReadMessages", reads: [data/b.txt]}
  know:  {uses: "tests.toys:LearnWords", needs: {examples: read, text: given}, with: {min_count: 1}}
  told:  {uses: "tests.toys:CountCalls", needs: {values: know}}
  seed:  {uses: "tests.toys:Seeded"}
  all:   {uses: "tests.toys:Concat", needs: {texts: read}, with: {separator: "+"}}
targets: {model: [told, know, seed, all, tree]}
"""
FILES = {"data/a.txt": "one two", "data/b.txt": "two three", "data/sub/c.txt": "three"}


def built(folder: Path, *arguments: str, **environment: str) -> bytes:
    workspace = Workspace(folder)
    workspace.recipe(RECIPE)
    for name, text in FILES.items():
        workspace.write(name, text)
    ended = workspace.run("build", "--fixed-model-name", "m", *arguments, **environment)
    assert ended.returncode == 0, ended.stderr
    return (workspace.project / "models/m.tar.gz").read_bytes()


def test_two_clean_builds_give_the_same_bytes(tmp_path: Path) -> None:
    first = built(tmp_path / "first", PYTHONHASHSEED="1")
    second = built(tmp_path / "a rather different" / "place", PYTHONHASHSEED="2", TZ="Asia/Tokyo", LC_ALL="C")
    assert first == second
    assert built(tmp_path / "third", "--jobs", "2") == first


def test_nothing_of_the_machine_is_in_the_package(tmp_path: Path) -> None:
    built(tmp_path / "one")
    path = tmp_path / "one/project/models/m.tar.gz"
    manifest = str(read_package(path).manifest)
    assert str(tmp_path) not in manifest
    assert read_package(path).manifest["provenance"]["nodes"]["know:train"]["manifest"]["config"] == {"min_count": 1}


def test_a_build_over_a_warm_store_gives_them_too(workspace: Workspace, tmp_path: Path) -> None:
    workspace.recipe(RECIPE)
    for name, text in FILES.items():
        workspace.write(name, text)
    workspace.write("data/b.txt", "something else")
    workspace.build()
    workspace.recipe(RECIPE.replace("+", "-"))
    workspace.build()
    workspace.recipe(RECIPE)
    workspace.write("data/b.txt", FILES["data/b.txt"])
    report = workspace.build(fixed_name="m")
    assert report.model is not None
    assert report.model.read_bytes() == built(tmp_path / "clean")
