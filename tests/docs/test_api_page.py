"""The page of the Python API: its examples run, and it names all that there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import graphbuild
from tests.api.conftest import project

__all__ = ["project"]
PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def test_the_examples_run_from_top_to_bottom(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL):
        exec(compile(code, "docs/api.md", "exec"), names)
    assert "did you mean `augmentation_factor`?" in capsys.readouterr().out
    assert (project / "unpacked" / "manifest.json").is_file()


def test_every_public_name_is_on_the_page() -> None:
    elsewhere = {"ActionFingerprint", "create_action_fingerprints", "BuildReport"}
    for name in set(graphbuild.__all__) - elsewhere:
        assert f"`{name}" in PAGE or f"graphbuild.{name}" in PAGE, name


@pytest.mark.parametrize("name", ["train", "train_core", "train_nlu"])
def test_every_argument_has_its_row(name: str) -> None:
    rows = " ".join(re.findall(r"^\| (`.*?) \|", PAGE, flags=re.MULTILINE))
    for argument in inspect.signature(getattr(graphbuild, name)).parameters:
        assert f"`{argument}`" in rows
