"""What the tests of recipes share: a project of given files, its recipe read, its problems in one line each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphbuild.errors import RecipeError
from graphbuild.recipe.read import read_recipe
from graphbuild.recipe.recipe import Recipe


class Project:
    """A folder with recipes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "graphbuild.yml") -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def read(
        self, text: str | None = None, name: str = "graphbuild.yml", groups: tuple[str, ...] = (), **variables: Any
    ) -> Recipe:
        """The recipe `name`, written first when its text is given."""
        if text is not None:
            self.write(text, name)
        return read_recipe(name, self.folder, variables, groups)

    def error(self, text: str | None = None, name: str = "graphbuild.yml", **variables: Any) -> RecipeError:
        with pytest.raises(RecipeError) as caught:
            self.read(text, name, **variables)
        return caught.value

    def complaints(self, text: str | None = None, name: str = "graphbuild.yml", **variables: Any) -> list[str]:
        """Every problem as `file:line:col: what`."""
        return [f"{one.location}: {one.what}" for one in self.error(text, name, **variables).problems]
