"""MitieEntityExtractor: entities by MITIE's named entity recogniser. RASA.md 5.4."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.messages import Span, TokenizedMessages
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.assistant.nlu.extractors.bilou import BEGINNING, UNIT, tag_tokens
from graphbuild.assistant.nlu.pretrained.mitie import MitieModel, open_mitie
from graphbuild.assistant.nlu.pretrained.mitie_trained import MitieTrained, mitie_words
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import AtLeastOne, option

_KIND = "named_entity_extractor"


class MitieEntityExtractor(Component):
    """Finds entities with MITIE."""

    kind = "extractor"
    requires = ("mitie",)
    extra = "mitie"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        num_threads: AtLeastOne = option(1, "Threads of the training.", training_only=True)

    config: Config

    def train(self, messages: TokenizedMessages, model: MitieModel) -> MitieTrained:
        """Annotated examples -> a model of entity types. Spans that are no whole words are passed over."""
        import mitie

        tags = tag_tokens(messages, bilou=True).entity
        if not tags.scheme.names:
            return MitieTrained(_KIND, (), None)
        trainer = mitie.ner_trainer(model.place(self.context.project))
        trainer.num_threads = self.config.num_threads
        words, splits = messages.tokens.words, messages.tokens.splits.tolist()
        begins = np.isin(tags.scheme.places(tags.codes), (BEGINNING, UNIT)) & (tags.names >= 0)
        for first, last in itertools.pairwise(splits):
            if first == last:
                continue
            tokens = [words.names[code] for code in words.codes[first:last]]
            example = mitie.ner_training_instance(mitie_words(tokens))
            for start in (first + np.flatnonzero(begins[first:last])).tolist():
                end = start + 1
                while end < last and tags.names[end] == tags.names[start] and not begins[end]:
                    end += 1
                name = tags.scheme.names[tags.names[start]]
                example.add_entity(range(start - first, end - first), name.encode("utf-8", "replace"))
            trainer.add(example)
        return MitieTrained.of(_KIND, tags.scheme.names, trainer.train())

    def apply(self, state: MitieTrained, messages: TokenizedMessages, model: MitieModel) -> EntityPredictions:
        """N messages of t tokens -> the entities found in each. MITIE's scores are no confidences."""
        if state.model is None:
            return EntityPredictions.found([()] * len(messages), type(self).__name__)
        features = open_mitie(model, self.context.project)
        rows = []
        for message, text in enumerate(messages.texts):
            first = int(messages.tokens.splits[message])
            tokens = messages.tokens.row(message)
            made = state.opened.extract_entities(mitie_words(tokens), features) if tokens else []
            rows.append([_span(messages, text, first + one[0][0], first + one[0][-1], one[1]) for one in made])
        return EntityPredictions.found(rows, type(self).__name__)


def _span(messages: TokenizedMessages, text: str, first: int, last: int, entity: str) -> Span:
    start, end = int(messages.tokens.starts[first]), int(messages.tokens.ends[last])
    return {"start": start, "end": end, "entity": entity, "value": text[start:end]}
