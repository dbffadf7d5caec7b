"""Marking: entities in a text as a teacher types them, `to [Berlin](city)`, and parses as they are corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphbuild.assistant.data.messages import Span
from graphbuild.assistant.data.readers.entity_markup import MarkupError, read_markup
from graphbuild.assistant.data.writers.nlu_writer import annotated, in_order
from graphbuild.errors import Problem, UsageError

Plain = dict[str, Any]
UNTAUGHT = ("DucklingEntityExtractor", "DucklingHTTPExtractor", "SpacyEntityExtractor", "MitieEntityExtractor")
"""Extractors that learn nothing from examples: what they find is not written into them (as in Rasa)."""
_FACTS = ("entity", "role", "group")


def spans_of(text: str, entities: Iterable[Mapping[str, Any]]) -> tuple[Span, ...]:
    """What examples say of entities that were found: those with a place, that can be learnt from examples."""
    spans: list[Span] = []
    for entity in entities:
        start, end = entity.get("start"), entity.get("end")
        if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(text):
            continue
        if entity.get("extractor") in UNTAUGHT:
            continue
        value = entity.get("value")
        span = {name: entity[name] for name in _FACTS if entity.get(name)}
        made: Span = {"start": start, "end": end, "value": value if isinstance(value, str) else text[start:end], **span}
        if made not in spans:
            spans.append(made)
    return in_order(spans)


def marked(text: str, entities: Iterable[Mapping[str, Any]]) -> str:
    """The text with its entities in brackets; as it is where they cannot be told so."""
    try:
        return annotated(text, spans_of(text, entities))
    except ValueError:
        return text


def unwritable(text: str, entities: Iterable[Mapping[str, Any]]) -> str | None:
    """Why a text cannot stand in training data; None where it can."""
    try:
        annotated(text, spans_of(text, entities))
    except ValueError as error:
        return str(error)
    return None


def read_marked(typed: str, text: str) -> tuple[Span, ...]:
    """The entities that a teacher marked in a text. Raises UsageError where it is another text, or marked wrongly."""
    try:
        plain, spans = read_markup(typed)
    except MarkupError as error:
        raise UsageError(str(error)) from error
    if plain != text:
        what = f"without its marks this is another text: {plain}"
        raise UsageError(Problem(what, hint="mark entities as in training data: [Berlin](city)"))
    return in_order(spans)


def intent_of(parse: Mapping[str, Any]) -> str | None:
    """The intent that was understood, a retrieval intent with its key."""
    intent = parse.get("intent") or {}
    return intent.get("full_retrieval_intent_name") or intent.get("name")


def corrected(parse: Mapping[str, Any], intent: str, spans: Sequence[Span]) -> Plain:
    """The parse as the teacher says that it should be. What cannot be taught by examples stays as it was found."""
    entities = list(parse.get("entities") or ())
    text = str(parse.get("text") or "")
    if spans_of(text, entities) != tuple(spans):
        kept = [one for one in entities if not spans_of(text, [one])]
        entities = [{**span, "extractor": "teacher"} for span in spans] + kept
    said = parse.get("intent") or {}
    if intent_of(parse) != intent:
        base = intent.partition("/")[0]
        said = {"name": base, **({"full_retrieval_intent_name": intent} if base != intent else {})}
    return {**parse, "intent": {**said, "confidence": 1.0}, "entities": entities}
