"""Builds a Yaml tree from libyaml's events, without recursion, so that no document can exhaust the stack.

Knows scalars, collections, anchors and their limits; syntax errors pass through to `yaml_tree`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import Location, Problem

MOST_VALUES = 2_000_000
"""Values that aliases may make of a document: beyond it, a small file would fill the memory ("billion laughs")."""
DEEPEST = 100
"""Levels of nesting; those who walk a tree do so by recursion."""
LONGEST = 32 << 20
"""Characters of one scalar, and of all that aliases repeat: it is written out each time where a tree is kept."""
LONGEST_KEY = 1 << 16
"""Characters of a key."""
_TOO_LARGE = 10**4300
"""Whole numbers of more digits Python reads in bases like 16 alone, and writes in none."""

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_WORDS: Mapping[str, tuple[str, Any]] = {
    **dict.fromkeys(("true", "True", "TRUE"), ("bool", True)),
    **dict.fromkeys(("false", "False", "FALSE"), ("bool", False)),
    **dict.fromkeys(("~", "null", "Null", "NULL", ""), ("null", None)),
}
_NUMERIC = frozenset("+-.0123456789")
_VARIABLE = re.compile(r"\$\{([^}]*)\}|\$(\w+)", re.ASCII)
_HAS_VARIABLE = re.compile(r"\$\{.*\}")


class DocumentError(Exception):
    """The document cannot be read any further."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


@dataclass(slots=True)
class _Open:
    """A collection that has begun. Of a mapping, `key` is the one that waits for its value."""

    location: Location
    is_mapping: bool
    anchor: str | None
    size_before: int
    length_before: int
    items: list[Yaml] = field(default_factory=list)
    values: dict[str, Yaml] = field(default_factory=dict)
    keys: dict[str, Location] = field(default_factory=dict)
    merged: list[Yaml] = field(default_factory=list)
    key: str | None = None
    key_place: Location | None = None
    is_merge: bool = False
    is_skipped: bool = False
    """Whether the next value belongs to a key that was refused."""


