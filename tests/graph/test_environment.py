"""Variables of the environment that a component declares are in its action key, and in no other's."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.builder import build, graph
from graphbuild.execution.result import Outcome
from tests.conftest import Workspace

TINTED = """
from tests.toys import Upper


class Tinted(Upper):
    \"\"\"Depends on the environment.\"\"\"

    environment = ("TINT",)
"""
RECIPE = """
nodes:
  one: {uses: "tests.toys:Constant"}
  plain: {uses: "tests.toys:Upper", needs: {text: one}}
  tinted: {uses: "tints:Tinted", needs: {text: one}}
"""


def test_another_value_is_another_action_even_with_a_kept_graph(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TINT", raising=False)
    Path(workspace.request.project, "tints.py").write_text(TINTED)
    workspace.recipe(RECIPE)
    keys = {}
    for value in (None, "red", "blue", "red"):
        if value is not None:
            monkeypatch.setenv("TINT", value)
        nodes = graph(workspace.request).nodes
        keys.setdefault(value, []).append((nodes["plain:apply"].static, nodes["tinted:apply"].static))
    assert keys["red"][0] == keys["red"][1]
    assert len({pair[1] for pairs in keys.values() for pair in pairs}) == 3
    assert len({pair[0] for pairs in keys.values() for pair in pairs}) == 1
    build(workspace.request)
    monkeypatch.setenv("TINT", "green")
    ran = build(workspace.request).result.nodes
    assert [name for name, node in ran.items() if node.outcome is Outcome.RUN] == ["tinted:apply"]
    assert "TINT red -> green" in " ".join(reason.detail for reason in ran["tinted:apply"].reasons)
