"""Nodes that are only for what files hold: they and the needs of them are there only where some file holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component
from graphbuild.contract.source import SourceFile
from graphbuild.errors import RecipeError
from graphbuild.graph.presence import present, present_targets
from graphbuild.recipe.recipe import Need, NodeSpec, Recipe

HERE = "tests.graph.test_presence"


class Reads(Component):
    """An importer that says which words its files hold."""

    kind = "importer"

    @classmethod
    def holds(cls, content: bytes, suffix: str) -> frozenset[str]:
        return frozenset(content.decode().split()) if suffix == ".txt" else frozenset()

    def apply(self, source: SourceFile) -> JsonValue:
        return JsonValue(source.read_text())


class Joins(Component):
    """Takes many, and perhaps one more."""

    kind = "toy"

    def apply(self, many: Sequence[JsonValue], one: JsonValue | None = None) -> JsonValue:
        return JsonValue([*(each.value for each in many), one.value if one else None])


def recipe(**specs: NodeSpec) -> Recipe:
    nodes = {"file": NodeSpec("file", f"{HERE}:Reads", reads=("data",)), **specs}
    return Recipe("test", nodes, {})


def joined(only_for: str | None = None) -> Recipe:
    rare = NodeSpec("rare", f"{HERE}:Joins", needs={"many": (Need("file"),)}, only_for=only_for)
    needs = {"many": (Need("file"), Need("rare")), "one": (Need("rare"),)}
    return recipe(rare=rare, all=NodeSpec("all", f"{HERE}:Joins", needs=needs))


def write(project: Path, **texts: str) -> None:
    (project / "data").mkdir(exist_ok=True)
    for name, text in texts.items():
        (project / "data" / name.replace("_", ".")).write_text(text)


def test_a_node_is_there_where_some_file_holds_what_it_is_for(tmp_path: Path) -> None:
    write(tmp_path, a_txt="this and that", b_txt="rarities", c_md="rarities")
    found = present(joined("rarities"), tmp_path)
    assert set(found.recipe.nodes) == {"file", "rare", "all"}
    assert found.held is not None
    assert found.held.readers == (f"{HERE}:Reads",)
    assert found.held.files == {"data/a.txt": {"this", "and", "that"}, "data/b.txt": {"rarities"}}


def test_else_it_is_gone_with_the_needs_of_it(tmp_path: Path) -> None:
    write(tmp_path, a_txt="this and that", c_md="rarities")
    nodes = present(joined("rarities"), tmp_path).recipe.nodes
    assert set(nodes) == {"file", "all"}
    assert nodes["all"].needs == {"many": (Need("file"),)}


def test_no_file_is_read_where_no_node_is_for_what_they_hold(tmp_path: Path) -> None:
    plain = joined()
    found = present(plain, tmp_path / "no such project")
    assert found.recipe is plain
    assert found.held is None


def grouped(**only_for: tuple[str, ...]) -> Recipe:
    """Two groups of one node each, which make the whole."""
    nodes = {name: NodeSpec(name, f"{HERE}:Joins", needs={"many": (Need("file"),)}) for name in ("one", "two")}
    targets = {"model": (Need("one"), Need("two")), "ones": (Need("one"),), "twos": (Need("two"),)}
    return replace(recipe(**nodes), targets=targets, only_for=only_for)


def test_a_group_is_left_out_where_no_file_holds_what_it_is_made_of(tmp_path: Path) -> None:
    write(tmp_path, a_txt="this")
    found = present_targets(grouped(ones=("this",), twos=("this", "that | more")), tmp_path)
    assert found.left_out == {"twos": ("that | more",)}
    assert found.recipe.targets["model"] == (Need("one"),)
    write(tmp_path, b_txt="more")
    found = present_targets(grouped(ones=("this",), twos=("this", "that | more")), tmp_path)
    assert found.left_out == {}
    assert found.recipe.targets["model"] == (Need("one"), Need("two"))


def test_a_group_that_is_asked_for_is_not_left_out_in_silence(tmp_path: Path) -> None:
    write(tmp_path, a_txt="this")
    asked = grouped(twos=("that",))
    with pytest.raises(RecipeError, match="there is nothing to train `twos` from: no file holds `that`"):
        present_targets(asked, tmp_path, ["twos"])
    assert present_targets(asked, tmp_path, ["ones"]).left_out == {}
    with pytest.raises(RecipeError, match="there is nothing to train from"):
        present_targets(grouped(ones=("that",), twos=("that",)), tmp_path)


def test_what_is_missing_is_told_by_who_needs_it(tmp_path: Path) -> None:
    assert present_targets(grouped(ones=("this",)), tmp_path).left_out == {}
