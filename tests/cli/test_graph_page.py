from __future__ import annotations

import json
import re
import webbrowser
from typing import Any

import pytest

from tests.cli.command_line import Ran, run
from tests.conftest import Workspace

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  first: {uses: "tests.toys:FirstLine", needs: {text: read}, with: {tag: first}}
  loud:  {uses: "tests.toys:Upper", needs: {text: first}, with: {tag: loud}}
  whole: {uses: "tests.toys:Upper", needs: {text: read}, with: {tag: whole}}
"""


def drawn(workspace: Workspace, *more: str) -> Ran:
    return run("-C", workspace.project, "--store", workspace.store, "graph", *more)


def document(workspace: Workspace, *more: str) -> Any:
    ran = drawn(workspace, "--format", "html", *more)
    assert (ran.code, ran.err) == (0, "")
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', ran.out)
    return json.loads(text)


def told(found: Any) -> dict[str, str]:
    nodes = zip(found["nodes"], found["facts"], strict=True)
    return {node["name"]: facts["outcome"] for node, facts in nodes if facts is not None}


def changes(found: Any) -> dict[str, str]:
    """Of all but the package, which is no node of the graph."""
    nodes = [node["name"] for node in found["nodes"] if node["kind"] != "package"]
    return dict(zip(nodes, found["comparison"]["changes"], strict=True))


@pytest.fixture
def built(workspace: Workspace) -> Workspace:
    """Built twice; the second time one line of two was edited."""
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one\ntwo")
    workspace.build()
    workspace.write("a.txt", "one\nthree")
    workspace.build()
    return workspace


def test_without_a_build_the_page_tells_what_one_would_do(built: Workspace) -> None:
    built.write("a.txt", "one\nfour")
    found = document(built)
    assert found["told"] == "plan"
    assert told(found) == {"read": "run", "first": "pending", "loud": "pending", "whole": "pending"}
    assert found["facts"][0]["reasons"] == [{"kind": "source", "detail": "a.txt changed", "place": "a.txt"}]


def test_the_last_build_with_reasons_sizes_and_times(built: Workspace) -> None:
    found = document(built, "--last")
    assert found["told"] == "build"
    assert told(found) == {"read": "run", "first": "run", "loud": "cutoff", "whole": "run"}
    read = found["facts"][0]
    ((digest, size),) = read["made"].values()
    assert digest.startswith("blake3:")
    assert size > 0
    assert len(read["earlier"]) == 1
    assert found["nodes"][found["build"]["critical"][0]]["name"] == "read"


def test_an_earlier_build(built: Workspace) -> None:
    assert set(told(document(built, "--build", "last~1")).values()) == {"run"}


def test_what_components_say_and_have_by_default(built: Workspace) -> None:
    found = document(built)
    component = found["components"]["tests.toys:Upper"]
    assert component["says"] == "The text in capitals."
    assert component["defaults"]["tag"] != found["options"][found["nodes"][2]["options"]]["tag"]


def test_against_another_recipe(built: Workspace) -> None:
    loud = 'Upper", needs: {text: first}'
    other = RECIPE.replace(loud, loud.replace("Upper", "FirstLine")).replace("  whole:", "  more:")
    built.write("other.yml", f"graphbuild: 1{other}")
    found = document(built, "--against", "other.yml")
    names = [node["name"] for node in found["nodes"]]
    assert changes(found) == {"read": "same", "first": "same", "loud": "changed", "whole": "added", "more": "removed"}
    reason, *_ = found["comparison"]["reasons"][str(names.index("loud"))]
    assert reason["kind"] == "component"
    assert "removed" in drawn(built, "--against", "other.yml").out
    assert ":::added" in drawn(built, "--against", "other.yml", "--format", "mermaid").out


def test_against_the_build_before(built: Workspace) -> None:
    found = document(built, "--last", "--against", "last~1")
    assert changes(found) == {"read": "changed", "first": "changed", "loud": "same", "whole": "changed"}


def test_against_what_is_neither(built: Workspace) -> None:
    ran = drawn(built, "--against", "nothing.yml")
    assert ran.code == 2
    assert "nothing.yml" in ran.err


def test_a_page_is_written_and_opened(built: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    file = built.project / "graph.html"
    assert drawn(built, "--format", "html", "-o", str(file), "--open").code == 0
    assert file.read_text().startswith("<!DOCTYPE html>")
    assert opened == [file.resolve().as_uri()]
    assert drawn(built, "--open").code == 2
