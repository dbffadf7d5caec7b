"""SpacyEntityExtractor: the named entities of a spaCy model. RASA.md 5.4.

Names begin with capitals, so the model sees texts as they are, whatever SpacyNLP's `case_sensitive` says.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.assistant.nlu.pretrained.spacy import SpacyModel, open_spacy
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


class SpacyEntityExtractor(Component):
    """Finds the named entities that a spaCy model knows."""

    kind = "extractor"
    requires = ("spacy",)
    extra = "spacy"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        dimensions: list[str] | None = option(None, "Which of them, such as PERSON or GPE; all when null.")

    config: Config

    def apply(self, messages: Messages, model: SpacyModel) -> EntityPredictions:
        """N messages -> the entities that the model finds in each."""
        nlp = open_spacy(model, self.context.project)
        wanted = self.config.dimensions
        rows = [
            [
                {"start": one.start_char, "end": one.end_char, "entity": one.label_, "value": one.text}
                for one in nlp(text).ents
                if not wanted or one.label_ in wanted
            ]
            for text in messages.texts
        ]
        return EntityPredictions.found(rows, type(self).__name__)
