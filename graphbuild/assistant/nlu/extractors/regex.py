"""RegexEntityExtractor: entities where a regular expression or a lookup table of their name matches. RASA.md 5.4.

Lookup tables may be large: they are kept as they are, and searched by phrases.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

from graphbuild.assistant.data.messages import Messages, Span
from graphbuild.assistant.data.nlu_projections import EntityTypes, Lookups, Regexes
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.assistant.nlu.patterns import collect_patterns, matches
from graphbuild.assistant.nlu.phrases import Phrases
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


@dataclass(frozen=True)
class EntityPatterns(JsonArtifact):
    """Expressions and phrases by the entity that they mean; how they are searched belongs to what was learnt."""

    type_name: ClassVar[str] = "EntityPatterns.v1"
    regexes: tuple[tuple[str, str], ...] = ()
    lookups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    case_sensitive: bool = False
    word_boundaries: bool = True

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

    def found_in(self, text: str) -> set[tuple[int, int, str]]:
        """(start, end, entity): each once, also where several patterns of one name find it."""
        return {(start, end, name) for name, start, end in self._found(text)}

    def _found(self, text: str) -> Iterator[tuple[str, int, int]]:
        expressions, tables = self._ready
        for name, expression in expressions:
            yield from ((name, start, end) for start, end in matches(expression, text))
        for name, table in tables:
            yield from ((name, start, end) for start, end in table.spans(text))

    @cached_property
    def _ready(self) -> tuple[list[tuple[str, re.Pattern[str]]], list[tuple[str, Phrases]]]:
        """Compiled once, for all batches."""
        flags = 0 if self.case_sensitive else re.IGNORECASE
        edges = {"case_sensitive": self.case_sensitive, "word_boundaries": self.word_boundaries}
        expressions = [(name, re.compile(pattern, flags)) for name, pattern in self.regexes]
        return expressions, [(name, Phrases(phrases, **edges)) for name, phrases in self.lookups]


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

    def train(self, regexes: Regexes, lookups: Lookups, entity_types: EntityTypes) -> EntityPatterns:
        """The patterns whose name is an entity of the examples."""
        config, known = self.config, set(entity_types.names)
        boundaries, case = config.use_word_boundaries, config.case_sensitive
        expressions = collect_patterns(
            regexes if config.use_regexes else None, None, word_boundaries=boundaries, case_sensitive=case
        )
        return EntityPatterns(
            tuple(one for one in expressions.entries if one[0] in known),
            tuple(one for one in lookups.tables if one[0] in known) if config.use_lookup_tables else (),
            case,
            boundaries,
        )

    def apply(self, state: EntityPatterns, messages: Messages) -> EntityPredictions:
        """N messages -> the spans found in each, by place."""
        return EntityPredictions.found([_spans(text, state) for text in messages.texts], type(self).__name__)


def _spans(text: str, state: EntityPatterns) -> list[Span]:
    return [
        {"start": start, "end": end, "entity": name, "value": text[start:end]}
        for start, end, name in sorted(state.found_in(text))
    ]
