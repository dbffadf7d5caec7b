"""Entity annotations inside example texts: `[text](type)` and its longer forms, read into spans. Knows no files.

The forms (RASA.md 3.2, as read by Rasa 3.6):
    [text](type)   [text](type:value)   [text]{"entity": "type", "role": ..., "group": ..., "value": ...}
    [text][{"entity": ...}, {"entity": ...}]   several entities on one span
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from graphbuild.assistant.data.messages import Span
from graphbuild.assistant.data.readers.json_text import read_object

_CLOSING = {"(": ")", "{": "}", "[": "]"}
_ATTRIBUTES = ("entity", "role", "group", "value")

Said = dict[str, str] | str
"""Facts, or the inside of braces that hold them as JSON."""

Find = Callable[[str, int], int]
_LONG = 1000


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
    for begin, end, text, said in find_marks(annotated):
        before = annotated[done:begin]
        plain += (before, text)
        start = length + len(before)
        length = start + len(text)
        done = end
        facts = [one if isinstance(one, dict) else _from_json(one, begin) for one in said]
        spans += [_span(start, text, one) for one in facts]
    plain.append(annotated[done:])
    return "".join(plain), spans


def find_marks(annotated: str) -> Iterator[tuple[int, int, str, list[Said]]]:
    """Begin, end and text of each annotation, and what is said of the text.

    No regular expression: those take time by the square of a hostile line's length.
    """
    find = _finder(annotated)
    begin = find("[", 0)
    while begin >= 0:
        close = find("]", begin + 1)
        if close < 0:
            return
        # Any other bracket before `close` would be closed by it too.
        after = close + 1
        if close > begin + 1 and (said := _said(annotated, after, find)):
            facts, after = said
            yield begin, after, annotated[begin + 1 : close], facts
        begin = find("[", after)


def _said(annotated: str, at: int, find: Find) -> tuple[list[Said], int] | None:
    """What the parentheses, braces or brackets at this place say of the text before them, and where they end."""
    opening = annotated[at : at + 1]
    if opening not in _CLOSING:
        return None
    begin, end = at + 1, find(_CLOSING[opening], at + 1)
    if end < 0 or (end == begin and opening != "["):
        return None
    # Nothing is copied before it is known to be one: what is refused here may be looked at again.
    if opening == "(":
        colon = find(":", begin)
        if not 0 <= colon < end:
            return [{"entity": annotated[begin:end]}], end + 1
        if colon in (begin, end - 1):
            return None
        return [{"entity": annotated[begin:colon], "value": annotated[colon + 1 : end]}], end + 1
    if opening == "[" and 0 <= find("\n", begin) < end:
        return None
    inside = annotated[begin:end]
    return [inside] if opening == "{" else list(_in_braces(inside)), end + 1


def _in_braces(text: str) -> Iterator[str]:
    find = _finder(text)
    begin = find("{", 0)
    while begin >= 0:
        end = find("}", begin + 1)
        if end < 0:
            return
        if end > begin + 1:
            yield text[begin + 1 : end]
        begin = find("{", end)


def _finder(text: str) -> Find:
    # Looking twice is cheaper than remembering, as long as there is little to look at.
    return text.find if len(text) < _LONG else _Finder(text)


class _Finder:
    """`str.find` for places that only grow: it never looks at a character twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[str, tuple[int, int]] = {}

    def __call__(self, character: str, start: int) -> int:
        looked_from, found = self._found.get(character, (0, -2))
        if found == -2 or (-1 < found < start) or start < looked_from:
            looked_from, found = start, self._text.find(character, start)
            self._found[character] = looked_from, found
        return found


def _from_json(inside: str, offset: int) -> dict[str, str]:
    try:
        facts = read_object("{" + inside + "}")
    except ValueError as error:
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
