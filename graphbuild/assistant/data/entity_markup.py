"""Entity annotations inside example texts: `[text](type)` and its longer forms, read into spans. Knows no files.

The forms (RASA.md 3.2, as read by Rasa 3.6):
    [text](type)   [text](type:value)   [text]{"entity": "type", "role": ..., "group": ..., "value": ...}
    [text][{"entity": ...}, {"entity": ...}]   several entities on one span
"""

from __future__ import annotations

import re
from typing import Any

from graphbuild.assistant.data.json_text import read_object

_MARK = re.compile(
    r"\[(?P<text>[^\]]+?)\]"
    r"(?:\((?P<type>[^:)]+?)(?::(?P<value>[^)]+))?\)|\{(?P<one>[^}]+?)\}|\[(?P<many>.*?)\])"
)
_ONE_OF_MANY = re.compile(r"\{(?P<one>[^}]+?)\}")
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
    if "[" not in annotated:
        return annotated, []
    spans: list[Span] = []
    plain: list[str] = []
    length = done = 0
    for match in _MARK.finditer(annotated):
        before, text = annotated[done : match.start()], match["text"]
        plain += (before, text)
        start = length + len(before)
        length = start + len(text)
        done = match.end()
        spans += [_span(start, text, facts) for facts in _facts(match)]
    plain.append(annotated[done:])
    return "".join(plain), spans


def _facts(match: re.Match[str]) -> list[dict[str, str]]:
    if match["type"] is not None:
        return [{"entity": match["type"], **({"value": match["value"]} if match["value"] else {})}]
    if match["one"] is not None:
        return [_from_json(match["one"], match.start())]
    return [_from_json(inner["one"], match.start()) for inner in _ONE_OF_MANY.finditer(match["many"])]


def _from_json(inside: str, offset: int) -> dict[str, str]:
    try:
        facts = read_object("{" + inside + "}")
    except ValueError as error:
        raise MarkupError(f"the annotation {{{inside}}} is not JSON: {error}", offset) from None
    if not facts.get("entity"):
        raise MarkupError(f'the annotation {{{inside}}} has no "entity"', offset)
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
