"""Screens kept as files. To write them anew: `REWRITE_GOLDEN=1 pytest tests/...`, then look at the difference."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent
IS_REWRITING = bool(os.environ.get("REWRITE_GOLDEN"))


def check(name: str, text: str) -> None:
    """Asserts that a text is the one kept as tests/golden/NAME (or another path, where it is absolute)."""
    file = FOLDER / name
    if IS_REWRITING:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    assert file.exists(), f"{file} is not there: REWRITE_GOLDEN=1 makes it"
    assert text == file.read_text("utf-8")
