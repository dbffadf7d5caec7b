"""Packages: what a build packed is what is read, verified; what is not whole or not ours is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphbuild.contract.artifact import JsonValue, encode_json
from graphbuild.contract.digest import of_bytes
from graphbuild.errors import GraphbuildError
from graphbuild.package.archive import read_archive, write_archive
from graphbuild.package.package import read_package
from tests.conftest import Workspace, digest_of
from tests.toys import WordCounts

RECIPE = """
nodes:
  given:  {uses: "tests.toys:ReadMessages", reads: [a.txt]}
  joined: {uses: "tests.toys:CountCalls", needs: {values: given}}
  word:   {uses: "tests.toys:Constant", with: {value: "a b"}}
  know:   {uses: "tests.toys:LearnWords", needs: {examples: [word, given], text: joined}}
targets: {model: [know, word]}
"""
Members = list[tuple[str, bytes]]


@pytest.fixture
def package(workspace: Workspace) -> Path:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "a c\n")
    report = workspace.build(fixed_name="m")
    assert report.model is not None
    return report.model


def test_it_holds_states_targets_and_the_predict_graph(workspace: Workspace, package: Path) -> None:
    made = read_package(package)
    kept = {(one["node"], one["port"]): one for one in made.manifest["artifacts"]}
    assert kept.keys() == {("know:train", "state"), ("word:apply", "output")}
    state = WordCounts.decode(made.artifacts[kept["know:train", "state"]["digest"]])
    assert state.counts["b"] == 1
    assert kept["word:apply", "output"]["type"] == JsonValue.type_name
    states = {row[0]: row[5] for row in made.manifest["predict"]}
    assert states == {"joined:apply": None, "know:apply": "know:train"}
    assert made.manifest["provenance"]["nodes"]["given@a.txt"]["manifest"]["source"] == of_bytes(b"a c\n")
    assert made.manifest["provenance"]["nodes"].keys() == {"given@a.txt", "word:apply", "know:train"}
    assert digest_of(workspace.build(), "word") in made.artifacts


def test_every_artifact_is_there_once_and_nothing_else(package: Path) -> None:
    names = [name for name, _ in read_archive(package)]
    assert names[0] == "manifest.json"
    assert len(names) == len(set(names)) == 3
    assert all(name.startswith("artifacts/") for name in names[1:])


def test_the_same_result_is_not_packed_twice(workspace: Workspace, package: Path) -> None:
    again = workspace.build(fixed_name="m")
    assert (again.model, again.is_new, again.up_to_date) == (package, False, True)
    package.unlink()
    assert workspace.build(fixed_name="m").is_new
    package.write_bytes(b"overwritten by somebody")
    assert workspace.build(fixed_name="m").is_new
    read_package(package)


def test_packages_have_dated_names_with_their_key(workspace: Workspace, package: Path) -> None:
    other = workspace.build(fixed_name=None, out=Path("elsewhere"), prefix="nlu-")
    assert other.model is not None
    assert other.model.parent == workspace.project / "elsewhere"
    assert other.model.name.startswith("nlu-")
    assert other.model.name.endswith(f"-{read_package(package).manifest['key'][7:15]}.tar.gz")
    assert other.model.read_bytes() == package.read_bytes()


def drop_an_artifact(members: Members) -> Members:
    return members[:-1]


def alter_an_artifact(members: Members) -> Members:
    name, data = members[-1]
    return [*members[:-1], (name, data[:-1] + b" ")]


def add_a_foreign_file(members: Members) -> Members:
    return [*members, ("script.py", b"print('hello')")]


def drop_the_manifest(members: Members) -> Members:
    return members[1:]


def garble_the_manifest(members: Members) -> Members:
    return [("manifest.json", b"{not json"), *members[1:]]


def rename_the_manifests_parts(members: Members) -> Members:
    return [("manifest.json", b'{"format": 1}'), *members[1:]]


def make_it_a_list(members: Members) -> Members:
    return [("manifest.json", b"[]"), *members[1:]]


def nest_it_without_end(members: Members) -> Members:
    return [("manifest.json", b"[" * 200_000), *members[1:]]


def name_an_artifact_by_a_list(members: Members) -> Members:
    manifest = manifest_of(members)
    manifest["artifacts"][0]["digest"] = ["a"]
    return [("manifest.json", json.dumps(manifest).encode()), *members[1:]]


def raise_the_format(members: Members) -> Members:
    return [("manifest.json", encode_json({**manifest_of(members), "format": 2})), *members[1:]]


def manifest_of(members: Members) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(members[0][1])
    return document


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (drop_an_artifact, "damaged"),
        (alter_an_artifact, "damaged"),
        (add_a_foreign_file, "damaged"),
        (drop_the_manifest, "no manifest"),
        (garble_the_manifest, "damaged"),
        (rename_the_manifests_parts, "damaged"),
        (make_it_a_list, "damaged"),
        (nest_it_without_end, "damaged"),
        (name_an_artifact_by_a_list, "damaged"),
        (raise_the_format, "format 2"),
    ],
)
def test_what_is_not_whole_is_refused(package: Path, change: Callable[[Members], Members], told: str) -> None:
    write_archive(package, change(list(read_archive(package))))
    with pytest.raises(GraphbuildError, match=told):
        read_package(package)
