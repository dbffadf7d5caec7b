"""YAML as a tree that remembers where every word stands. Recipes and data are read through it.

YAML 1.2's core schema (only true and false are booleans; no dates, no sexagesimal numbers), duplicate keys refused,
syntax errors as problems. Knows nothing of what the documents mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from graphbuild.errors import Location, Problem

Scalar = str | int | float | bool | None
_MOST_VALUES = 2_000_000
"""Values that aliases may make of a document: beyond it, a small file would fill the memory ("billion laughs")."""


class _Loader(yaml.CSafeLoader):
    """libyaml's parser with the resolvers of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as its base declares it


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))

_DEEPEST = 100
"""Levels of nesting; those who walk a tree do so by recursion."""


@dataclass(frozen=True, slots=True)
class Yaml:
    """One value of a document and its place.

    `value` is a scalar, a list of Yaml, or a dict of Yaml by key; `keys` has the places of a mapping's keys.
    """

    value: Any
    location: Location
    keys: dict[str, Location] = field(default_factory=dict)
    is_block: bool = False
    """A scalar written as a block (`|` or `>`): its text begins on the line below its location."""

    @property
    def is_mapping(self) -> bool:
        """Whether it is a mapping."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether it is a sequence."""
        return isinstance(self.value, list)

    def __getitem__(self, key: str | int) -> Yaml:
        found = self.value[key]
        assert isinstance(found, Yaml)
        return found

    def __contains__(self, key: object) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def get(self, key: str) -> Yaml | None:
        """The value of a key, or None; also None when this is no mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def items(self) -> Iterator[tuple[str, Yaml]]:
        """Keys and values of a mapping; none of anything else."""
        yield from self.value.items() if isinstance(self.value, dict) else ()

    def __iter__(self) -> Iterator[Yaml]:
        yield from self.value if isinstance(self.value, list) else ()

    def key_location(self, key: str) -> Location:
        """Where a key of this mapping stands."""
        return self.keys.get(key, self.location)

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    @property
    def kind(self) -> str:
        """What it is, in words for messages."""
        names = {
            dict: "a mapping",
            list: "a list",
            str: "a text",
            bool: "true or false",
            int: "a number",
            float: "a number",
        }
        return names.get(type(self.value), "nothing")


def parse_yaml(text: str, path: str) -> tuple[Yaml, list[Problem]]:
    """The tree of a document and all problems found. A document that cannot be parsed is an empty tree."""
    text = text.removeprefix("\ufeff")
    loader = _Loader(text)
    builder = _Builder(path)
    try:
        root = loader.get_single_node()
        if root is None:
            return Yaml(None, Location(path, 1, 1)), []
        return builder.build(root), builder.problems
    except yaml.MarkedYAMLError as error:
        return Yaml(None, Location(path)), [_syntax_problem(error, text, path)]
    except yaml.reader.ReaderError as error:
        return Yaml(None, Location(path)), [_character_problem(error, text, path)]
    except _TooManyValues:
        what = "the aliases of this document make too many values of it"
        return Yaml(None, Location(path)), [Problem(what, Location(path), (("most", str(_MOST_VALUES)),))]
    finally:
        loader.dispose()


class _TooManyValues(Exception):
    """Aliases of aliases have multiplied."""


class _Builder:
    """Turns libyaml's nodes into Yaml values. What an alias names is built once and shared."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open: set[int] = set()
        self._built: dict[int, tuple[Yaml, int]] = {}
        """Collections by node, and how many values they hold, aliases counted each time."""
        self._size = 0
        self.problems: list[Problem] = []

    def build(self, node: yaml.Node) -> Yaml:
        self._size += 1
        if isinstance(node, yaml.ScalarNode):
            location = self._location(node)
            return Yaml(self._scalar(node, location), location, is_block=node.style in ("|", ">"))
        if id(node) in self._built:
            made, size = self._built[id(node)]
            self._size += size
            if self._size > _MOST_VALUES:
                raise _TooManyValues
            return made
        return self._collection(node)

    def _collection(self, node: yaml.Node) -> Yaml:
        location = self._location(node)
        if id(node) in self._open:
            self.problems.append(Problem("an alias stands inside what it names", location))
            return Yaml(None, location)
        if len(self._open) == _DEEPEST:
            self.problems.append(Problem(f"this is nested more than {_DEEPEST} levels deep", location))
            return Yaml(None, location)
        self._open.add(id(node))
        before = self._size
        if isinstance(node, yaml.SequenceNode):
            made = Yaml([self.build(item) for item in node.value], location)
        else:
            made = self._mapping(node, location)
        self._open.discard(id(node))
        self._built[id(node)] = (made, self._size - before)
        return made

    def _mapping(self, node: yaml.Node, location: Location) -> Yaml:
        values: dict[str, Yaml] = {}
        keys: dict[str, Location] = {}
        merged: list[Yaml] = []
        for key_node, value_node in node.value:
            key_place = self._location(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem("a key must be a plain word", key_place))
                continue
            if key_node.tag.endswith(":merge"):
                merged.append(self.build(value_node))
                continue
            key = str(key_node.value)
            if key in values:
                self.problems.append(
                    Problem(
                        f"key `{key}` is given twice", key_place, (("first", str(keys[key])),), "remove one of them"
                    )
                )
                continue
            values[key] = self.build(value_node)
            keys[key] = key_place
        for source in merged:
            for one in source if source.is_list else [source]:
                if not one.is_mapping:
                    self.problems.append(Problem(f"`<<` takes mappings, not {one.kind}", one.location))
                for key, value in one.items():
                    values.setdefault(key, value)
                    keys.setdefault(key, one.key_location(key))
        return Yaml(values, location, keys)

    def _scalar(self, node: yaml.ScalarNode, location: Location) -> Scalar:
        text = str(node.value)
        kind = node.tag.rpartition(":")[2]
        if kind == "bool":
            return text.lower() == "true"
        if kind == "null":
            return None
        try:
            if kind == "int":
                return int(text, 0) if text.startswith(("0o", "0x")) else int(text)
            if kind == "float":
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            shown = text if len(text) <= 40 else f"{text[:40]}..."
            self.problems.append(Problem(f"`{shown}` is not a number that can be read", location))
            return 0
        if kind != "str":
            self.problems.append(Problem(f"tag `{node.tag}` is not known here", location))
        return text

    def _location(self, node: yaml.Node) -> Location:
        mark = node.start_mark
        return Location(self._path, mark.line + 1, mark.column + 1)


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, path: str) -> Problem:
    marks = [mark for mark in (error.problem_mark, error.context_mark) if mark is not None]
    place, begun = [*(Location(path, mark.line + 1, mark.column + 1) for mark in marks), *[Location(path)] * 2][:2]
    what = error.problem or error.context or "it cannot be parsed"
    if "end of stream" in what and begun.line:
        # Whatever was left open is of more use than the end of the file.
        return Problem(f"this is not YAML: {what} {error.context}", begun, hint="close what begins here")
    facts = ((str(error.context), str(begun)),) if error.context and begun.line and begun != place else ()
    return Problem(f"this is not YAML: {what}", place, facts, _syntax_hint(what, text, place))


def _syntax_hint(what: str, text: str, place: Location) -> str | None:
    lines = text.splitlines()
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces, not tabs"
    if "mapping values are not allowed" in what:
        return "put quotes around a text that holds `: `"
    if "cannot start any token" in what and line[place.column - 1 : place.column] in ("@", "`", "%"):
        return f"put quotes around a text that begins with {line[place.column - 1]}"
    if "undefined alias" in what:
        return "put quotes around a text that begins with *"
    return None


def _character_problem(error: yaml.reader.ReaderError, text: str, path: str) -> Problem:
    # libyaml counts bytes of UTF-8.
    before = text.encode()[: error.position].decode("utf-8", "ignore").splitlines() or [""]
    return Problem(
        f"this is not YAML: it holds the character U+{int(error.character):04X}, which YAML forbids",
        Location(path, len(before), len(before[-1]) + 1),
        hint="remove it",
    )
