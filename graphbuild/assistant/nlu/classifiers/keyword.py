"""KeywordIntentClassifier: an example's whole text, found in a message, gives its intent. RASA.md 5.4.

Unlike Rasa's, keywords are taken literally (theirs are read as regular expressions), and where several occur the
longest decides, whatever the order of the examples.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.assistant.nlu.patterns import any_of
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


@dataclass(frozen=True)
class Keywords(JsonArtifact):
    """(keyword, intent) pairs, sorted."""

    type_name: ClassVar[str] = "Keywords.v1"
    pairs: tuple[tuple[str, str], ...] = ()

    def to_plain(self) -> Any:
        return [list(pair) for pair in self.pairs]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple((str(keyword), str(intent)) for keyword, intent in plain))

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """Finds keywords, those too that overlap, for it only looks ahead. Made once, for all batches."""
        return re.compile(rf"(?<!\w)(?=({any_of(keyword for keyword, _ in self.pairs)})(?!\w))")


class KeywordIntentClassifier(Component):
    """Predicts the intent whose example occurs in the message."""

    kind = "classifier"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        case_sensitive: bool = option(True, "Whether upper and lower case differ.")

    config: Config

    def train(self, messages: Messages) -> Keywords:
        """The examples' texts by intent; a text that two intents share is no keyword."""
        intents: dict[str, set[str]] = {}
        for text, intent in zip(messages.texts, messages.intents.decoded(), strict=True):
            if intent is not None and text.strip():
                intents.setdefault(self._folded(text.strip()), set()).add(intent)
        return Keywords(tuple(sorted((text, min(found)) for text, found in intents.items() if len(found) == 1)))

    def apply(self, state: Keywords, messages: Messages) -> IntentPredictions:
        """N messages -> a ranking of at most one intent each, with confidence 1."""
        names = tuple(sorted({intent for _, intent in state.pairs}))
        ranking = np.full((len(messages), 1), -1, dtype=np.int32)
        if state.pairs:
            intent_of = dict(state.pairs)
            for row, text in enumerate(messages.texts):
                found = state.expression.findall(self._folded(text))
                if found:
                    ranking[row, 0] = names.index(intent_of[max(found, key=lambda one: (len(one), one))])
        return IntentPredictions(names, ranking, (ranking >= 0).astype(np.float32))

    def _folded(self, text: str) -> str:
        return text if self.config.case_sensitive else text.lower()
