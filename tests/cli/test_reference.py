from __future__ import annotations

from pathlib import Path

from graphbuild.cli.reference import reference
from tests.golden import golden


def test_the_page_of_the_command_line_is_current() -> None:
    golden.check(str(Path(__file__).parents[2] / "docs" / "cli.md"), reference())
