"""Reading a recipe: finds the file, picks the front end, gives a Recipe or all problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphbuild.errors import Problem, RecipeError
from graphbuild.recipe.layer import Layer, layers_of, read_layer, with_texts
from graphbuild.recipe.native import native_recipe
from graphbuild.recipe.packaged import find_recipe
from graphbuild.recipe.rasa_default import is_rasa_config, rasa_recipe
from graphbuild.recipe.recipe import Recipe


def read_recipe(reference: str, project: Path, variables: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe that a path (relative to the project) or `recipe:NAME` names, `variables` overriding its vars.

    Raises RecipeError with every problem found; its `texts` are the files that the problems are in.
    """
    first = read_layer(find_recipe(reference, project))
    if is_rasa_config(first.tree):
        layers = [first]
        recipe, problems = rasa_recipe(reference, first, project, variables or {})
    else:
        layers, problems = layers_of(first)
        recipe = None
        if not problems:
            problems = _format_problems(first)
        if not problems:
            recipe, problems = native_recipe(reference, layers, variables or {})
    if recipe is None:
        raise with_texts(RecipeError(problems), {layer.file.label: layer.text for layer in layers})
    return recipe


def _format_problems(layer: Layer) -> list[Problem]:
    if "graphbuild" in layer.tree:
        return []
    return [
        Problem(
            "this is neither a graphbuild recipe nor a Rasa config.yml",
            layer.tree.location,
            hint="a native recipe begins with `graphbuild: 1`; a Rasa one has `pipeline` or `policies`",
        )
    ]
