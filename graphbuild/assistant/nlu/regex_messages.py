"""RegexMessageHandler: the end of every pipeline. What all components say of a message becomes one parse.

Messages that name their intent themselves, such as `/inform@0.9{"city": "Rome"}`, mean just what they say. Whether the
domain has such an intent is not asked here: the pipeline knows no domain. RASA.md 2.3, 5.4.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbuild.assistant.data.messages import Messages, Span
from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions, ResponsePredictions
from graphbuild.contract.artifact import encode_json
from graphbuild.contract.component import Component, Options

_MESSAGE = re.compile(r"\s*/(?P<intent>[^{@]+)(?:@(?P<confidence>[0-9.]+))?(?P<entities>\{.+\})?")


@dataclass(frozen=True)
class Command:
    """A message that names its intent. `details` are the JSON of values that are more than text."""

    intent: str
    confidence: float
    entities: tuple[Span, ...]
    details: tuple[str, ...]


class RegexMessageHandler(Component):
    """Joins what classifiers, extractors and selectors say; messages such as `/greet` say their intent themselves."""

    kind = "parser"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(
        self,
        messages: Messages,
        intents: Sequence[IntentPredictions] = (),
        entities: Sequence[EntityPredictions] = (),
        responses: Sequence[ResponsePredictions] = (),
    ) -> Parses:
        """N messages -> n parses. Of intents the last said counts; entities are in the order of their extractors."""
        return joined(messages, [read_command(text) for text in messages.texts], intents, entities, responses)


def joined(
    messages: Messages,
    commands: Sequence[Command | None],
    intents: Sequence[IntentPredictions] = (),
    entities: Sequence[EntityPredictions] = (),
    responses: Sequence[ResponsePredictions] = (),
) -> Parses:
    """N messages, those of them that are commands, and what is said of them -> n parses."""
    name = RegexMessageHandler.__name__
    # A mapper of entities that nobody finds knows of no messages.
    made = [one for one in entities if len(one.spans.splits) > 1]
    if not any(commands):
        found = EntityPredictions.concatenate(made or [EntityPredictions.found([()] * len(messages), name)])
        return Parses(messages.texts, IntentPredictions.latest(intents, len(messages)), found, tuple(responses))
    said = EntityPredictions.found(
        [one.entities if one else () for one in commands],
        name,
        [details for one in commands if one for details in one.details],
    )
    is_free = np.array([one is None for one in commands], dtype=np.bool_)
    found = EntityPredictions.concatenate([*made, said])
    by_message = np.repeat(is_free, np.diff(found.spans.splits))
    own = np.array([one == name for one in found.extractors.decoded()], dtype=np.bool_)
    return Parses(
        messages.texts,
        IntentPredictions.latest([*intents, _intents(commands)], len(messages)),
        found.only(by_message | own),
        tuple(responses),
    )


def read_command(text: str) -> Command | None:
    """The intent, confidence and entities that a message names; None for one in plain words.

    What cannot be read is passed over: entities that are no JSON object, and what follows them. A confidence above 1 is
    1, one that is no number 0.
    """
    match = _MESSAGE.match(text)
    intent = match["intent"].strip() if match else ""
    if not match or not intent:
        return None
    start, end = match.span("entities")
    named = [
        (name, value)
        for name, values in _object(match["entities"]).items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return Command(
        intent,
        _confidence(match["confidence"]),
        tuple({"start": start, "end": end, "entity": name, "value": _text(value)} for name, value in named),
        tuple("" if isinstance(value, str) else encode_json({"value": value}).decode() for _, value in named),
    )


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}", parse_constant=str, parse_float=_number)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(text: str) -> float | str:
    """A number; the text of one that is too large for any."""
    return number if math.isfinite(number := float(text)) else text


def _confidence(text: str | None) -> float:
    try:
        return min(1.0, float(text)) if text is not None else 1.0
    except ValueError:
        return 0.0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else encode_json(value).decode()


def _intents(commands: Sequence[Command | None]) -> IntentPredictions:
    """The intents that messages name; none for the others."""
    names = tuple(sorted({one.intent for one in commands if one}))
    code = {name: number for number, name in enumerate(names)}
    ranking = np.array([[code[one.intent] if one else -1] for one in commands], dtype=np.int32).reshape(-1, 1)
    confidences = np.array([[one.confidence if one else 0.0] for one in commands], dtype=np.float32).reshape(-1, 1)
    return IntentPredictions(names, ranking, confidences)
