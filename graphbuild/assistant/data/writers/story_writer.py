"""Writes a StoryPart as the `stories:` and `rules:` sections of a YAML file of Rasa 3. Knows no files, no domain.

Reading what was written gives the same part again; what cannot be written so is told to `writing`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphbuild.assistant.data.parts import StoryBlock, StoryElement, StoryPart
from graphbuild.assistant.data.readers.intent_text import is_intent_text, read_intent_text
from graphbuild.assistant.data.stories import FILLED, RULE_SNIPPET, Checkpoint, Event, frozen_entities
from graphbuild.assistant.data.writers.nlu_writer import annotated
from graphbuild.assistant.data.writers.writing import Writing

Plain = dict[str, Any]
_PLACE = ("start", "end")
_CONDITIONS = ("slot", "loop")
_ACTIONS = ("action", "event")
"""Events are named as actions are: `- action: restart`."""


def story_sections(part: StoryPart, writing: Writing) -> dict[str, list[Plain]]:
    """The sections that are not empty, as plain values."""
    stories = [_story(block, writing) for block in part.blocks if not block.is_rule]
    rules = [_rule(block, writing) for block in part.blocks if block.is_rule]
    return {name: blocks for name, blocks in (("stories", stories), ("rules", rules)) if blocks}


def as_written(part: StoryPart) -> StoryPart:
    """The part as YAML can say it: rules after stories, entities with a place only where there is a text for it."""
    blocks = [
        replace(block, elements=tuple(_without_places(element) for element in block.elements)) for block in part.blocks
    ]
    return StoryPart(tuple(sorted(blocks, key=lambda block: block.is_rule)))


def _without_places(element: StoryElement) -> StoryElement:
    return replace(element, events=tuple(map(_with_places_of_texts, element.events)))


def _with_places_of_texts(event: Event) -> Event:
    if event.text or _outright(event) is not None:
        return event
    entities = tuple(tuple(fact for fact in entity if fact[0] not in _PLACE) for entity in event.entities)
    return replace(event, entities=entities)


def _story(block: StoryBlock, writing: Writing) -> Plain:
    return {"story": block.name, "steps": _steps(block.elements, block, writing)}


def _rule(block: StoryBlock, writing: Writing) -> Plain:
    """A rule: what stands before the first `...` are its conditions; without one it begins a conversation."""
    elements = list(block.elements)
    count = next((at for at, element in enumerate(elements) if not _is_condition(element)), len(elements))
    is_anywhere = elements[count : count + 1] == [_SNIPPET]
    rule: Plain = {"rule": block.name}
    if count:
        rule["condition"] = _steps(elements[:count], block, writing)
    steps = elements[count + 1 :] if is_anywhere else elements[count:]
    if not is_anywhere:
        rule["conversation_start"] = True
    if steps[-1:] == [_SNIPPET]:
        rule["wait_for_user_input"] = False
        steps = steps[:-1]
    return {**rule, "steps": _steps(steps, block, writing)}


_SNIPPET = StoryElement((Event("action", RULE_SNIPPET),))


def _is_condition(element: StoryElement) -> bool:
    return len(element.events) == 1 and element.events[0].type in _CONDITIONS


def _steps(elements: Iterable[StoryElement], block: StoryBlock, writing: Writing) -> list[Plain]:
    steps: list[Plain] = []
    for element in elements:
        step = _step(element, block, writing)
        if "slot_was_set" in step and steps and list(steps[-1]) == ["slot_was_set"] == list(step):
            steps[-1]["slot_was_set"].extend(step["slot_was_set"])
        else:
            steps.append(step)
    return steps


def _step(element: StoryElement, block: StoryBlock, writing: Writing) -> Plain:
    if element.checkpoint is not None:
        return _checkpoint(element.checkpoint)
    if len(element.events) == 1:
        return event_step(element.events[0], block, writing)
    return {"or": [event_step(event, block, writing) for event in element.events]}


def _checkpoint(checkpoint: Checkpoint) -> Plain:
    conditions = [_slot(name, value) for name, value in checkpoint.conditions]
    return {"checkpoint": checkpoint.name, **({"slot_was_set": conditions} if conditions else {})}


def event_step(event: Event, block: StoryBlock, writing: Writing) -> Plain:
    """One event as a step of a story."""
    if event.type == "user":
        return _user(event, block, writing)
    if event.type == "bot":
        return {"bot": event.text}
    if event.type == "slot":
        return {"slot_was_set": [_slot(event.name or "", event.value)]}
    if event.type == "loop":
        return {"active_loop": event.name}
    if event.type not in _ACTIONS or event.value is not None:
        writing.refuse(f"the event `{event.name}` in `{block.name}`", "stories in YAML have no word for it")
    return {"action": event.name}


def _slot(name: str, value: Any) -> Any:
    return name if value == FILLED else {name: value}


def _user(event: Event, block: StoryBlock, writing: Writing) -> Plain:
    # A retrieval intent is kept whole in `value` where a reader keeps it.
    intent = event.value if isinstance(event.value, str) else event.name
    step: Plain = {} if intent is None else {"intent": intent}
    if event.text:
        try:
            return {**step, "user": _said(event.text, [dict(entity) for entity in event.entities])}
        except ValueError as error:
            writing.refuse(f"the turn `{event.text}` in `{block.name}`", str(error))
            return {**step, "user": event.text}
    if (text := _outright(event)) is not None:
        return {**step, "user": text}
    entities = [_entity(dict(entity)) for entity in event.entities]
    return {**step, "entities": entities} if entities else step


def _outright(event: Event) -> str | None:
    """The text that gives the entities of a turn their places, such as `/inform{"city": "Rome"}`; None without one."""
    if event.name is None or not any(fact[0] in _PLACE for entity in event.entities for fact in entity):
        return None
    facts: dict[str, list[Any]] = {}
    for entity in map(dict, event.entities):
        facts.setdefault(str(entity.get("entity")), []).append(entity.get("value"))
    plain = {name: values[0] if len(values) == 1 else values for name, values in facts.items()}
    name = event.value if isinstance(event.value, str) else event.name
    for separators in ((", ", ": "), (",", ":")):
        text = f"/{name}{json.dumps(plain, ensure_ascii=False, separators=separators)}"
        if is_intent_text(text) and frozen_entities(read_intent_text(text)[1]) == event.entities:
            return text
    return None


def _entity(entity: Mapping[str, Any]) -> Any:
    kind = entity.get("entity")
    if entity.get("value") == "" and "role" not in entity and "group" not in entity:
        return kind
    named = {kind: entity.get("value")} if kind is not None else {}
    return {**named, **{name: entity[name] for name in ("role", "group") if name in entity}}


def _said(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """The text of a user with its entities annotated. Raises ValueError."""
    spans, begin = [], 0
    for entity in entities:
        start, end = (entity["start"], entity["end"]) if "start" in entity else _found(text, entity, begin)
        begin = start if "start" in entity else end
        surface = text[start:end]
        spans.append({"value": surface, **entity, "start": start, "end": end})
    return annotated(text, spans)


def _found(text: str, entity: Mapping[str, Any], begin: int) -> tuple[int, int]:
    """Where the value of an entity stands in a text, of which no place is known."""
    value = str(entity.get("value", ""))
    word = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text[begin:]) or re.search(re.escape(value), text[begin:])
    if not value or word is None:
        raise ValueError(f"it does not hold the value `{value}` of its entity `{entity.get('entity')}`")
    return begin + word.start(), begin + word.end()
