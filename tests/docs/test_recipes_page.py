"""docs/recipes.md: its examples are read as they stand, and its tables name what there is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from graphbuild.graph.compile import compile_recipe
from graphbuild.graph.variants import compile_matrix
from graphbuild.recipe.layer import NODE_KEYS, TOP_KEYS
from graphbuild.recipe.packaged import packaged_recipes, recipes_folder
from graphbuild.recipe.read import read_matrix, read_recipe

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("text", EXAMPLES, ids=[str(n) for n in range(len(EXAMPLES))])
def test_examples_are_recipes(text: str, tmp_path: Path) -> None:
    shutil.copytree(recipes_folder() / "sample", tmp_path, dirs_exist_ok=True)
    (tmp_path / "data" / "lines.tsv").write_text("sports\tthe home team wins\n", "utf-8")
    (tmp_path / "graphbuild.yml").write_text(text, "utf-8")
    recipe = read_recipe("graphbuild.yml", tmp_path)
    assert compile_recipe(recipe, tmp_path).graph.nodes
    if recipe.axes:
        assert len(compile_matrix(read_matrix("graphbuild.yml", tmp_path), tmp_path).graph.variants) == 4


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def test_every_key_has_its_row() -> None:
    assert first_column(section("Top-level keys")) == list(TOP_KEYS)
    assert sorted(first_column(section("Nodes"))) == sorted(NODE_KEYS)


def test_every_packaged_recipe_has_its_row() -> None:
    assert sorted(first_column(section("Packaged recipes"))) == sorted(packaged_recipes())
