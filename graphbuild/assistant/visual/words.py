"""What is written of a happening: short words for pictures, the same everywhere."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from graphbuild.assistant.data.stories import FILLED
from graphbuild.assistant.visual.story_map import Happening

_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] "), frozenset("mwMW@%")


def told(happening: Happening) -> str:
    """A line: the intent, the slot and its value, the loop, the event."""
    words = _told(happening)
    return f"if {words}" if happening.is_condition else words


def entity_told(entity: tuple[tuple[str, Any], ...]) -> str:
    """An entity with its value, role and group, as far as the story names them."""
    facts: Mapping[str, Any] = dict(entity)
    value = facts.get("value")
    name = str(facts["entity"])
    said = f"{name}: {_value(value)}" if value not in (None, "") else name
    more = [str(facts[key]) for key in ("role", "group") if facts.get(key) is not None]
    return f"{said} ({', '.join(more)})" if more else said


def _told(happening: Happening) -> str:
    match happening.type:
        case "user":
            return happening.name or f"\u201c{happening.text or ''}\u201d"
        case "slot" if happening.value == FILLED:
            return f"{happening.name} is set"
        case "slot":
            return f"{happening.name} = {_value(happening.value)}"
        case "loop" if happening.is_condition:
            return f"{happening.name} is active" if happening.name else "no form is active"
        case "loop":
            return f"{happening.name} begins" if happening.name else "the form ends"
        case _:
            return happening.name or happening.type


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def width(text: str, size: float) -> float:
    """About how wide a text of this size is, in a sans-serif font."""
    return sum(map(_share, text)) * size


def cut(text: str, most: float, size: float) -> str:
    """A text as far as it fits into a width; line breaks are spaces."""
    text = " ".join(text.split())
    if width(text, size) <= most:
        return text
    room = most - _share("\u2026") * size
    for place, letter in enumerate(text):
        room -= _share(letter) * size
        if room < 0:
            return f"{text[:place].rstrip()}\u2026"
    return text


def _share(letter: str) -> float:
    if letter in _NARROW:
        return 0.34
    if letter in _WIDE:
        return 0.86
    return 1.0 if unicodedata.east_asian_width(letter) in ("W", "F") else 0.58
