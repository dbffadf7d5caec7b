"""Testing variants: each variant of a recipe's matrix with nodes that hold what it understands against test examples.

The test examples go through copies that apply what the variant learns, as `test nlu` does it; all is one graph.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphbuild.errors import Problem, UsageError
from graphbuild.graph.compile import compile_draft, read_draft
from graphbuild.graph.graph import Graph
from graphbuild.graph.variants import compile_matrix
from graphbuild.project.evaluation_nodes import OWN, evaluations, held_out, understanding
from graphbuild.recipe.read import read_matrix
from graphbuild.recipe.recipe import Recipe
from graphbuild.session import BuildRequest


def tested_variants(request: BuildRequest, paths: Sequence[str]) -> Graph:
    """The graph of all variants, each tested on the examples of some files.

    Raises RecipeError, and UsageError where a file is not there or a variant understands no messages.
    """
    project = request.project.resolve()
    for path in paths:
        if not set("*?[") & set(path) and not (project / path).exists():
            raise UsageError(Problem(f"there is no file or folder `{path}`", hint="--nlu PATH starts in the project"))
    matrix = read_matrix(request.recipe, project, request.variables)

    def tests(recipe: Recipe) -> Graph:
        draft = read_draft(recipe, project)
        tested = held_out(draft, understanding(draft, recipe), paths)
        graph, _ = compile_draft(draft, recipe.label, evaluations(draft, tested, OWN))
        return graph

    return compile_matrix(matrix, project, request.targets, beside=tests).graph
