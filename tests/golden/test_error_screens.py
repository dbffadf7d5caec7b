"""The whole screen of every recipe in errors/, as `graphbuild plan -f NAME.yml` shows it there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphbuild.errors import ExitCode, GraphbuildError
from graphbuild.graph.compile import compile_recipe
from graphbuild.recipe.read import read_recipe
from graphbuild.report.problems import render_problems, texts_of
from tests.golden.golden import FOLDER, check

ZOO = FOLDER / "errors"


@pytest.mark.parametrize("name", sorted(file.stem for file in ZOO.glob("*.yml")))
def test_error_screen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Relative, so that no screen shows where this checkout lies.
    folder = Path(os.path.relpath(ZOO))
    with pytest.raises(GraphbuildError) as caught:
        compile_recipe(read_recipe(f"{name}.yml", folder), folder)
    error = caught.value
    texts = {**texts_of(error.problems, folder), **error.texts}
    assert error.exit_code is ExitCode.USAGE
    screen = render_problems(error.problems, texts).replace(str(ZOO), ".").replace(str(folder), ".")
    check(f"errors/{name}.txt", screen)


def test_no_screen_is_left_of_a_recipe_that_is_gone() -> None:
    assert sorted(file.stem for file in ZOO.glob("*.txt")) == sorted(file.stem for file in ZOO.glob("*.yml"))
