"""RegexFeaturizer: a column for each regular expression and lookup table; 1 where a token overlaps a match.

RASA.md 5.3, goldens in 9.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Csr, PatternFeatures
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.data.nlu_projections import Lookups, Regexes
from graphbuild.assistant.nlu.featurizers.matrices import csr_of_entries
from graphbuild.assistant.nlu.patterns import Patterns, collect_patterns
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


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

    def train(self, regexes: Regexes, lookups: Lookups) -> Patterns:
        """The expressions, in columns' order."""
        return collect_patterns(
            regexes if self.config.use_regexes else None,
            lookups if self.config.use_lookup_tables else None,
            word_boundaries=self.config.use_word_boundaries,
            case_sensitive=self.config.case_sensitive,
        )

    def apply(self, state: Patterns, messages: TokenizedMessages) -> PatternFeatures:
        """N messages of t tokens -> sequence [t, p], sentence [n, p], for p expressions."""
        tokens = messages.tokens
        hits: list[tuple[int, int, int]] = []
        for message, text in enumerate(messages.texts):
            first, last = int(tokens.splits[message]), int(tokens.splits[message + 1])
            starts, ends = tokens.starts[first:last], tokens.ends[first:last]
            for column, begin, end in state.found_in(text):
                inside = np.flatnonzero((starts < end) & (ends > begin))
                hits.extend((message, first + token, column) for token in inside.tolist())
        found = np.array(hits, dtype=np.int64).reshape(-1, 3)
        width = len(state.names)
        return PatternFeatures(
            _marks(found[:, 1], found[:, 2], (len(tokens.starts), width)),
            _marks(found[:, 0], found[:, 2], (len(messages), width)),
        )


def _marks(rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]) -> Csr:
    """1 where there is an entry, however many."""
    matrix = csr_of_entries(rows, columns, None, shape)
    return replace(matrix, data=np.ones_like(matrix.data))
