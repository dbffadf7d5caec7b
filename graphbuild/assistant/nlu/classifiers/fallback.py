"""FallbackClassifier: `nlu_fallback` where the best intent is unsure, or hardly better than the second. RASA.md 5.4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import Share, option

FALLBACK_INTENT = "nlu_fallback"


class FallbackClassifier(Component):
    """Puts `nlu_fallback` first where a classifier is not sure enough."""

    kind = "classifier"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        threshold: Share = option(0.3, "Below this confidence the prediction is not trusted.")
        ambiguity_threshold: Share = option(0.1, "The best must be better than the second by this much.")

    config: Config

    def apply(self, intents: IntentPredictions, earlier: Sequence[IntentPredictions] = ()) -> IntentPredictions:
        """Rankings [n, r] -> rankings [n, r + 1], `nlu_fallback` first where it applies.

        `earlier` are the classifiers before, for messages of which the last one says nothing.
        """
        intents = IntentPredictions.latest([*earlier, intents], len(intents.ranking))
        count, length = intents.ranking.shape
        first = intents.confidences[:, 0] if length else np.zeros(count, dtype=np.float32)
        second = intents.confidences[:, 1] if length > 1 else np.zeros(count, dtype=np.float32)
        names = tuple(sorted({*intents.names, FALLBACK_INTENT}))
        recode = np.array([names.index(name) for name in intents.names] or [0], dtype=np.int32)
        ranking = np.where(intents.ranking >= 0, recode[np.maximum(intents.ranking, 0)], -1)
        has_second = (intents.ranking[:, 1] >= 0) if length > 1 else np.zeros(count, dtype=bool)
        unsure = first < self.config.threshold
        unsure |= has_second & (first - second < self.config.ambiguity_threshold)
        padded = np.concatenate([ranking, np.full((count, 1), -1)], axis=1)
        confidences = np.concatenate([intents.confidences, np.zeros((count, 1))], axis=1)
        with_first = np.concatenate([np.full((count, 1), names.index(FALLBACK_INTENT)), ranking], axis=1)
        with_threshold = np.concatenate([np.full((count, 1), self.config.threshold), intents.confidences], axis=1)
        return IntentPredictions(
            names,
            np.where(unsure[:, None], with_first, padded).astype(np.int32),
            np.where(unsure[:, None], with_threshold, confidences).astype(np.float32),
        )
