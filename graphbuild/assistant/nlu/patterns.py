"""Patterns: regular expressions and lookup tables by name, for the components that search texts by them.

Lookup tables may be large: they are kept as they are, and searched by phrases.py.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

from graphbuild.assistant.data.nlu_projections import Lookups, Regexes
from graphbuild.assistant.nlu.phrases import Phrases
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.errors import DataError, Problem


@dataclass(frozen=True)
class Patterns(JsonArtifact):
    """Named expressions, then named tables of phrases; and how they are searched, which belongs to what was learnt."""

    type_name: ClassVar[str] = "Patterns.v2"
    regexes: tuple[tuple[str, str], ...] = ()
    lookups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    case_sensitive: bool = True
    word_boundaries: bool = True
    """Whether phrases are found as whole words only."""

    def to_plain(self) -> Any:
        return {
            "regexes": [list(one) for one in self.regexes],
            "lookups": [[name, list(phrases)] for name, phrases in self.lookups],
            "case_sensitive": self.case_sensitive,
            "word_boundaries": self.word_boundaries,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        regexes = tuple((str(name), str(pattern)) for name, pattern in plain["regexes"])
        lookups = tuple((str(name), tuple(map(str, phrases))) for name, phrases in plain["lookups"])
        return cls(regexes, lookups, bool(plain["case_sensitive"]), bool(plain["word_boundaries"]))

    @property
    def names(self) -> tuple[str, ...]:
        """Of all, in order; a name may come several times."""
        return tuple(name for name, _ in (*self.regexes, *self.lookups))

    def found_in(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Where which of them match: (number in `names`, start, end)."""
        expressions, tables = self._ready
        for number, expression in enumerate(expressions):
            yield from ((number, start, end) for start, end in matches(expression, text))
        for number, table in enumerate(tables, start=len(expressions)):
            yield from ((number, start, end) for start, end in table.spans(text))

    @cached_property
    def _ready(self) -> tuple[list[re.Pattern[str]], list[Phrases]]:
        """Compiled once, for all batches."""
        flags = 0 if self.case_sensitive else re.IGNORECASE
        edges = {"case_sensitive": self.case_sensitive, "word_boundaries": self.word_boundaries}
        expressions = [re.compile(pattern, flags) for _, pattern in self.regexes]
        return expressions, [Phrases(phrases, **edges) for _, phrases in self.lookups]


def collect_patterns(
    regexes: Regexes | None,
    lookups: Lookups | None,
    *,
    word_boundaries: bool,
    case_sensitive: bool,
    only: Container[str] | None = None,
) -> Patterns:
    """Those of some names, or all; empty tables are left out. Raises DataError for expressions that do not compile."""
    entries = regexes.patterns if regexes is not None else ()
    problems = [problem for name, pattern in entries for problem in _problems(name, pattern)]
    if problems:
        raise DataError(problems)
    tables = [(name, tuple(filter(None, phrases))) for name, phrases in (lookups.tables if lookups is not None else ())]
    return Patterns(
        tuple(one for one in entries if only is None or one[0] in only),
        tuple(one for one in tables if one[1] and (only is None or one[0] in only)),
        case_sensitive,
        word_boundaries,
    )


def any_of(phrases: Iterable[str]) -> str:
    """An expression for any of some phrases, taken literally, longer ones first; "" when there is none."""
    return _tree(sorted({phrase for phrase in phrases if phrase}))


def matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where a pattern matches something, (start, end); a match of nothing is none."""
    return (match.span() for match in pattern.finditer(text) if match.group())


def _tree(endings: list[str]) -> str:
    """The expression of some sorted endings of phrases. An empty one makes the rest optional."""
    branches = []
    for _, group in itertools.groupby((ending for ending in endings if ending), key=lambda ending: ending[0]):
        members = list(group)
        shared = _beginning(members[0], members[-1])  # Of sorted ones, the first and the last differ soonest.
        branches.append(re.escape(shared) + _tree([member[len(shared) :] for member in members]))
    if not branches:
        return ""
    return "(?:" + "|".join(branches) + ")" + ("" if endings[0] else "?")


def _beginning(one: str, other: str) -> str:
    """What two texts both begin with."""
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(letter for letter, _ in same)


def _problems(name: str, pattern: str) -> Iterator[Problem]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield Problem(f"the pattern of `{name}` is no regular expression: {error}", facts=(("pattern", pattern),))
