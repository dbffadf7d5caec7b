"""Collections in brackets (`{a: b}`, `[a, b]`) as somebody types them: part of `reading`. Never fails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from graphbuild.editing.outline import Entry, Part, Path, Role, Shape

CURSOR = "\x00"
"""Stands in the text where the cursor is; YAML forbids it anyway."""
DEEPEST = 100
"""Levels that are looked into: no YAML that is read has more (contract.yaml_events)."""
_QUOTED = r""""(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?"""
_PLAIN = r"(?=\S)(?:\$\{[^}\x00]*\}?|:(?![\s\x00,\]}]|$)|(?<!\s)#|[^\s:,\[\]{}#]|[ \t]+(?![\s:,\]}#]|$))+"
_TOKEN = re.compile(f"(?P<quoted>{_QUOTED})|(?P<plain>{_PLAIN})|(?P<mark>[{{}}\\[\\],:])|(?P<comment>#.*)")
_COMMENT = re.compile(r"(?:^|[\s\x00])#")
_WHOLE = re.compile(_QUOTED)


class Finder(Protocol):
    """Is told where the cursor was found: in which role and path, the text with the cursor in it, its column."""

    def __call__(
        self,
        role: Role,
        path: Path,
        text: str,
        start: int,
        *,
        has_colon: bool = False,
        is_in_brackets: bool = False,
    ) -> None: ...


def without_comment(text: str) -> str:
    """A value to the end of its line, without the comment behind it."""
    if text[:1] in ('"', "'") and (whole := _WHOLE.match(text)) is not None:
        return whole[0]
    comment = _COMMENT.search(text)
    if comment is None:
        return text
    return text[: comment.end() - 1]


def unquoted(text: str) -> str:
    """A text without the quotes around it, closed or not."""
    quote = text[:1]
    if quote not in ('"', "'") or not quote:
        return text
    inner = text[1:-1] if len(text) > 1 and text.endswith(quote) else text[1:]
    return inner.replace("''", "'") if quote == "'" else inner


def closes(line: str, depth: int) -> int:
    """How many brackets are open after a line."""
    for token in _TOKEN.finditer(line):
        mark = token["mark"]
        if mark is not None:
            depth += (mark in "{[") - (mark in "}]")
    return depth


@dataclass
class _Open:
    """A collection whose bracket is open."""

    part: Part
    path: Path
    entry: Entry | None = None
    """Of a mapping, the key that waits for its value."""
    is_behind_colon: bool = False
    is_full: bool = False
    """Whether what stands here is complete, up to the next comma."""


class FlowReader:
    """Reads one collection, from its opening bracket on."""

    def __init__(self, span: Sequence[tuple[int, str]], part: Part, path: Path, found: Finder) -> None:
        """`span`: where to begin in a line, and the line; of every line that it may reach."""
        self._span = span
        self._part, self._path = part, path
        self._found = found
        self._open: list[_Open] = []

    def read(self) -> None:
        """Fills the part."""
        for start, line in self._span:
            for token in _TOKEN.finditer(line, start):
                if token["mark"] is not None:
                    self._mark(token["mark"])
                    if not 0 < len(self._open) <= DEEPEST:
                        return
                elif token["comment"] is None:
                    self._text(token[0], token.start(), line)

    def _mark(self, mark: str) -> None:
        top = self._open[-1] if self._open else None
        if mark in "{[":
            part, path = self._place()
            part.shape = Shape.MAPPING if mark == "{" else Shape.LIST
            part.text, part.entries = "", []
            self._open.append(_Open(part, path))
        elif mark in "}]":
            self._open.pop()
            if self._open:
                self._open[-1].is_full = True
        elif top is not None and mark == ",":
            top.entry, top.is_behind_colon, top.is_full = None, False, False
        elif top is not None and top.entry is not None:
            top.is_behind_colon = True

    def _place(self) -> tuple[Part, Path]:
        """The part that comes next, and its path."""
        if not self._open:
            return self._part, self._path
        top = self._open[-1]
        if top.part.shape is Shape.LIST:
            top.part.entries.append(Entry(None))
            return top.part.entries[-1].value, (*top.path, len(top.part.entries) - 1)
        if top.entry is None:
            return Part(), top.path
        return top.entry.value, (*top.path, top.entry.key or "")

    def _text(self, text: str, start: int, line: str) -> None:
        top = self._open[-1]
        is_here = CURSOR in text
        said = unquoted(text.replace(CURSOR, ""))
        is_list = top.part.shape is Shape.LIST
        if top.is_full or (top.entry is not None and not top.is_behind_colon):
            return
        if is_here and line[start - 1 : start] == ":":
            return  # a space is missing
        if not is_list and top.entry is None:
            if is_here:
                colon = line[start + len(text) :].lstrip().startswith(":")
                self._found(Role.KEY, top.path, text, start, has_colon=colon)
            if said:
                top.entry = Entry(said, is_at_cursor=is_here)
                top.part.entries.append(top.entry)
            return
        if is_here:
            step = len(top.part.entries) if is_list else (top.entry.key or "") if top.entry is not None else ""
            self._found(Role.VALUE, (*top.path, step), text, start, is_in_brackets=True)
        if said:
            part, _ = self._place()
            part.shape, part.text = Shape.TEXT, said
        top.is_full = True
