"""The packaged recipes: what there is, how a reference finds them, and that each one compiles."""

from __future__ import annotations

import pytest

from graphbuild.errors import Location, RecipeError
from graphbuild.graph.compile import compile_recipe
from graphbuild.recipe.packaged import find_recipe, packaged_recipes, recipes_folder, sample_projects
from graphbuild.recipe.read import read_recipe
from tests.recipe.projects import Project


def test_there_are_recipes_and_samples() -> None:
    assert set(packaged_recipes()) >= {"default", "light", "nlu-only", "core-only", "rasa-base"}
    assert sample_projects()["sample"] == recipes_folder() / "sample"


@pytest.mark.parametrize("name", sorted(packaged_recipes()))
def test_each_compiles_with_the_sample_assistant(name: str) -> None:
    sample = recipes_folder() / "sample"
    graph = compile_recipe(read_recipe(f"recipe:{name}", sample), sample).graph
    assert graph.targets
    assert {need.node for group in read_recipe(f"recipe:{name}", sample).targets.values() for need in group}


@pytest.mark.parametrize("name", sorted(packaged_recipes()))
def test_each_says_in_its_first_line_what_it_is_for(name: str) -> None:
    assert packaged_recipes()[name].read_text("utf-8").startswith("# ")


def test_a_name_a_prefixed_name_and_a_path(project: Project) -> None:
    packaged = packaged_recipes()["light"]
    assert find_recipe("recipe:light", project.folder).path == packaged
    assert find_recipe("light", project.folder).path == packaged
    assert find_recipe("light", project.folder).label == "recipes/light.yml"
    project.write("graphbuild: 1\n", "light")
    assert find_recipe("light", project.folder).path == project.folder / "light"
    assert find_recipe("recipe:light", project.folder).path == packaged


def test_a_folder_of_the_same_name_is_no_recipe(project: Project) -> None:
    (project.folder / "light").mkdir()
    assert find_recipe("light", project.folder).path == packaged_recipes()["light"]


def test_labels_start_from_the_file_that_refers(project: Project) -> None:
    project.write("graphbuild: 1\n", "parts/base.yml")
    place = Location("parts/child.yml", 2, 10)
    assert find_recipe("base.yml", project.folder / "parts", place).label == "parts/base.yml"


def test_a_recipe_that_is_not_there_names_those_that_are(project: Project) -> None:
    with pytest.raises(RecipeError, match="did you mean `light`"):
        find_recipe("recipe:lite", project.folder)
    with pytest.raises(RecipeError, match="there is core-only, default"):
        find_recipe("lite.yml", project.folder)


def test_a_file_that_is_no_text(project: Project) -> None:
    (project.folder / "graphbuild.yml").write_bytes(b"\xff\xfe\x00")
    (complaint,) = project.complaints()
    assert complaint == "graphbuild.yml:1: the recipe is not UTF-8"
