"""RegexEntityExtractor: entities where a regular expression or a lookup table of their name matches. RASA.md 5.4."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.assistant.data.messages import Messages, Span
from graphbuild.assistant.data.nlu_projections import EntityTypes, Lookups, Regexes
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.assistant.nlu.patterns import Patterns, collect_patterns
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
        return collect_patterns(
            regexes if self.config.use_regexes else None,
            lookups if self.config.use_lookup_tables else None,
            word_boundaries=self.config.use_word_boundaries,
            case_sensitive=self.config.case_sensitive,
            only=set(entity_types.names),
        )

    def apply(self, state: Patterns, messages: Messages) -> EntityPredictions:
        """N messages -> the spans found in each, by place."""
        return EntityPredictions.found([_spans(text, state) for text in messages.texts], type(self).__name__)


def _spans(text: str, state: Patterns) -> list[Span]:
    """Each span once, also where several patterns of one name find it."""
    found = {(start, end, state.names[number]) for number, start, end in state.found_in(text)}
    return [
        {"start": start, "end": end, "entity": name, "value": text[start:end]} for start, end, name in sorted(found)
    ]
