"""Reads a Markdown file of NLU data of Rasa 1 and 2 into an NLUPart (RASA.md 3.4). Knows no stories, no responses.

As Rasa 2.8 reads it: backslashes mean nothing, and the name of a synonym, regex or lookup keeps a space before it.
Where Rasa silently gives examples to the intent above them (a section without a kind), there is a problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.readers.nlu_collector import Label, NLUCollector
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.location import Location
from graphbuild.contract.options import did_you_mean

KINDS = ("intent", "synonym", "regex", "lookup")
_ITEM_BEGINS = ("-", "*", "+")
_COMMENT_BEGINS = "<!--"
_COMMENT_ENDS = re.compile("--!*>")
_SHAPE = "a section begins with `## intent:NAME`, `## synonym:VALUE`, `## regex:NAME` or `## lookup:NAME`"


def read_nlu_markdown(text: str, reading: Reading) -> NLUPart:
    """The part; what is wrong or odd is told to `reading`."""
    reader = _Reader(reading)
    for line, number in lines_without_comments(text):
        reader.line(line, Location(reading.label, number))
    reader.end()
    return reader.found.part()


def lines_without_comments(text: str) -> Iterator[tuple[str, int]]:
    """The lines of a text, stripped, without HTML comments, each with the number of its line in the file.

    A comment over several lines joins what stands before it with what stands after it, as in Rasa.
    """
    number, line, first = 1, "", 1
    for piece, is_comment in _pieces(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")):
        if is_comment:
            number += piece.count("\n")
            continue
        for nth, part in enumerate(piece.split("\n")):
            if nth:
                yield from ((one.strip(), first) for one in line.splitlines())
                number, line = number + 1, ""
            if not line.strip():
                first = number
            line += part
    yield from ((one.strip(), first) for one in line.splitlines())


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """What stands between comments, and the comments. One that does not end is none."""
    done = 0
    while (begin := text.find(_COMMENT_BEGINS, done)) >= 0:
        end = _COMMENT_ENDS.search(text, begin + len(_COMMENT_BEGINS))
        if end is None:
            break
        yield text[done:begin], False
        yield text[begin : end.end()], True
        done = end.end()
    yield text[done:], False


def _head(line: str) -> tuple[str, str] | None:
    """Kind and name of the section that a line begins."""
    _, is_head, rest = line.partition("##")
    kind, colon, name = rest.partition(":")
    return (kind.strip(), name) if is_head and colon and name and kind.strip() else None


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.found = NLUCollector(reading)
        self._kind: str | None = None
        self._name = ""
        self._label: Label | None = None
        self._section = ""
        """The section as messages name it."""
        self._begins: Location | None = None
        """Where the section begins, as long as it has no items."""
        self._untyped: tuple[str, Location] | None = None
        """The last heading, if it says no kind of section."""

    def line(self, line: str, where: Location) -> None:
        """A heading, an item, the path of a lookup's file, or something that is passed over."""
        is_item = line.startswith(_ITEM_BEGINS)
        head = _head(line)
        if head is not None and (head[0] in KINDS or not is_item):
            self._begin(*head, where)
            if not line.startswith("##"):
                before = line.partition("##")[0].strip()
                self._reading.warn(f"a section begins in the middle of a line: {line}", where, f"`{before}` is lost")
        elif is_item:
            self._item(line[1:].lstrip(), where)
        elif line.startswith("#"):
            self._heading(line, where)
        elif line:
            self._other(line, where)

    def end(self) -> None:
        """Ends a section."""
        if self._begins is not None:
            self._reading.warn(f"{self._section} has no examples", self._begins)
        self._begins = None

    def _begin(self, kind: str, name: str, where: Location) -> None:
        self.end()
        self._untyped = None
        self._kind, self._name = (kind, name) if kind in KINDS else (None, "")
        if self._kind is None:
            hint = did_you_mean(kind, list(KINDS)) or ""
            close = hint if hint.startswith("did") else _SHAPE
            self._reading.problem(f"`{kind}` is no kind of section", where, close)
            return
        plain = name.strip()
        for one in dict.fromkeys((plain, plain.partition("/")[0] if kind == "intent" else plain)):
            self._reading.place(f"{kind} `{one}` of NLU", where.line)
        self._label = self.found.label(name, where) if kind == "intent" else None
        if kind == "intent":
            self._name = name.strip()
        elif name != name.strip():
            hint = f"write `## {kind}:{plain}`"
            self._reading.warn(f"the name of {kind} `{name}` begins with a space, which Rasa keeps", where, hint)
        self._section = f"{kind} `{self._name.strip()}`"
        self._begins = where

    def _heading(self, line: str, where: Location) -> None:
        word = line.strip("# ").partition(":")[0].strip()
        if line.startswith("##"):
            self._untyped = (line, where)
            if word in KINDS:
                self._reading.problem(f"this section has no name: {line}", where, _SHAPE)
                self._kind, self._untyped = None, None
        elif self._kind is not None:
            what = f"`{line}` begins no section: what follows still belongs to {self._section}"
            self._reading.warn(what, where, _SHAPE)

    def _item(self, text: str, where: Location) -> None:
        if self._untyped is not None:
            line, place = self._untyped
            self._reading.problem(f"the section `{line}` says not what its items are", place, _SHAPE)
            self._kind, self._untyped, self._begins = None, None, None
        if self._kind is None:
            return
        self._begins = None
        if not text:
            self._reading.warn(f"an example of {self._section} is empty", where, "it is skipped")
            return
        takers: dict[str, Callable[[str, str, Location], None]] = {
            "synonym": self.found.synonym,
            "regex": self.found.regex,
            "lookup": self.found.lookup,
        }
        if self._kind != "intent":
            takers[self._kind](self._name, text, where)
        elif self._label is not None:
            self.found.annotated(self._label, text, where)

    def _other(self, line: str, where: Location) -> None:
        if self._kind == "lookup" and self._untyped is None:
            self._begins = None
            self.found.lookup_file(self._name, line, where)
        elif self._kind is not None:
            what = f"a line of {self._section} is no item: {line}"
            self._reading.warn(what, where, 'it is skipped; an item begins with "-"')
