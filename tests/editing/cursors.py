"""Texts with the cursor drawn in: `^` marks it."""

from __future__ import annotations

CURSOR = "^"


def placed(drawn: str) -> tuple[str, int, int]:
    """The text without the mark, and where it stood: line and column from 1."""
    before, _, after = drawn.partition(CURSOR)
    return before + after, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
