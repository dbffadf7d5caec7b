"""Reads a JSON object that stands inside a line of text: `{"city": "Rome"}`. Knows nothing of what it says.

Stricter than JSON itself where a value could not be written again: no infinite numbers, no endless nesting.
"""

from __future__ import annotations

import json
import math
from typing import Any

_DEEPEST = 50
"""Levels of nesting; those who walk a value do so by recursion."""


def read_object(text: str) -> dict[str, Any]:
    """The object. Raises ValueError with a sentence for people where it is none."""
    try:
        found = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if not isinstance(found, dict):
        raise ValueError("it is not an object in braces")  # noqa: TRY004 - of the text, not of an argument
    _check(found, 1)
    return found


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is not a number")


def _check(value: Any, depth: int) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number in it is too large")
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if depth > _DEEPEST:
        raise ValueError(_TOO_DEEP)
    for child in children:
        _check(child, depth + 1)


_TOO_DEEP = f"it is nested more than {_DEEPEST} levels deep"
