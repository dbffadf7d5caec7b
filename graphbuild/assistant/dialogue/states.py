"""States: what a policy sees of a conversation before an action. RASA.md 4.2, features of slots 3.5 and 9.3."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphbuild.assistant.data.space import DomainSpace, SlotSpace
from graphbuild.assistant.data.stories import FILLED, Event, filled_value

LISTEN = "action_listen"
NOT_SET = "should_not_be_set"
"""What a rule says of a slot or loop that must be empty."""
OTHER = "__other__"
RESET_SLOTS = "reset_slots"
"""The event after which every slot has its initial value again."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is known at one moment of a conversation."""

    intent: str | None = None
    text: str | None = None
    entities: tuple[str, ...] = ()
    previous: str | None = None
    previous_is_text: bool = False
    """Whether the last action was to say something word for word (end to end), rather than an action of the domain."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    slots_text: str = "{}"
    """The values of the slots as text, in which 1 and true differ."""
    loop: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for conversations that go on equally."""
        return (
            *(self.intent, self.text, self.entities),
            *(self.previous, self.previous_is_text, self.slots_text, self.loop),
        )

    # Written out, because `dataclasses.replace` takes half of the time of telling many stories.

    def with_slots(self, changes: Mapping[str, Any]) -> Conversation:
        """The same with other values of some slots."""
        slots = {**self.slots, **changes}
        text = json.dumps(slots, sort_keys=True, default=str)
        return Conversation(
            self.intent, self.text, self.entities, self.previous, self.previous_is_text, slots, text, self.loop
        )

    def with_user(self, intent: str | None, text: str | None, entities: tuple[str, ...]) -> Conversation:
        """The same after another turn of the user."""
        return Conversation(
            *(intent, text, entities, self.previous, self.previous_is_text, self.slots, self.slots_text, self.loop)
        )

    def with_action(self, name: str, *, is_text: bool) -> Conversation:
        """The same after another action."""
        return Conversation(
            self.intent, self.text, self.entities, name, is_text, self.slots, self.slots_text, self.loop
        )


_BESIDE_SLOTS = ("intent", "text", "entities", "previous", "previous_is_text", "loop")


