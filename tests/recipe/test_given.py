"""Texts in place of files: a recipe is read as if it were saved, and nothing is."""

from __future__ import annotations

import pytest

from graphbuild.errors import RecipeError
from graphbuild.recipe.read import read_recipe
from graphbuild.session import BuildRequest, compile_given
from tests.recipe.projects import Project

NODES = "nodes: {file: {uses: ReadText, reads: data}}\n"


def test_a_text_stands_for_the_file_that_was_asked_for(project: Project) -> None:
    project.write(f"graphbuild: 1\nseed: 1\n{NODES}")
    given = {(project.folder / "graphbuild.yml").resolve(): f"graphbuild: 1\nseed: 2\n{NODES}"}
    assert read_recipe("graphbuild.yml", project.folder, given=given).seed == 2
    assert project.read().seed == 1


def test_a_text_stands_for_a_file_that_is_extended(project: Project) -> None:
    project.write("graphbuild: 1\nseed: 1\n", "parts/base.yml")
    project.write(f"graphbuild: 1\nextends: parts/base.yml\n{NODES}")
    given = {(project.folder / "parts" / "base.yml").resolve(): "graphbuild: 1\nsed: 2\n"}
    with pytest.raises(RecipeError) as caught:
        read_recipe("graphbuild.yml", project.folder, given=given)
    (problem,) = caught.value.problems
    assert (str(problem.location), problem.hint) == ("parts/base.yml:2:1", "did you mean `seed`?")
    assert caught.value.texts["parts/base.yml"] == "graphbuild: 1\nsed: 2\n"


def test_a_graph_of_a_text_is_that_of_the_file_saved(project: Project) -> None:
    project.write("graphbuild: 1\n")
    text = "graphbuild: 1\nextends: light\nnodes: {lexical: null}\n"
    request = BuildRequest(project.folder, "graphbuild.yml", checks=False)
    project.write("version: '3.1'\nnlu: [{intent: a, examples: '- b'}, {intent: c, examples: '- d'}]\n", "data/nlu.yml")
    project.write("version: '3.1'\nintents: [a, c]\n", "domain.yml")
    given = compile_given(request, {(project.folder / "graphbuild.yml").resolve(): text})
    project.write(text)
    saved = compile_given(request, {})
    assert given == saved
    assert "lexical:apply" not in given.nodes
    assert sorted(one.name for one in project.folder.iterdir()) == ["data", "domain.yml", "graphbuild.yml"]
