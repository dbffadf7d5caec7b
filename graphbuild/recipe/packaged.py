"""Packaged recipes: `recipe:NAME`, and where a reference to a recipe leads.

They lie in recipes/ at the top of the repository, and inside the package when it is installed from a wheel.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from graphbuild.contract.location import Location
from graphbuild.contract.options import did_you_mean
from graphbuild.errors import Problem, RecipeError

PREFIX = "recipe:"
PROJECT_RECIPES = ("graphbuild.yml", "config.yml", "recipe.yml")
"""What a project's recipe may be called, the first that is there counts; the last is for samples of other trades."""
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class RecipeFile:
    """A recipe's file, and the name that messages give it."""

    path: Path
    label: str


def recipes_folder() -> Path:
    """Where packaged recipes and sample assistants are."""
    inside = _PACKAGE / "recipes"
    return inside if inside.is_dir() else _PACKAGE.parent / "recipes"


def packaged_recipes() -> Mapping[str, Path]:
    """Packaged recipes by name."""
    return {file.stem: file for file in sorted(recipes_folder().glob("*.yml"))}


def sample_projects() -> Mapping[str, Path]:
    """Folders of packaged projects by name: those with a recipe in them."""
    folders = (folder for folder in sorted(recipes_folder().iterdir()) if folder.is_dir())
    return {folder.name: folder for folder in folders if recipe_in(folder) is not None}


def recipe_in(folder: Path) -> str | None:
    """The name of a project's recipe."""
    return next((name for name in PROJECT_RECIPES if (folder / name).is_file()), None)


def find_recipe(reference: str, folder: Path, location: Location | None = None) -> RecipeFile:
    """The file that `recipe:NAME`, a packaged name or a path means. Raises RecipeError naming what there is.

    `location` is where the reference is written, if it is written in a file: labels of paths start from that file.
    """
    packaged = packaged_recipes()
    name = reference.removeprefix(PREFIX)
    path = folder / reference
    if reference.startswith(PREFIX) or (name in packaged and not path.is_file()):
        if name not in packaged:
            raise RecipeError(
                Problem(f"there is no packaged recipe `{name}`", location, hint=did_you_mean(name, list(packaged)))
            )
        return RecipeFile(packaged[name], f"recipes/{name}.yml")
    if path.is_dir():
        raise RecipeError(Problem(f"`{reference}` is a folder, not a recipe", location, hint="name the file in it"))
    if not path.is_file():
        hint = f"packaged ones are named recipe:NAME; there is {', '.join(packaged)}" if packaged else None
        raise RecipeError(Problem(f"there is no recipe `{reference}`", location, (("looked for", str(path)),), hint))
    return RecipeFile(path, _label(reference, location))


def _label(reference: str, location: Location | None) -> str:
    if location is None:
        return reference
    return posixpath.normpath(posixpath.join(posixpath.dirname(location.path), reference))
