"""Reads an app exported by Wit.ai into an NLUPart: `utterances`, as Rasa 2.8 does, and the older `data`. Knows no file.

An entity is `name:role`. In the older form the intent is an entity too, and values are JSON inside of a text.
"""

from __future__ import annotations

import json

from graphbuild.assistant.data.messages import Span
from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.readers.json_fields import mappings, needed_text, position, span_of, text_of, value_of
from graphbuild.assistant.data.readers.nlu_collector import Label, NLUCollector
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.yaml_tree import Yaml

UTTERANCES, OLD_UTTERANCES = "utterances", "data"
OUT_OF_SCOPE = "out_of_scope"
"""The intent of an utterance without one."""
_OLD_INTENT = "intent"


def read_wit(document: Yaml, reading: Reading) -> NLUPart:
    """The part; what is wrong or odd is told to `reading`."""
    found = NLUCollector(reading)
    for utterance in mappings(reading, document.get(UTTERANCES), f"`{UTTERANCES}`"):
        _example(utterance, found, reading)
    if UTTERANCES not in document:
        for utterance in mappings(reading, document.get(OLD_UTTERANCES), f"`{OLD_UTTERANCES}`"):
            _old_example(utterance, found, reading)
    return found.part()


def _example(utterance: Yaml, found: NLUCollector, reading: Reading) -> None:
    if utterance.get("entities") is None:
        reading.warn("an utterance without `entities` is skipped", utterance, "Wit.ai exports a list, if an empty one")
        return
    text = text_of(reading, utterance.get("text"), "the text of an utterance") or ""
    intent: str | None = OUT_OF_SCOPE
    if "intent" in utterance:
        intent = text_of(reading, utterance["intent"], "the intent of an utterance")
    entities = [_entity(one, text, reading) for one in mappings(reading, utterance["entities"], "`entities`")]
    found.example(_label(intent), text, [span for span in entities if span is not None], utterance.location)


def _entity(entity: Yaml, text: str, reading: Reading) -> Span | None:
    start, end = position(reading, entity, "start"), position(reading, entity, "end")
    name = needed_text(reading, entity, "entity", "an entity")
    role = text_of(reading, entity.get("role"), "the role of an entity")
    value = value_of(reading, entity.get("value"))
    if name is not None and ":" in name:
        name, _, role = name.rpartition(":")
        if not name:
            reading.problem("an entity has a role and no name", entity["entity"], "write `name:role`")
        value = text_of(reading, entity.get("body"), "the body of an entity")
    return span_of(reading, entity, text, (start, end, name), value, (role, None))


def _old_example(utterance: Yaml, found: NLUCollector, reading: Reading) -> None:
    text = text_of(reading, utterance.get("text"), "the text of an utterance") or ""
    intent: str | None = None
    spans = []
    for entity in mappings(reading, utterance.get("entities"), "`entities`"):
        name = needed_text(reading, entity, "entity", "an entity")
        value = _unquoted(value_of(reading, entity.get("value")))
        if name == _OLD_INTENT:
            intent = value
            continue
        role = text_of(reading, entity.get("role"), "the role of an entity")
        start, end = position(reading, entity, "start"), position(reading, entity, "end")
        span = span_of(reading, entity, text, (start, end, name), value, (role, None))
        if span is not None:
            spans.append(span)
    found.example(_label(intent), text, spans, utterance.location)


def _label(intent: str | None) -> Label | None:
    """A "/" in a name is no more than that in Wit.ai."""
    return Label(intent.strip()) if intent and intent.strip() else None


def _unquoted(value: str | None) -> str | None:
    """What a text that is JSON says, if that is a text; otherwise the text without quotes around it."""
    if value is None:
        return None
    try:
        inside = json.loads(value)
    except (ValueError, RecursionError):
        return value.strip('"')
    return inside if isinstance(inside, str) else value
