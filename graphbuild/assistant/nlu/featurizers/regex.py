"""RegexFeaturizer: a column for each regular expression and lookup table; 1 where a token overlaps a match.

RASA.md 5.3, goldens in 9.4.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Csr, PatternFeatures
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.data.nlu_projections import Lookups, Regexes
from graphbuild.assistant.nlu.featurizers.matrices import csr_of_entries
from graphbuild.assistant.nlu.patterns import Patterns, collect_patterns
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option

Key = tuple[str, str, int]
"""Which pattern it is: (`regex` or `lookup`, name, which of its name)."""


@dataclass(frozen=True)
class PatternColumns(JsonArtifact):
    """Patterns, and a column for each, by key. Those of later fine-tunings come after the others.

    The column of a pattern that is gone stays, and nothing matches it.
    """

    type_name: ClassVar[str] = "PatternColumns.v1"
    patterns: Patterns
    keys: tuple[Key, ...]

    def to_plain(self) -> Any:
        return {"patterns": self.patterns.to_plain(), "keys": [list(key) for key in self.keys]}

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        keys = tuple((str(kind), str(name), int(which)) for kind, name, which in plain["keys"])
        return cls(Patterns.from_plain(plain["patterns"]), keys)

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The column of each pattern, by its number."""
        column = {key: place for place, key in enumerate(self.keys)}
        return tuple(column[key] for key in _keys(self.patterns))


class RegexFeaturizer(Component):
    """Marks the tokens and messages that regular expressions and lookup tables match."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        case_sensitive: bool = option(True, "Whether upper and lower case differ.")
        use_lookup_tables: bool = option(True, "Use the lookup tables.")
        use_regexes: bool = option(True, "Use the regular expressions.")
        use_word_boundaries: bool = option(True, "Match lookup entries as whole words only.")
        number_additional_patterns: int | None = option(None, "Accepted for old configs; has no effect.")
        alias: str | None = option(None, "The name that `featurizers` lists know it by.", display_only=True)

    config: Config

    def train(self, regexes: Regexes, lookups: Lookups, start: PatternColumns | None = None) -> PatternColumns:
        """The expressions, those of names that an earlier training had in the columns that they had there."""
        patterns = collect_patterns(
            regexes if self.config.use_regexes else None,
            lookups if self.config.use_lookup_tables else None,
            word_boundaries=self.config.use_word_boundaries,
            case_sensitive=self.config.case_sensitive,
        )
        known = start.keys if start is not None else ()
        return PatternColumns(patterns, tuple(dict.fromkeys([*known, *_keys(patterns)])))

    def apply(self, state: PatternColumns, messages: TokenizedMessages) -> PatternFeatures:
        """N messages of t tokens -> sequence [t, p], sentence [n, p], for p expressions."""
        tokens = messages.tokens
        hits: list[tuple[int, int, int]] = []
        for message, text in enumerate(messages.texts):
            first, last = int(tokens.splits[message]), int(tokens.splits[message + 1])
            starts, ends = tokens.starts[first:last], tokens.ends[first:last]
            touched = _Touched(starts, ends)
            for number, begin, end in state.patterns.found_in(text):
                hits.extend((message, first + token, state.places[number]) for token in touched.by(begin, end))
        found = np.array(hits, dtype=np.int64).reshape(-1, 3)
        width = len(state.keys)
        return PatternFeatures(
            _marks(found[:, 1], found[:, 2], (len(tokens.starts), width)),
            _marks(found[:, 0], found[:, 2], (len(messages), width)),
        )


class _Touched:
    """The tokens of one message that a match overlaps: looked up, as long as they come from left to right."""

    def __init__(self, starts: NDArray[np.int32], ends: NDArray[np.int32]) -> None:
        self._starts, self._ends = starts, ends
        is_ordered = bool((starts[1:] >= starts[:-1]).all() and (ends[1:] >= ends[:-1]).all())
        self._lists = (starts.tolist(), ends.tolist()) if is_ordered else None

    def by(self, begin: int, end: int) -> Iterable[int]:
        """Those that begin before the end of the match, and end after its beginning."""
        if self._lists is None:
            return np.flatnonzero((self._starts < end) & (self._ends > begin)).tolist()
        starts, ends = self._lists
        return range(bisect.bisect_right(ends, begin), bisect.bisect_left(starts, end))


def _keys(patterns: Patterns) -> list[Key]:
    """What stays the same of each pattern when others come or go."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for number, name in enumerate(patterns.names):
        kind = "regex" if number < len(patterns.regexes) else "lookup"
        found.append((kind, name, seen[kind, name]))
        seen[kind, name] += 1
    return found


def _marks(rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]) -> Csr:
    """1 where there is an entry, however many."""
    matrix = csr_of_entries(rows, columns, None, shape)
    return replace(matrix, data=np.ones_like(matrix.data))
