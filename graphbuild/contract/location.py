"""Where something stands in a text, shared by the recipe's and the data's readers."""

from __future__ import annotations

import re

from graphbuild.errors import Location

__all__ = ["Location", "lines_of"]

_LINE_END = re.compile(r"\r\n?|\n")


def lines_of(text: str) -> list[str]:
    """The lines of a text, as locations count them: other characters that break lines elsewhere are part of one."""
    lines = _LINE_END.split(text)
    return lines if lines[-1] else lines[:-1]
