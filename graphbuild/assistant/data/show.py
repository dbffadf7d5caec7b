"""What the readers made of a project, as plain values that people and other programs can compare.

The keys and values are those of Rasa's own readers, in the order of the files (corpora/oracle/README.md describes
them); the merged artifacts are canonical instead. A pure function of the parts. Dialogues are shown elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from graphbuild.assistant.data.domain import ACTIONS_OF_RASA_3, DEFAULT_ACTIONS, RESPONSE_PREFIX, Slots
from graphbuild.assistant.data.domain_merge import MergedDomain, entity_labels, merge_domain, slots_of, space_of
from graphbuild.assistant.data.parts import DomainPart, Example, NLUPart, ResponsesPart, StoryPart
from graphbuild.assistant.data.stories import FILLED, Event, StoryStep, filled_value
from graphbuild.assistant.data.story_steps import steps_of

Plain = dict[str, Any]


def show(
    domain: Sequence[DomainPart],
    nlu: Sequence[NLUPart],
    stories: Sequence[StoryPart],
    responses: Sequence[ResponsesPart],
    *,
    is_legacy: bool = False,
) -> Plain:
    """All but the dialogues. Parts come in the order of their files. Raises DataError as merging does.

    A project of Rasa 1 or 2 (`is_legacy`) is shown as Rasa 2.8 shows it: without the actions that came later, and
    with entities in the order of the files.
    """
    merged = merge_domain(domain, responses)
    slots = slots_of(merged)
    return {
        "nlu": _nlu(nlu, stories),
        "synonyms": dict(sorted({s.surface: s.value for part in nlu for s in part.synonyms}.items())),
        "regexes": sorted([name, pattern] for part in nlu for name, pattern in part.regexes),
        "lookups": _lookups(nlu),
        "domain": _domain(merged, domain, slots, is_legacy=is_legacy),
        "steps": [
            _step(block.name, step, slots) for part in stories for block in part.blocks for step in steps_of(block)
        ],
    }


def _lookups(nlu: Sequence[NLUPart]) -> list[list[Any]]:
    rows = [[one.name, one.file or list(one.elements)] for part in nlu for one in part.lookups]
    return sorted(rows, key=lambda row: (row[0], str(row[1])))


def _nlu(nlu: Sequence[NLUPart], stories: Sequence[StoryPart]) -> list[Plain]:
    rows = [_example(example) for part in nlu for example in part.examples]
    # Texts of users that stories hold word for word are examples without an intent.
    events = (event for part in stories for block in part.blocks for one in block.elements for event in one.events)
    texts = {event.text: event for event in events if event.type == "user" and event.text and not event.name}
    rows += [{"text": text, "intent": None, "entities": _entities(texts[text])} for text in sorted(texts)]
    unique: list[Plain] = []
    seen = set()
    for row in rows:
        if (key := repr(row)) not in seen:
            seen.add(key)
            unique.append(row)
    return unique


def _example(example: Example) -> Plain:
    row: Plain = {"text": example.text, "intent": example.intent, "entities": list(example.entities)}
    if example.response_key:
        row["response_key"] = example.response_key
    return row


def _domain(merged: MergedDomain, parts: Sequence[DomainPart], slots: Slots, *, is_legacy: bool) -> Plain:
    space = space_of(merged)
    actions = _action_labels(merged, parts, is_legacy=is_legacy)
    types = {name: str(definition.get("type", "text")) for part in parts for name, definition in part.slots}
    forms = list(dict.fromkeys(name for part in parts for name, _ in part.forms))
    order = dict.fromkeys([*(name for part in parts for name, _ in part.slots), *slots.slots])
    slot_states = [f"{name}_{i}" for name in order for i in range(slots.slots[name].feature_count)]
    return {
        "intents": [intent.name for intent in space.intents],
        "entities": sorted(merged.entities),
        "forms": sorted(forms),
        "responses": sorted(merged.responses),
        "slots": {
            name: {
                "type": types.get(name, slot.type),
                "influence_conversation": slot.influences,
                "initial_value": slot.initial_value,
                "feature_dimensionality": slot.feature_count,
            }
            for name, slot in slots.slots.items()
        },
        "actions": actions,
        "input_states": [
            *(intent.name for intent in space.intents),
            *(_labels_as_written(parts) if is_legacy else entity_labels(merged.entities.values())),
            *slot_states,
            *actions,
            *forms,
        ],
    }


def _labels_as_written(parts: Sequence[DomainPart]) -> list[str]:
    entries = [entry for part in parts for entry in part.entities]
    roles = [f"{entry.name}#{role}" for entry in entries for role in entry.roles]
    groups = [f"{entry.name}#{group}" for entry in entries for group in entry.groups]
    return list(dict.fromkeys([*(entry.name for entry in entries), *roles, *groups]))


def _action_labels(merged: MergedDomain, parts: Sequence[DomainPart], *, is_legacy: bool) -> list[str]:
    defaults = [name for name in DEFAULT_ACTIONS if not (is_legacy and name in ACTIONS_OF_RASA_3)]
    custom = [name for part in parts for name, _ in part.actions]
    retrieval = [RESPONSE_PREFIX + intent for intent in merged.retrieval_intents]
    forms = [name for part in parts for name, _ in part.forms]
    texts = [text for part in parts for text in part.e2e_actions]
    custom = [*custom, *retrieval]
    if is_legacy and retrieval:
        custom.sort()  # as merging left them in Rasa 2, which merged only where there was something to add
    ordered = [*defaults, *custom, *sorted(merged.responses), *forms, *texts]
    return list(dict.fromkeys(ordered))


def _step(block: str, step: StoryStep, slots: Slots) -> Plain:
    return {
        "block": block,
        "rule": step.is_rule,
        "start": [checkpoint.name for checkpoint in step.start],
        "end": [checkpoint.name for checkpoint in step.end],
        "events": [_event(event, slots) for event in step.events],
    }


def plain_event(event: Event) -> Plain:
    """An event as it is shown."""
    if event.type == "user":
        row: Plain = {"user": event.name}
        if event.text:
            row["text"] = event.text
        if event.entities:
            row["entities"] = _entities(event)
        return row
    if event.type == "slot":
        return {"slot": event.name, "value": event.value}
    if event.type == "bot":
        return {"bot": event.text}
    return {event.type: event.name}


def _event(event: Event, slots: Slots) -> Plain:
    if event.type == "slot" and event.value == FILLED and event.name in slots.slots:
        event = replace(event, value=filled_value(slots.slots[event.name].type))
    return plain_event(event)


def _entities(event: Event) -> list[Plain]:
    return [dict(entity) for entity in event.entities]
