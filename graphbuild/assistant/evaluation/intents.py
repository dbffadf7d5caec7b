"""IntentEvaluation: predicted intents against those of the examples. RASA.md 6.2."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.assistant.evaluation.evaluation import INTENT, NO_EXAMPLES, Evaluation, Evaluations
from graphbuild.assistant.evaluation.ranked import Prediction, evaluated
from graphbuild.assistant.nlu.classifiers.fallback import FALLBACK_INTENT
from graphbuild.contract.component import Component, Options


class IntentEvaluation(Component):
    """Holds predicted intents against those of the examples; fallbacks are undone first."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, messages: Messages, intents: IntentPredictions | None = None) -> Evaluations:
        """Examples without an intent are passed over."""
        return Evaluations({INTENT: _evaluation(messages, intents)})


def _evaluation(messages: Messages, intents: IntentPredictions | None) -> Evaluation:
    if not len(messages):
        return Evaluation(reason=NO_EXAMPLES)
    if intents is None:
        return Evaluation(reason="no component of the recipe predicts intents")
    rows = [(row, intent) for row, intent in enumerate(messages.intents.decoded()) if intent is not None]
    if len({intent for _, intent in rows}) < 2:
        return Evaluation(reason="the examples have fewer than two different intents")
    return evaluated(
        [messages.texts[row] for row, _ in rows],
        [intent for _, intent in rows],
        [without_fallback(intents, row) for row, _ in rows],
        ("intent", "intent_prediction"),
    )


def without_fallback(intents: IntentPredictions, message: int) -> Prediction:
    """The best intent of a message that is no fallback, unless there is no other."""
    name, confidence = intents.top(message)
    if name == FALLBACK_INTENT and intents.ranking.shape[1] > 1 and intents.ranking[message, 1] >= 0:
        return intents.names[intents.ranking[message, 1]], float(intents.confidences[message, 1])
    return name, confidence
