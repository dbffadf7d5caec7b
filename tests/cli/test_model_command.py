"""`graphbuild model` and `graphbuild shell nlu`: what is in a package, whether it is whole, what it understands."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphbuild.contract.artifact import encode_json
from graphbuild.contract.digest import of_bytes
from graphbuild.package.archive import read_archive, write_archive
from graphbuild.package.package import read_package
from tests.cli.command_line import run
from tests.trained import Trained

Members = dict[str, bytes]


def test_show_says_what_it_holds_and_where_that_came_from(trained: Trained) -> None:
    package = trained.package()
    document = run("model", "show", package, "--json").document
    manifest = read_package(package).manifest
    assert (document["key"], document["language"], document["recipe"]) == (manifest["key"], "en", "recipe:light")
    assert document["bytes"] == package.stat().st_size
    assert document["nodes"]["intent"]["uses"] == "LogisticRegressionClassifier"
    assert document["nodes"]["intent"]["needs"]["messages"] == ["tokens:apply.output"]
    assert {one["node"] for one in document["artifacts"]} == {one["node"] for one in manifest["artifacts"]}
    assert all(one["bytes"] > 0 for one in document["artifacts"])
    assert "data/nlu.yml" in document["sources"]
    assert "intent:train" in document["trained"]
    shown = run("model", "show", package.parent).out
    assert document["key"] in shown
    assert "LogisticRegressionClassifier, trained" in shown


def test_verify_says_of_a_sound_one_that_it_is_whole(trained: Trained) -> None:
    package = trained.package()
    assert (run("model", "verify", package).code, run("model", "verify", package, "--json").document["code"]) == (0, 0)
    assert "is whole" in run("model", "verify", package).out


def alter(members: Members) -> None:
    name = next(one for one in members if one != "manifest.json")
    members[name] += b" "


def cover_another_artifact(members: Members) -> None:
    """Another state under its own right name: only the key tells."""
    manifest = json.loads(members["manifest.json"])
    data = b'{"type":"Synonyms.v1","value":[["a","b"]]}'
    next(one for one in manifest["artifacts"] if one["type"] == "Synonyms.v1")["digest"] = of_bytes(data)
    members["manifest.json"] = encode_json(manifest)
    members[f"artifacts/{of_bytes(data)[7:]}"] = data


def add_what_nobody_names(members: Members) -> None:
    members[f"artifacts/{of_bytes(b'more')[7:]}"] = b"more"


def forget_the_provenance(members: Members) -> None:
    manifest = json.loads(members["manifest.json"])
    del manifest["provenance"]
    members["manifest.json"] = encode_json(manifest)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (alter, "damaged"),
        (cover_another_artifact, "the key is not that"),
        (add_what_nobody_names, "does not name"),
        (forget_the_provenance, "no `provenance`"),
    ],
)
def test_verify_fails_for_what_is_not(
    trained: Trained, tmp_path: Path, change: Callable[[Members], Any], told: str
) -> None:
    members = dict(read_archive(trained.package()))
    change(members)
    write_archive(tmp_path / "m.tar.gz", members.items())
    ran = run("model", "verify", tmp_path / "m.tar.gz")
    assert ran.code == 1
    assert told in ran.err


def test_a_manifest_of_other_parts_is_told_and_no_fault_of_ours(trained: Trained, tmp_path: Path) -> None:
    members = dict(read_archive(trained.package()))
    forget_the_provenance(members)
    write_archive(tmp_path / "m.tar.gz", members.items())
    for command in (("show",), ("diff", trained.package())):
        ran = run("model", *command, tmp_path / "m.tar.gz")
        assert (ran.code, "is damaged: its manifest" in ran.err) == (1, True)


def test_diff_tells_nodes_options_artifacts_and_files(trained: Trained) -> None:
    whole, nlu = trained.package(), trained.package("recipe:light", "nlu")
    same = run("model", "diff", whole, whole, "--json").document
    assert (same["same_key"], same["difference"]) == (True, {})
    assert "no difference" in run("model", "diff", whole, whole).out
    found = run("model", "diff", whole, nlu, "--json").document["difference"]
    assert found["nodes"]["removed"] == ["actions", "memo", "rules", "ted"]
    assert "ted:train state" in found["artifacts"]["removed"]
    assert found["sources"]["removed"] == ["domain.yml"]
    assert "  - ted" in run("model", "diff", whole, nlu).out.splitlines()


def test_there_must_be_a_model(tmp_path: Path) -> None:
    ran = run("-C", tmp_path, "model", "show")
    assert (ran.code, "there is no model" in ran.err) == (2, True)


def test_the_shell_parses_line_by_line_until_the_end(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    package = trained.package()
    monkeypatch.setattr(sys, "stdin", io.StringIO("hello\n\n/greet\nwie geht\u2019s"))
    ran = run("shell", "nlu", "--model", package, "--json")
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert [one["text"] for one in found] == ["hello", "/greet", "wie geht\u2019s"]
    assert found[1]["intent"] == {"name": "greet", "confidence": 1.0}
    for named in (["-m", package], [package]):
        monkeypatch.setattr(sys, "stdin", io.StringIO("hello\n"))
        assert json.loads(run("shell", "nlu", *named).out) == found[0]
