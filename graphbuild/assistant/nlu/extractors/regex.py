"""RegexEntityExtractor: entities where a regular expression or a lookup table of their name matches. RASA.md 5.4."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbuild.assistant.data.messages import Coded, Messages, Spans
from graphbuild.assistant.data.nlu_projections import EntityTypes, Lookups, Regexes
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.assistant.nlu.patterns import Patterns, collect_patterns, matches
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


class RegexEntityExtractor(Component):
    """Finds entities by the regular expressions and lookup tables that bear their names."""

    kind = "extractor"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        case_sensitive: bool = option(False, "Whether upper and lower case differ.")
        use_lookup_tables: bool = option(True, "Use the lookup tables.")
        use_regexes: bool = option(True, "Use the regular expressions.")
        use_word_boundaries: bool = option(True, "Match lookup entries as whole words only.")

    config: Config

    def train(self, regexes: Regexes, lookups: Lookups, entity_types: EntityTypes) -> Patterns:
        """The patterns whose name is an entity of the examples."""
        every = collect_patterns(
            regexes if self.config.use_regexes else None,
            lookups if self.config.use_lookup_tables else None,
            word_boundaries=self.config.use_word_boundaries,
            case_sensitive=self.config.case_sensitive,
        )
        return Patterns(tuple(entry for entry in every.entries if entry[0] in entity_types.names))

    def apply(self, state: Patterns, messages: Messages) -> EntityPredictions:
        """N messages -> the spans found in each, by place."""
        compiled = state.compiled(case_sensitive=self.config.case_sensitive)
        rows = [_spans(text, compiled) for text in messages.texts]
        count = sum(len(row) for row in rows)
        return EntityPredictions(
            Spans.of(rows),
            np.ones(count, dtype=np.float32),
            Coded.of([type(self).__name__] * count),
            ("",) * count,
        )


def _spans(text: str, compiled: Sequence[tuple[str, re.Pattern[str]]]) -> list[dict[str, Any]]:
    """Each span once, also where several patterns of one name find it."""
    found = {(start, end, name) for name, pattern in compiled for start, end in matches(pattern, text)}
    return [
        {"start": start, "end": end, "entity": name, "value": text[start:end]} for start, end, name in sorted(found)
    ]
