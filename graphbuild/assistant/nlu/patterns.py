"""Patterns: regular expressions and lookup tables by name, for the components that search texts by them."""

from __future__ import annotations

import re
from collections.abc import Iterator
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


def collect_patterns(regexes: Regexes | None, lookups: Lookups | None, *, word_boundaries: bool) -> Patterns:
    """Regexes as they are, lookups as one alternation each. Raises DataError for expressions that do not compile."""
    entries = list(regexes.patterns) if regexes is not None else []
    if lookups is not None:
        entries.extend((name, _alternation(elements, word_boundaries)) for name, elements in lookups.tables if elements)
    problems = [problem for name, pattern in entries for problem in _problems(name, pattern)]
    if problems:
        raise DataError(problems)
    return Patterns(tuple(entries))


def matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where a pattern matches something, (start, end); a match of nothing is none."""
    return (match.span() for match in pattern.finditer(text) if match.group())


def _alternation(elements: tuple[str, ...], word_boundaries: bool) -> str:
    # Longer phrases first: an alternation takes the first that fits.
    ordered = sorted({element for element in elements if element}, key=lambda text: (-len(text), text))
    edge = r"\b" if word_boundaries else ""
    return "(" + "|".join(f"{edge}{re.escape(element)}{edge}" for element in ordered) + ")"


def _problems(name: str, pattern: str) -> Iterator[Problem]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield Problem(f"the pattern of `{name}` is no regular expression: {error}", facts=(("pattern", pattern),))
