"""EntitySynonymMapper: replaces an entity's surface text by the value that it stands for. RASA.md 5.4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphbuild.assistant.data.nlu_projections import Synonyms
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.contract.component import Component, Options


class EntitySynonymMapper(Component):
    """Maps entity values to their canonical ones, whatever their case."""

    kind = "extractor"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def train(self, synonyms: Synonyms) -> Synonyms:
        """Surfaces in lower case; of two that then are the same, the one that comes last in sorted order."""
        pairs = {surface.lower(): value for surface, value in synonyms.pairs if surface != value}
        return Synonyms(tuple(sorted(pairs.items())))

    def apply(self, state: Synonyms, entities: Sequence[EntityPredictions]) -> EntityPredictions:
        """The spans of all extractors together, message by message, with canonical values."""
        joined = EntityPredictions.concatenate(entities)
        mapped = tuple(state.values.get(value.lower(), value) for value in joined.spans.values)
        name = type(self).__name__
        processors = tuple(
            (f"{by}+{name}" if by else name) if old != new else by
            for by, old, new in zip(joined.processors, joined.spans.values, mapped, strict=True)
        )
        return replace(joined, spans=replace(joined.spans, values=mapped), processors=processors)
