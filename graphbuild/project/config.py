"""The project's own configuration, as far as it is looked at without being built: whose it is, and its language."""

from __future__ import annotations

from pathlib import Path

from graphbuild.errors import RecipeError
from graphbuild.recipe.layer import Layer, read_layer
from graphbuild.recipe.packaged import PROJECT_RECIPES, find_recipe
from graphbuild.recipe.rasa_default import config_variables


def config_of(project: Path) -> Layer | None:
    """The configuration; None where there is none. Raises RecipeError when it cannot be read."""
    name = next((name for name in PROJECT_RECIPES if (project / name).is_file()), None)
    return None if name is None else read_layer(find_recipe(name, project))


def is_native(config: Layer) -> bool:
    """Whether it is a recipe of ours rather than a Rasa config."""
    return "graphbuild" in config.tree or "extends" in config.tree


def language_of(project: Path) -> str | None:
    """The language of a Rasa config: it says which is read of files in several."""
    try:
        config = config_of(project)
    except RecipeError:
        return None  # What is wrong with it is of no matter to who looks at data alone.
    if config is None or is_native(config):
        return None
    language = config_variables(config.tree, [])["language"]
    return str(language) if language else None
