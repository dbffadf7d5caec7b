"""The domain and stories of RASA.md 9.3, as values."""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.space import DomainSpace, IntentSpace, SlotSpace
from graphbuild.assistant.data.stories import START, Checkpoint, Event, StoryGraph, StoryStep

CITY = (("city", None, None, (), ()),)
DOMAIN = DomainSpace(
    intents=(
        IntentSpace("bye", ("city", "name")),
        IntentSpace("greet", ("city", "name")),
        IntentSpace("inform", ("city", "city#from", "city#to")),
    ),
    entities=("city", "name", "city#from", "city#to"),
    slots=(
        SlotSpace("city", "text", fills_from=()),
        SlotSpace("vip", "bool"),
        SlotSpace("n", "float", min_value=0.0, max_value=10.0),
        SlotSpace("kind", "categorical", values=("a", "b")),
        SlotSpace("tags", "list"),
    ),
    actions=("action_listen", "action_x", "utter_hi", "utter_bye", "f"),
    forms=("f",),
)


def user(intent: str, *entities: dict[str, Any]) -> Event:
    return Event("user", intent, entities=tuple(tuple(sorted(entity.items())) for entity in entities))


def action(name: str) -> Event:
    return Event("action", name)


def slot(name: str, value: Any) -> Event:
    return Event("slot", name, value)


def step(*events: Event, start: str = START, end: str | None = None, is_rule: bool = False) -> StoryStep:
    ends = () if end is None else (Checkpoint(end),)
    return StoryStep((Checkpoint(start),), ends, events, is_rule)


def graph(*steps: StoryStep) -> StoryGraph:
    return StoryGraph(steps)


GOLDEN = step(
    user("greet"),
    action("utter_hi"),
    user("inform", {"entity": "city", "role": "to", "value": "Rome"}, {"entity": "name", "value": "Ann"}),
    slot("city", "Rome"),
    action("action_x"),
)
