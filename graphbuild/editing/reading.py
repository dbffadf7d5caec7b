"""YAML as somebody types it -> an outline, and where the cursor is in it.

Reads what is no YAML (yet): a half-typed line, a bracket that is not closed. It tells structure by indentation and
brackets, and never fails. What a build reads is read by `contract.yaml_tree`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from graphbuild.editing.flow import CURSOR, DEEPEST, FlowReader, closes, unquoted, without_comment
from graphbuild.editing.outline import Cursor, Entry, Outline, Part, Path, Role, Shape

_BREAK = re.compile(r"\r\n?|\n")
_PLAIN_KEY = r"""[^\s#'"{}\[\],:](?:[^\s#:]|(?<!\s)#|:(?![\s\x00]|$)|[ \t]+(?![\s:#]))*"""
_KEY = re.compile(rf"""(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|{_PLAIN_KEY})[ \t]*:(?=[\s\x00]|$)""")
_DASH = re.compile(r"-(?=\s|$)")
_PROPERTY = re.compile(r"(?:[&!][^\s,\[\]{}\x00]*\s+)+")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(#.*)?$")
_SPACES = re.compile(r"\s*")
_WORD_END = re.compile(r"(?:[\w.@/-]|:(?=\w))*")


def read_outline(text: str, line: int = 0, column: int = 0) -> Outline:
    """The outline of a text; `line` and `column` (from 1) are the cursor's, drawn into the text where they are not."""
    lines = _BREAK.split(text.replace(CURSOR, " "))
    if not line:
        reader = _Reader(lines)
        return Outline(reader.read(), Cursor())
    row = min(max(line, 1), len(lines)) - 1
    at = min(max(column, 1), len(lines[row]) + 1) - 1
    before, after = lines[row][:at], lines[row][at:]
    if not before.strip() and after[:1].isspace() and after.strip():
        return Outline(_Reader(lines).read(), Cursor())  # in the indentation of what stands there
    lines[row] = f"{before}{CURSOR}{after}"
    reader = _Reader(lines)
    root = reader.read()
    found = reader.cursor or Cursor()
    word = _WORD_END.match(after)
    return Outline(root, replace(found, end=at + 1 + (word.end() if word is not None else 0)))


def _after_spaces(line: str, column: int) -> int:
    spaces = _SPACES.match(line, column)
    return spaces.end() if spaces is not None else column


class _Reader:
    """Reads line by line; collections that are open stand on a stack, with the column of their entries."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._root = Part()
        self._open: list[tuple[int, Part, Path]] = []
        self.cursor: Cursor | None = None

    def read(self) -> Part:
        """The whole text."""
        rows = iter(range(len(self._lines)))
        for row in rows:
            line = self._lines[row]
            if not line.strip() or line.lstrip()[0] in "#%" or line.startswith(("---", "...")):
                continue
            self._line(row, rows)
        return self._root

    def _line(self, row: int, rows: Iterator[int]) -> None:
        line = self._lines[row]
        column = len(line) - len(line.lstrip())
        while _DASH.match(line, column) and len(self._open) < DEEPEST:
            part, path = self._slot(column, is_dash=True)
            part.shape = Shape.LIST
            part.text = ""
            part.entries.append(Entry(None))
            self._push(column, part, path)
            column = _after_spaces(line, column + 1)
        if not line[column:] or line[column] == "#":
            return
        property_ = _PROPERTY.match(line, column)
        key = _KEY.match(line, property_.end() if property_ else column)
        if key is not None and line[column] not in "{[":
            self._entry(row, rows, column, key)
        else:
            self._value(row, rows, column)

    def _entry(self, row: int, rows: Iterator[int], column: int, key: re.Match[str]) -> None:
        """A key, and what stands behind it in its line."""
        line = self._lines[row]
        part, path = self._slot(column)
        if part.shape is not Shape.MAPPING:
            self._become_mapping(part)
        self._push(column, part, path)
        name = key["key"]
        is_here = CURSOR in name
        if is_here:
            self._found(Role.KEY, path, name, key.start("key"), has_colon=True)
        entry = Entry(unquoted(name.replace(CURSOR, "")), is_at_cursor=is_here)
        part.entries.append(entry)
        start = key.end()
        if line[start : start + 1] == CURSOR:
            return  # behind the colon without a space: nothing may stand there
        start = _after_spaces(line, start)
        self._fill(entry.value, (*path, entry.key or ""), row, rows, start, column, Role.VALUE)

    def _value(self, row: int, rows: Iterator[int], column: int) -> None:
        """A line without a key: a value, more of the text above, or a key that is not complete."""
        part, path = self._slot(column)
        line = without_comment(self._lines[row][column:])
        if part.shape is Shape.MAPPING:
            text = line.strip()
            if CURSOR in text:
                self._found(Role.KEY, path, text, column)
            if text.replace(CURSOR, ""):
                self._push(column, part, path)
                part.entries.append(Entry(text.replace(CURSOR, ""), is_at_cursor=CURSOR in text))
            return
        if part.shape is not Shape.TEXT:
            owner = self._open[-1][0] if self._open else -1
            self._fill(part, path, row, rows, column, owner, Role.OPEN)

    def _fill(self, part: Part, path: Path, row: int, rows: Iterator[int], start: int, owner: int, role: Role) -> None:
        """A value that begins in a line; `owner` is the column of what it belongs to."""
        line = self._lines[row]
        if (property_ := _PROPERTY.match(line, start)) is not None:
            start = property_.end()
        rest = line[start:]
        if not rest or rest[0] == "#":
            return
        if _BLOCK.match(rest):
            part.shape = Shape.TEXT
            self._skip_block(row, rows, owner)
        elif rest[0] in "{[":
            span = [(start, line), *self._flow_lines(row, rows, start, owner)]
            FlowReader(span, part, path, self._found).read()
        else:
            text = without_comment(rest).rstrip()
            if CURSOR in text:
                self._found(role, path, text, start)
            said = text.replace(CURSOR, "")
            if said:
                part.shape = Shape.TEXT
                part.text = unquoted(said)

    def _slot(self, column: int, *, is_dash: bool = False) -> tuple[Part, Path]:
        """The value that something at a column is, or is part of. Closes what ends there."""
        while self._open:
            at, part, path = self._open[-1]
            is_beside = at == column and part.shape is Shape.LIST and not is_dash
            if at > column or is_beside:
                self._open.pop()
                continue
            if at == column and not (is_dash and part.shape is Shape.MAPPING):
                return part, path
            last = part.entries[-1]
            step = last.key if last.key is not None else len(part.entries) - 1
            return last.value, (*path, step)
        return self._root, ()

    def _push(self, column: int, part: Part, path: Path) -> None:
        if not self._open or self._open[-1][1] is not part:
            self._open.append((column, part, path))

    def _become_mapping(self, part: Part) -> None:
        """A text that keys follow was the first of them, not complete."""
        part.entries = [Entry(part.text, is_at_cursor=True)] if part.shape is Shape.TEXT and part.text else []
        part.shape, part.text = Shape.MAPPING, ""

    def _found(
        self,
        role: Role,
        path: Path,
        text: str,
        start: int,
        *,
        has_colon: bool = False,
        is_in_brackets: bool = False,
    ) -> None:
        quotes = 1 if text[:1] in ("'", '"') else 0
        before = text.partition(CURSOR)[0]
        self.cursor = Cursor(
            role if len(before) >= quotes else Role.NONE,
            path,
            unquoted(text.replace(CURSOR, "")),
            before[quotes:],
            start + quotes + 1,
            has_colon=has_colon,
            is_bare_in_brackets=is_in_brackets and not quotes,
        )

    def _skip_block(self, row: int, rows: Iterator[int], owner: int) -> None:
        """Passes over the lines of a block of text."""
        for line in self._below(row, owner):
            if CURSOR in line:
                self.cursor = Cursor()
            next(rows)

    def _below(self, row: int, owner: int) -> Iterator[str]:
        """The lines below one that are deeper than what it belongs to."""
        for below in range(row + 1, len(self._lines)):
            line = self._lines[below]
            if line.strip() and len(line) - len(line.lstrip()) <= owner:
                return
            yield line

    def _flow_lines(self, row: int, rows: Iterator[int], start: int, owner: int) -> Iterator[tuple[int, str]]:
        """More lines of a collection in brackets, until they are closed or something else begins."""
        depth = closes(self._lines[row][start:], 0)
        for line in self._below(row, owner):
            if depth <= 0:
                return
            depth = closes(line, depth)
            next(rows)
            yield 0, line