class StateMaker:
    """Follows events and writes states down, for one domain.

    `asked` are slots that conditions ask for: their values are followed even if they do not influence states.
    `filling` are the slots that user turns are seen to fill; those that influence states when nobody asks for more.
    """

    def __init__(
        self, domain: DomainSpace, asked: Collection[str] = (), filling: Collection[SlotSpace] | None = None
    ) -> None:
        self._slots = {slot.name: slot for slot in domain.slots}
        self._filling = domain.slots if filling is None else tuple(filling)
        self.loops = frozenset(domain.forms)
        """Actions that are loops."""
        self._followed = self._slots.keys() | set(asked)
        self._used = {intent.name: frozenset(intent.used_entities) for intent in domain.intents}
        self._written: dict[tuple[Any, ...], str] = {}

    def begin(self) -> Conversation:
        """Before anything happened."""
        initial = {slot.name: slot.initial_value for slot in self._slots.values() if slot.initial_value is not None}
        return Conversation().with_slots(initial)

    def meant(self, event: Event, *, is_rule: bool) -> Event:
        """An event with the value that a slot gets; a rule says of what is empty that it must be."""
        if event.type == "slot":
            known = self._slots.get(event.name or "")
            value = filled_value(known.type) if known is not None and event.value == FILLED else event.value
            value = NOT_SET if is_rule and value is None else value
            return event if value is event.value else replace(event, value=value)
        if event.type == "loop" and is_rule and event.name is None:
            return replace(event, name=NOT_SET)
        return event

    def filled_by(self, event: Event) -> Iterator[Event]:
        """The slots that a user turn fills."""
        entities = [dict(entity) for entity in event.entities]
        for slot in self._filling if entities else ():
            values = [entity.get("value") for fill in slot.fills_from for entity in entities if _fills(fill, entity)]
            if values:
                yield Event("slot", slot.name, values if slot.type == "list" else values[-1])

    def after(self, now: Conversation, event: Event, *, is_rule: bool) -> Conversation:
        """The conversation after an event that is no action."""
        event = self.meant(event, is_rule=is_rule)
        if event.type == "user":
            return self._after_user(now, event)
        if event.type == "slot" and event.name in self._followed:
            return now.with_slots({event.name: event.value})
        if event.type == "loop":
            return replace(now, loop=event.name)
        if event.type == "event" and event.name == RESET_SLOTS:
            return replace(self.begin(), **{name: getattr(now, name) for name in _BESIDE_SLOTS})
        return now

    def state(self, now: Conversation) -> str:
        """Canonical JSON of what a policy sees."""
        key = now.key
        if key not in self._written:
            self._written[key] = self._write(now)
        return self._written[key]

    def _write(self, now: Conversation) -> str:
        parts: dict[str, Any] = {}
        user: dict[str, Any] = {}
        if now.intent is not None:
            user["intent"] = now.intent
        elif now.text is not None:
            user["text"] = now.text
        if now.entities:
            user["entities"] = list(now.entities)
        if user:
            parts["user"] = user
        if now.previous is not None:
            parts["prev_action"] = {"action_text" if now.previous_is_text else "action_name": now.previous}
        known = self._slots
        slots = {name: self._features(known[name], value) for name, value in now.slots.items() if name in known}
        slots = {name: features for name, features in slots.items() if features}
        if slots:
            parts["slots"] = slots
        if now.loop is not None:
            parts["active_loop"] = {"name": now.loop}
        return json.dumps(parts, sort_keys=True, ensure_ascii=False)

    def _after_user(self, now: Conversation, event: Event) -> Conversation:
        used = self._used.get(event.name or "")
        labels = {label for entity in event.entities for label in _labels(dict(entity))}
        kept = tuple(sorted(labels if used is None else labels & used))
        filled = {str(one.name): one.value for one in self.filled_by(event) if one.name in self._followed}
        now = now.with_slots(filled) if filled else now
        return now.with_user(event.name, event.text, kept)

    @staticmethod
    def _features(slot: SlotSpace, value: Any) -> list[float] | str | None:
        """None where the slot says nothing."""
        if value is None:
            return None
        if value == NOT_SET:
            return NOT_SET
        features = slot_features(slot, value)
        return features if any(features) else None


def slot_features(slot: SlotSpace, value: Any) -> list[float]:
    """A slot's value as numbers."""
    if slot.type == "bool":
        as_bool = _as_bool(value)
        return [0.0, 0.0] if as_bool is None else [1.0, float(as_bool)]
    if slot.type == "float":
        try:
            number = float(value)
        except (TypeError, ValueError):
            return [0.0, 0.0]
        width = slot.max_value - slot.min_value
        return [1.0, (min(max(number, slot.min_value), slot.max_value) - slot.min_value) / width if width else 0.0]
    if slot.type == "categorical":
        names = [*slot.values, OTHER]
        if value is None:
            return [0.0] * len(names)
        text = str(value).lower()
        chosen = names.index(text) if text in names else len(names) - 1
        return [float(position == chosen) for position in range(len(names))]
    if slot.type == "list":
        return [1.0 if value else 0.0]
    return [0.0 if value is None else 1.0]


def _labels(entity: Mapping[str, Any]) -> list[str]:
    name = str(entity["entity"])
    return [name, *(f"{name}#{entity[part]}" for part in ("role", "group") if entity.get(part) is not None)]


def _fills(fill: tuple[Any, ...], entity: Mapping[str, Any]) -> bool:
    # As in Rasa, stories do not look at the intents that a mapping names: only the running assistant does.
    return (entity["entity"], entity.get("role"), entity.get("group")) == fill[:3]


def _as_bool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isnumeric():
        value = float(value)
    if isinstance(value, int | float):
        return value == 1
    words = {"true": True, "false": False}
    return words.get(value.strip().lower()) if isinstance(value, str) else None


def with_text(state: str, text: str) -> str:
    """A state in which the user is known by the text alone, and not by what was meant."""
    return json.dumps({**json.loads(state), "user": {"text": text}}, sort_keys=True, ensure_ascii=False)
