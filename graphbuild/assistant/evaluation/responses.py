"""ResponseEvaluation: selected responses of retrieval intents against those of the examples. RASA.md 6.2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.predictions import IntentPredictions, ResponsePredictions
from graphbuild.assistant.evaluation.evaluation import NO_EXAMPLES, RESPONSE, Evaluation, Evaluations
from graphbuild.assistant.evaluation.ranked import evaluated
from graphbuild.contract.component import Component, Options


class ResponseEvaluation(Component):
    """Holds selected responses against those of the examples."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, messages: Messages, responses: Sequence[ResponsePredictions] = ()) -> Evaluations:
        """Examples without a response are passed over; each is asked of the selector of its own retrieval intent."""
        return Evaluations({RESPONSE: _evaluation(messages, responses)})


def _evaluation(messages: Messages, responses: Sequence[ResponsePredictions]) -> Evaluation:
    if not len(messages):
        return Evaluation(reason=NO_EXAMPLES)
    if not responses:
        return Evaluation(reason="no component of the recipe selects responses")
    selectors = {one.retrieval_intent: IntentPredictions(one.names, one.ranking, one.confidences) for one in responses}
    intents, keys = messages.intents.decoded(), messages.response_keys.decoded()
    rows = [(row, key) for row, key in enumerate(keys) if key and (intents[row] in selectors or None in selectors)]
    if len({key for _, key in rows}) < 2:
        return Evaluation(reason="the examples have fewer than two different responses")
    default = selectors.get(None)
    asked = [(row, selectors.get(intents[row], default)) for row, _ in rows]
    return evaluated(
        [messages.texts[row] for row, _ in rows],
        [key for _, key in rows],
        [selector.top(row) if selector is not None else (None, 0.0) for row, selector in asked],
        ("intent_response_key_target", "intent_response_key_prediction"),
    )
