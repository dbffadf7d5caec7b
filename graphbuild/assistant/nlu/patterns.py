"""Patterns: regular expressions and lookup tables by name, for the components that search texts by them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from graphbuild.assistant.data.nlu_projections import Lookups, Regexes
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.errors import DataError, Problem


@dataclass(frozen=True)
class Patterns(JsonArtifact):
    """Named expressions in canonical order: what RegexFeaturizer and RegexEntityExtractor learn."""

    type_name: ClassVar[str] = "Patterns.v1"
    entries: tuple[tuple[str, str], ...] = ()

    def to_plain(self) -> Any:
        return [list(entry) for entry in self.entries]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple((str(name), str(pattern)) for name, pattern in plain))

    def compiled(self, *, case_sensitive: bool) -> list[tuple[str, re.Pattern[str]]]:
        """The expressions, ready to search."""
        flags = 0 if case_sensitive else re.IGNORECASE
        return [(name, re.compile(pattern, flags)) for name, pattern in self.entries]


def collect_patterns(
    regexes: Regexes | None, lookups: Lookups | None, *, word_boundaries: bool, case_sensitive: bool
) -> Patterns:
    """Regexes as they are, lookups as one expression each. Raises DataError for expressions that do not compile."""
    entries = list(regexes.patterns) if regexes is not None else []
    problems = [problem for name, pattern in entries for problem in _problems(name, pattern)]
    if problems:
        raise DataError(problems)
    edge = r"\b" if word_boundaries else ""
    for name, elements in lookups.tables if lookups is not None else ():
        phrases = any_of(elements if case_sensitive else map(_lower, elements))
        if phrases:
            entries.append((name, edge + phrases + edge))
    return Patterns(tuple(entries))


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


def _lower(text: str) -> str:
    # Letter by letter, and only where one letter stays one: lengths are kept, as when matching without case.
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _problems(name: str, pattern: str) -> Iterator[Problem]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield Problem(f"the pattern of `{name}` is no regular expression: {error}", facts=(("pattern", pattern),))
