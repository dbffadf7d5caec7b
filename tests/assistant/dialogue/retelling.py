"""A second way from events to states, for tests: slow, plain, and knowing nothing of the package's own.

RASA.md 4.2 in forty lines: `retell(events)` follows the events of one dialogue as corpora/oracle writes them, and
gives the (state, action) pairs that a policy learns from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.space import DomainSpace, SlotSpace
from graphbuild.contract.artifact import decode_json

Turn = tuple[dict[str, Any], str]


def told(dialogues: Dialogues) -> list[tuple[bool, list[Turn]]]:
    """The dialogues as (is it a rule, turns)."""
    states = [decode_json(state.encode()) for state in dialogues.states]
    steps = [(states[s], dialogues.actions[a]) for s, a in zip(dialogues.state_ids, dialogues.labels, strict=True)]
    return [
        (bool(is_rule), steps[first:last])
        for is_rule, first, last in zip(dialogues.is_rule, dialogues.splits[:-1], dialogues.splits[1:], strict=True)
    ]


def retell(events: list[dict[str, Any]], domain: DomainSpace, *, rule: bool) -> list[Turn]:
    """What is seen before each action. The first action, where no user comes before it, is no turn."""
    slots = {slot.name: slot.initial_value for slot in domain.slots}
    state: dict[str, Any] = {}
    turns: list[Turn] = []
    acted = False
    for event in events:
        if "action" in event or "bot" in event:
            name = event.get("action", event.get("bot"))
            if acted or name == "action_listen":
                seen = {slot.name: _feature(slot, slots[slot.name]) for slot in domain.slots}
                seen = {key: value for key, value in seen.items() if value == "should_not_be_set" or any(value)}
                turns.append((state | ({"slots": seen} if seen else {}), name))
            acted = True
            state = state | {"prev_action": {"action_name" if "action" in event else "action_text": name}}
        elif "user" in event:
            state = {key: value for key, value in state.items() if key != "user"}
            state |= {"user": dict(_user(event, domain))}
        elif "slot" in event and event["slot"] in slots:
            is_unset = rule and event["value"] is None
            slots[event["slot"]] = "should_not_be_set" if is_unset else event["value"]
        elif "loop" in event:
            name = event["loop"] or ("should_not_be_set" if rule else None)
            state = {key: value for key, value in state.items() if key != "active_loop"}
            state |= {"active_loop": {"name": name}} if name else {}
    return turns


def _user(event: dict[str, Any], domain: DomainSpace) -> Iterator[tuple[str, Any]]:
    if event["user"] is not None:
        yield "intent", event["user"]
    if event.get("text") is not None and event["user"] is None:
        yield "text", event["text"]
    used = next((set(intent.used_entities) for intent in domain.intents if intent.name == event["user"]), None)
    labels = set()
    for entity in event.get("entities", ()):
        labels |= {entity["entity"]}
        labels |= {f"{entity['entity']}#{entity[part]}" for part in ("role", "group") if part in entity}
    if kept := sorted(labels if used is None else labels & used):
        yield "entities", kept


def _feature(slot: SlotSpace, value: Any) -> Any:
    if value == "should_not_be_set":
        return value
    if slot.type == "bool":
        return [0.0, 0.0] if value is None else [1.0, float(value)]
    if slot.type == "float":
        if value is None:
            return [0.0, 0.0]
        return [
            1.0,
            (min(max(value, slot.min_value), slot.max_value) - slot.min_value) / (slot.max_value - slot.min_value),
        ]
    if slot.type == "categorical":
        if value is None:
            return [0.0] * (len(slot.values) + 1)
        name = str(value).lower()
        return [float(one == (name if name in slot.values else None)) for one in (*slot.values, None)]
    return [float(bool(value) if slot.type == "list" else value is not None)]
