"""Entity annotations inside example texts: `[text](type)` and its longer forms, read into spans. Knows no files.

The forms (RASA.md 3.2, as read by Rasa 3.6):
    [text](type)   [text](type:value)   [text]{"entity": "type", "role": ..., "group": ..., "value": ...}
    [text][{"entity": ...}, {"entity": ...}]   several entities on one span
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_ONE_OF_MANY = re.compile(r"\{(?P<one>[^}]+?)\}")
_CLOSING = {"(": ")", "{": "}", "[": "]"}
_ATTRIBUTES = ("entity", "role", "group", "value")

Span = dict[str, Any]
"""start, end (exclusive, in characters of the plain text), entity, value, and role and group where there is one."""


class MarkupError(ValueError):
    """An annotation that cannot be read; `offset` is its place in the annotated text."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.offset = offset


def read_markup(annotated: str) -> tuple[str, list[Span]]:
    """The text without its annotations, and what they say. Raises MarkupError."""
    if "](" not in annotated and "]{" not in annotated and "][" not in annotated:
        return annotated, []
    spans: list[Span] = []
    plain: list[str] = []
    length = done = 0
    for begin, middle, end in _marks(annotated):
        before, text = annotated[done:begin], annotated[begin + 1 : middle]
        plain += (before, text)
        start = length + len(before)
        length = start + len(text)
        done = end
        spans += [_span(start, text, facts) for facts in _facts(annotated[middle + 1 : end], begin)]
    plain.append(annotated[done:])
    return "".join(plain), spans


def _marks(annotated: str) -> Iterator[tuple[int, int, int]]:
    """Where annotations begin, where their "]" is, and where they end. Linear in the text, unlike a pattern."""
    begin = annotated.find("[")
    while begin >= 0:
        middle = annotated.find("]", begin + 1)
        if middle < 0:
            return
        if middle == begin + 1:
            begin = annotated.find("[", middle)
            continue
        end = _end_of_mark(annotated, middle + 1)
        if end is not None:
            yield begin, middle, end
        begin = annotated.find("[", middle if end is None else end)


def _end_of_mark(annotated: str, at: int) -> int | None:
    """The end of what begins after "]", if that is the second half of an annotation."""
    opening = annotated[at : at + 1]
    close = annotated.find(_CLOSING[opening], at + 1) if opening in _CLOSING else -1
    if close < 0:
        return None
    if opening == "[":
        return None if annotated.find("\n", at, close) >= 0 else close + 1
    colon = annotated.find(":", at, close) if opening == "(" else -1
    is_whole = close > at + 1 and colon not in (at + 1, close - 1)
    return close + 1 if is_whole else None


def _facts(second: str, offset: int) -> list[dict[str, str]]:
    opening, inside = second[0], second[1:-1]
    if opening == "(":
        name, _, value = inside.partition(":")
        return [{"entity": name, **({"value": value} if value else {})}]
    if opening == "{":
        return [_from_json(inside, offset)]
    inside = inside[: inside.rfind("}") + 1]
    return [_from_json(inner["one"], offset) for inner in _ONE_OF_MANY.finditer(inside)]


def _from_json(inside: str, offset: int) -> dict[str, str]:
    try:
        facts = json.loads("{" + inside + "}")
    except (ValueError, RecursionError) as error:
        raise MarkupError(f"the annotation {{{inside}}} is not JSON: {error}", offset) from None
    if not facts.get("entity"):
        raise MarkupError(f'the annotation {{{inside}}} has no "entity"', offset)
    if isinstance(facts.get("value"), int | float) and not isinstance(facts["value"], bool):
        facts["value"] = str(facts["value"])
    for name, value in facts.items():
        if name in _ATTRIBUTES and not isinstance(value, str):
            raise MarkupError(f'"{name}" of the annotation {{{inside}}} must be text', offset)
    return {name: facts[name] for name in _ATTRIBUTES if name in facts}


def _span(start: int, text: str, facts: dict[str, str]) -> Span:
    span: Span = {"start": start, "end": start + len(text), "entity": facts["entity"]}
    span["value"] = facts.get("value", text)
    for name in ("role", "group"):
        if facts.get(name):
            span[name] = facts[name]
    return span