class TreeBuilder:
    """Turns one document into a tree. What an alias names is built once and shared."""

    def __init__(
        self, path: str, variables: Mapping[str, str | None] | None, stand_ins: Mapping[int, str] | None = None
    ) -> None:
        """`stand_ins` are characters in place of others, which libyaml would not take for what they are."""
        self._stand_ins = stand_ins
        self._path = path
        self._variables = variables
        self._anchors: dict[str, tuple[Yaml, int, int]] = {}
        """What aliases may name; how many values and characters it holds, aliases counted each time."""
        self._open: list[_Open] = []
        self._size = self._length = self._repeated = 0
        self._root: Yaml | None = None
        self.problems: list[Problem] = []

    def build(self, text: str) -> Yaml:
        """The tree. Raises DocumentError, and what the parser raises."""
        loader = yaml.CSafeLoader(text)
        handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar_event,
            yaml.AliasEvent: self._alias_event,
            yaml.SequenceStartEvent: self._begin,
            yaml.MappingStartEvent: self._begin,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
            yaml.DocumentStartEvent: self._document_event,
        }
        try:
            while loader.check_event():
                event = loader.get_event()
                if (handler := handlers.get(type(event))) is not None:
                    handler(event)
        finally:
            loader.dispose()
        return self._root if self._root is not None else Yaml(None, Location(self._path, 1, 1))

    def _document_event(self, event: Any) -> None:
        if self._root is not None:
            raise DocumentError(Problem("only one document may be in a file", self._place(event), hint="remove `---`"))

    def _scalar_event(self, event: Any) -> None:
        if self._stand_ins:
            event.value = event.value.translate(self._stand_ins)
        self._size += 1
        self._length += len(event.value)
        place = self._place(event)
        top = self._open[-1] if self._open else None
        if top is not None and top.is_mapping and not _has_key(top):
            self._set_key(top, event, place)
            return
        made = Yaml(self._scalar(event, place), place, is_block=event.style in ("|", ">"))
        if event.anchor is not None:
            self._anchors[event.anchor] = (made, 1, len(event.value))
        self._put(made)

    def _alias_event(self, event: Any) -> None:
        place = self._place(event)
        if any(one.anchor == event.anchor for one in self._open):
            self.problems.append(Problem("an alias stands inside what it names", place))
            self._put_or_refuse(Yaml(None, place))
            return
        if event.anchor not in self._anchors:
            what = f"there is no anchor `{event.anchor}` for this alias"
            raise DocumentError(Problem(what, place, hint="put quotes around a text that begins with *"))
        made, size, length = self._anchors[event.anchor]
        self._size += size
        self._length += length
        self._repeated += length
        for count, most, what in (
            (self._size, MOST_VALUES, "make too many values of it"),
            (self._repeated, LONGEST, "repeat too many characters of it"),
        ):
            if count > most:
                facts = (("most", str(most)),)
                raise DocumentError(Problem(f"the aliases of this document {what}", Location(self._path), facts))
        self._put_or_refuse(made)

    def _begin(self, event: Any) -> None:
        self._size += 1
        place = self._place(event)
        if len(self._open) == DEEPEST:
            raise DocumentError(Problem(f"this is nested more than {DEEPEST} levels deep", place))
        if event.tag is not None and event.tag.rpartition(":")[2] not in ("map", "seq"):
            self.problems.append(Problem(f"tag `{event.tag}` is not known here", place))
        self._open.append(
            _Open(place, isinstance(event, yaml.MappingStartEvent), event.anchor, self._size, self._length)
        )

    def _end(self, _: Any) -> None:
        done = self._open.pop()
        made = self._mapping(done) if done.is_mapping else Yaml(done.items, done.location)
        if done.anchor is not None:
            self._anchors[done.anchor] = (made, self._size - done.size_before, self._length - done.length_before)
        self._put_or_refuse(made)

    def _put_or_refuse(self, made: Yaml) -> None:
        """Puts a value where it belongs; where a key is expected, it is none."""
        top = self._open[-1] if self._open else None
        if top is not None and top.is_mapping and not _has_key(top):
            self.problems.append(Problem("a key must be a plain word", made.location))
            top.is_skipped = True
            return
        self._put(made)

    def _put(self, made: Yaml) -> None:
        if not self._open:
            self._root = made
            return
        top = self._open[-1]
        if not top.is_mapping:
            top.items.append(made)
        elif top.is_merge:
            top.merged.append(made)
        elif not top.is_skipped and top.key is not None and top.key_place is not None:
            top.values[top.key] = made
            top.keys[top.key] = top.key_place
        top.key = top.key_place = None
        top.is_merge = top.is_skipped = False

    def _set_key(self, top: _Open, event: Any, place: Location) -> None:
        key = str(event.value)
        if len(key) > LONGEST_KEY:
            self.problems.append(Problem(f"this key is longer than {LONGEST_KEY:,} characters", place))
            top.is_skipped = True
        elif key == "<<" and not event.style:
            top.is_merge = True
        elif key in top.values:
            first = (("first", str(top.keys[key])),)
            self.problems.append(Problem(f"key `{key}` is given twice", place, first, "remove one of them"))
            top.is_skipped = True
        else:
            top.key, top.key_place = key, place
        if event.anchor is not None:
            self._anchors[event.anchor] = (Yaml(key, place), 1, len(key))

    def _mapping(self, done: _Open) -> Yaml:
        for source in done.merged:
            for one in source if source.is_list else [source]:
                if not one.is_mapping:
                    self.problems.append(Problem(f"`<<` takes mappings, not {one.kind}", one.location))
                for key, value in one.items():
                    done.values.setdefault(key, value)
                    done.keys.setdefault(key, one.key_location(key))
        return Yaml(done.values, done.location, done.keys)

    def _scalar(self, event: Any, place: Location) -> Any:
        text: str = event.value
        if len(text) > LONGEST:
            self.problems.append(Problem(f"this text is longer than {LONGEST:,} characters", place))
            return ""
        if event.tag is not None:
            return self._tagged(event.tag, text, place)
        if event.style:  # quoted, or a block
            return text
        if self._variables is not None and _HAS_VARIABLE.search(text):
            return self._filled_in(text, place)
        if text in _WORDS:
            return _WORDS[text][1]
        return self._number(text, place) if text[0] in _NUMERIC else text

    def _number(self, text: str, place: Location) -> Any:
        try:
            if _INT.fullmatch(text):
                made = int(text, 0) if text.startswith(("0o", "0x")) else int(text)
                if abs(made) >= _TOO_LARGE:
                    raise ValueError
                return made
            if _FLOAT.fullmatch(text):
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            shown = text if len(text) <= 40 else f"{text[:40]}..."
            self.problems.append(Problem(f"`{shown}` is not a number that can be read", place))
            return 0
        return text

    def _tagged(self, tag: str, text: str, place: Location) -> Any:
        kind = tag.rpartition(":")[2]
        if kind in ("str", "!"):
            return text
        if kind in ("bool", "null") and text in _WORDS and _WORDS[text][0] == kind:
            return _WORDS[text][1]
        if kind in ("int", "float"):
            made = self._number(text, place)
            if not isinstance(made, str):
                return int(made) if kind == "int" else float(made)
            self.problems.append(Problem(f"`{text[:40]}` is not a number that can be read", place))
        elif kind in ("bool", "null"):
            self.problems.append(Problem(f"`{text[:40]}` cannot be read as `!!{kind}`", place))
        else:
            self.problems.append(Problem(f"tag `{tag}` is not known here", place))
        return text

    def _filled_in(self, text: str, place: Location) -> str:
        assert self._variables is not None
        variables = self._variables

        def value(found: re.Match[str]) -> str:
            name = found[1] if found[1] is not None else found[2]
            known = variables.get(name)
            if known is None:
                hint = f"set it, or put quotes around the text to have `{found[0]}` as it stands"
                self.problems.append(Problem(f"the environment has no `{name}`", place, hint=hint))
                return ""
            return known

        return _VARIABLE.sub(value, text)

    def _place(self, event: Any) -> Location:
        mark = event.start_mark
        return Location(self._path, mark.line + 1, mark.column + 1)


def variables_in(content: bytes) -> tuple[str, ...]:
    """Names of environment variables that plain scalars of a document may mention."""
    if b"${" not in content:
        return ()
    found = (match[1] or match[2] for match in _VARIABLE.finditer(content.decode("utf-8", "ignore")))
    return tuple(sorted({name for name in found if name}))


def _has_key(top: _Open) -> bool:
    return top.key is not None or top.is_merge or top.is_skipped
