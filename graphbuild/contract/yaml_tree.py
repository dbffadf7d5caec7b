"""YAML as a tree that remembers where every word stands. Recipes and data are read through it.

YAML 1.2's core schema (only true and false are booleans; no dates, no sexagesimal numbers), duplicate keys refused,
syntax errors as problems. Knows nothing of what the documents mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from graphbuild.contract.location import lines_of
from graphbuild.errors import Location, Problem

_ODD_BREAKS = "\x85\u2028\u2029"
_PRIVATE = (0xE000, 0xF900)
"""Characters that Unicode gives no meaning."""


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


def parse_yaml(text: str, path: str, variables: Mapping[str, str | None] | None = None) -> tuple[Yaml, list[Problem]]:
    """The tree of a document and all problems found. A document that cannot be parsed is an empty tree.

    With `variables`, `${NAME}` in plain scalars (those without quotes) is filled in from them, as Rasa does.
    """
    from graphbuild.contract.yaml_events import DocumentError, TreeBuilder

    text, stand_ins = _without_odd_breaks(text.removeprefix("\ufeff"))
    builder = TreeBuilder(path, variables, stand_ins)
    try:
        return builder.build(text), builder.problems
    except yaml.MarkedYAMLError as error:
        return Yaml(None, Location(path)), [_syntax_problem(error, text, path)]
    except yaml.reader.ReaderError as error:
        return Yaml(None, Location(path)), [_character_problem(error, text, path)]
    except DocumentError as error:
        return Yaml(None, Location(path)), [*builder.problems, error.problem]


def _without_odd_breaks(text: str) -> tuple[str, dict[int, str]]:
    """The text with characters in place of those that end lines in YAML 1.1 and not in 1.2, and what they stand for.

    libyaml reads 1.1: a text with one of them in it would end there, or a block break off.
    """
    odd = [one for one in _ODD_BREAKS if one in text]
    if not odd:
        return text, {}
    free = (chr(code) for code in range(*_PRIVATE) if chr(code) not in text)
    pairs = list(zip(odd, free, strict=False))
    return text.translate({ord(one): private for one, private in pairs}), {ord(private): one for one, private in pairs}


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
    lines = lines_of(text)
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
    before = text.encode()[: error.position].decode("utf-8", "ignore")
    lines = lines_of(f"{before}.")
    return Problem(
        f"this is not YAML: it holds the character U+{int(error.character):04X}, which YAML forbids",
        Location(path, len(lines), len(lines[-1])),
        hint="remove it",
    )
