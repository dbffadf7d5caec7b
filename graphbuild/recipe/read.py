"""Reading a recipe: finds the file, picks the front end, gives a Recipe or all problems at once."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphbuild.errors import Problem, RecipeError
from graphbuild.recipe.layer import NO_TEXTS, Given, Layer, check_layer, layers_of, read_layer, with_texts
from graphbuild.recipe.matrix import EXAMPLE, Choice
from graphbuild.recipe.native import native_recipe
from graphbuild.recipe.packaged import find_recipe
from graphbuild.recipe.rasa_default import is_rasa_config, rasa_recipe
from graphbuild.recipe.recipe import Recipe


def read_recipe(
    reference: str,
    project: Path,
    variables: Mapping[str, Any] | None = None,
    groups: Sequence[str] = (),
    given: Given = NO_TEXTS,
) -> Recipe:
    """The recipe that a path (relative to the project) or `recipe:NAME` names, `variables` overriding its vars.

    `groups`: target groups that are to be built; all when empty. `given`: texts that are read in place of files.
    Raises RecipeError with every problem found; its `texts` are the files that the problems are in.
    """
    first = read_layer(find_recipe(reference, project), given)
    if is_rasa_config(first.tree):
        layers = [first]
        recipe, problems = rasa_recipe(reference, first, project, variables or {}, groups)
    else:
        layers, recipe, problems = _read_native(reference, first, variables or {}, given)
    if recipe is None or problems:
        raise with_texts(RecipeError(_in_order(problems, layers)), {layer.file.label: layer.text for layer in layers})
    return recipe


def _read_native(
    reference: str, first: Layer, variables: Mapping[str, Any], given: Given
) -> tuple[list[Layer], Recipe | None, list[Problem]]:
    layers, missing = layers_of(first, given)
    problems = [*missing, *(problem for layer in layers for problem in check_layer(layer))]
    if missing or not all(layer.is_readable for layer in layers):
        # Without a base, its names and variables would be missed all over.
        return layers, None, problems
    recipe, wrong = native_recipe(reference, layers, variables)
    return layers, recipe, [*problems, *wrong]


@dataclass(frozen=True)
class Matrix:
    """A recipe that varies, with the layers that its variants are made of."""

    recipe: Recipe
    layers: Sequence[Layer]
    variables: Mapping[str, Any]

    @property
    def choices(self) -> list[Choice]:
        """The product of all values, the first axis the slowest."""
        axes = self.recipe.axes
        return [tuple(zip(axes, one, strict=True)) for one in itertools.product(*(axis.values for axis in axes))]

    def variant(self, choice: Choice) -> Recipe:
        """The recipe with one value of each axis. Raises RecipeError with every problem found."""
        recipe, problems = native_recipe(self.recipe.label, self.layers, self.variables, choice)
        if recipe is None:
            raise with_texts(RecipeError(_in_order(problems, self.layers)), dict(self.recipe.texts))
        return recipe

    def in_order(self, problems: Sequence[Problem]) -> list[Problem]:
        """Problems of variants as those of a recipe are told: from top to bottom, each once."""
        return _in_order(problems, self.layers)


def read_matrix(reference: str, project: Path, variables: Mapping[str, Any] | None = None) -> Matrix:
    """A recipe and its variants, read as `read_recipe` does. Raises RecipeError, also where nothing varies."""
    first = read_layer(find_recipe(reference, project))
    if is_rasa_config(first.tree):
        hint = "a native recipe has one: `graphbuild recipes convert` prints the recipe that a config equals"
        raise RecipeError(Problem("a Rasa config has no `matrix`", first.tree.location, hint=hint))
    layers, recipe, problems = _read_native(reference, first, variables or {}, NO_TEXTS)
    if recipe is not None and not recipe.axes and not problems:
        what = "the recipe has no `matrix`, so there are no variants"
        problems.append(Problem(what, first.tree.location, hint=f"such as matrix: {EXAMPLE}"))
    for axis in recipe.axes if recipe is not None else ():
        if axis.node is None and axis.path[0] in (variables or {}):
            what = f"`matrix` varies `{axis.name}`, and it is given from outside, too"
            problems.append(Problem(what, axis.location, hint="leave out one of them"))
    if recipe is None or problems:
        raise with_texts(RecipeError(_in_order(problems, layers)), {layer.file.label: layer.text for layer in layers})
    return Matrix(recipe, layers, variables or {})


def _in_order(problems: Sequence[Problem], layers: Sequence[Layer]) -> list[Problem]:
    """From top to bottom, the file that was asked for first and what it extends after it; each problem once."""
    files = {layer.file.label: position for position, layer in enumerate(reversed(layers))}

    def place(problem: Problem) -> tuple[int, int, int]:
        where = problem.location
        return (-1, 0, 0) if where is None else (files.get(where.path, len(files)), where.line, where.column)

    return sorted(dict.fromkeys(problems), key=place)
