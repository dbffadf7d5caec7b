"""JSON as a tree that remembers where every word stands: the same tree as YAML's, read without recursion.

Strict, as the standard is: one document, no key twice, no NaN. Knows nothing of what the documents mean.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, NoReturn

from graphbuild.contract.yaml_events import DEEPEST, LONGEST, LONGEST_KEY
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import Location, Problem

_SPACE = r"[ \t\r\n]*+"
_PLAIN = r'"([^"\\\x00-\x1f]*+)"'
"""A text without escapes, which is nearly every text."""
_NEXT = re.compile(rf"{_SPACE}(.?)", re.DOTALL)
_TEXT = re.compile(rf"{_SPACE}{_PLAIN}")
_KEY = re.compile(rf"{_SPACE}{_PLAIN}{_SPACE}:")
_LINE_END = re.compile(r"\r\n?|\n")
_CLOSING = {"[": "]", "{": "}"}


def parse_json(text: str, path: str) -> tuple[Yaml, list[Problem]]:
    """The tree of a document and all problems found. A document that cannot be parsed is an empty tree."""
    parser = _Parser(text.removeprefix("\ufeff"), path)
    try:
        return parser.document(), parser.problems
    except _CannotGoOnError as error:
        return Yaml(None, Location(path)), [*parser.problems, error.problem]


class _CannotGoOnError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


@dataclass(slots=True)
class _Open:
    """A list or an object that has begun. Of an object, `key` is the one that waits for its value."""

    location: Location
    closing: str
    items: list[Yaml] = field(default_factory=list)
    values: dict[str, Yaml] = field(default_factory=dict)
    keys: dict[str, Location] = field(default_factory=dict)
    key: str | None = None

    @property
    def is_object(self) -> bool:
        return self.closing == "}"

    def put(self, made: Yaml) -> None:
        if not self.is_object:
            self.items.append(made)
        elif self.key is not None:
            self.values[self.key] = made

    def done(self) -> Yaml:
        return Yaml(self.values, self.location, self.keys) if self.is_object else Yaml(self.items, self.location)


class _Parser:
    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path
        self._at = 0
        self._lines = [0, *(match.end() for match in _LINE_END.finditer(text))]
        """Where each line begins."""
        self._open: list[_Open] = []
        self._decoder = json.JSONDecoder(parse_constant=_not_a_number)
        self.problems: list[Problem] = []

    def document(self) -> Yaml:
        """The tree. Raises _CannotGoOnError where the text is no longer JSON."""
        while True:
            match = _TEXT.match(self._text, self._at)
            if match is not None and match.end() - self._at <= LONGEST:
                self._at = match.end()
                made: Yaml | None = Yaml(match[1], self._place(match.start(1) - 1))
            else:
                made = self._begin() if self._next() in _CLOSING else self._scalar()
            if made is not None and (root := self._end_all(made)) is not None:
                return root

    def _begin(self) -> Yaml | None:
        """Begins a list or an object; gives it if it is empty."""
        if len(self._open) == DEEPEST:
            self._fail(f"this is nested more than {DEEPEST} levels deep")
        opened = _Open(self._place(self._at), _CLOSING[self._text[self._at]])
        self._at += 1
        if self._next() == opened.closing:
            self._at += 1
            return opened.done()
        self._open.append(opened)
        if opened.is_object:
            self._key(opened)
        return None

    def _end_all(self, made: Yaml) -> Yaml | None:
        """Puts a value where it belongs, and ends what ends with it; the root, when all has ended."""
        while self._open:
            top = self._open[-1]
            top.put(made)
            mark = self._next()
            if mark == ",":
                self._at += 1
                if top.is_object:
                    self._key(top)
                return None
            if mark != top.closing:
                what = "the text ends" if not mark else f"`{mark}` stands here"
                self._fail(f"this is not JSON: {what} where a comma or `{top.closing}` must stand")
            self._at += 1
            made = self._open.pop().done()
        if self._next():
            self._fail("this is not JSON: something stands after the end of the document", "remove it")
        return made

    def _key(self, top: _Open) -> None:
        match = _KEY.match(self._text, self._at)
        if match is not None:
            key, place = match[1], self._place(match.start(1) - 1)
            self._at = match.end()
        else:
            key, place = self._key_with_escapes()
        if len(key) > LONGEST_KEY:
            self.problems.append(Problem(f"this key is longer than {LONGEST_KEY:,} characters", place))
            top.key = None
        elif key in top.values:
            first = (("first", str(top.keys[key])),)
            self.problems.append(Problem(f"key `{key}` is given twice", place, first, "remove one of them"))
            top.key = None
        else:
            top.key, top.keys[key] = key, place

    def _key_with_escapes(self) -> tuple[str, Location]:
        """A key, whatever is written; what is none ends the reading."""
        mark = self._next()
        place = self._place(self._at)
        if mark == "}":
            self._fail("this is not JSON: a comma stands before `}`", "remove the comma")
        if mark != '"':
            self._fail("this is not JSON: a key must stand here", "write it in double quotes")
        key = str(self._decoded())
        if self._next() != ":":
            self._fail("this is not JSON: `:` must stand after a key")
        self._at += 1
        return key, place

    def _scalar(self) -> Yaml:
        place = self._place(self._at)
        if self._at == len(self._text):
            opened = f"; close what begins at line {self._open[-1].location.line}" if self._open else ""
            self._fail(f"this is not JSON: the text ends where a value must stand{opened}")
        if self._text[self._at] == "]" and self._open and not self._open[-1].is_object:
            self._fail("this is not JSON: a comma stands before `]`", "remove the comma")
        value = self._decoded()
        if isinstance(value, str) and len(value) > LONGEST:
            self.problems.append(Problem(f"this text is longer than {LONGEST:,} characters", place))
            value = ""
        if isinstance(value, float) and not math.isfinite(value):
            self.problems.append(Problem("this number is too large", place))
            value = 0
        return Yaml(value, place)

    def _decoded(self) -> Any:
        """The text, number, true, false or null that stands here."""
        start = self._at
        try:
            value, self._at = self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            self._at = error.pos
            self._fail(
                f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}", _hint(self._text[start : start + 1])
            )
        except ValueError as error:
            self._fail(f"this number cannot be read: {str(error).partition(';')[0]}")
        if isinstance(value, str) and not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            what = "this text holds half of a pair of surrogates, which stands for no character"
            self.problems.append(Problem(what, self._place(start), hint="remove it"))
            return value.encode("utf-8", "replace").decode()
        return value

    def _next(self) -> str:
        """The next character that is no space, which is not taken; an empty text at the end."""
        match = _NEXT.match(self._text, self._at)
        assert match is not None
        self._at = match.start(1)
        return match[1]

    def _place(self, at: int) -> Location:
        line = bisect_right(self._lines, at)
        return Location(self._path, line, at - self._lines[line - 1] + 1)

    def _fail(self, what: str, hint: str | None = None) -> NoReturn:
        raise _CannotGoOnError(Problem(what, self._place(self._at), hint=hint))


def _not_a_number(word: str) -> NoReturn:
    raise ValueError(f"`{word}` is no number")


def _hint(begin: str) -> str | None:
    hints = {"'": "write texts in double quotes", "/": "JSON has no comments; remove it"}
    return hints.get(begin)
