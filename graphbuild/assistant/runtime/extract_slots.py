"""ExtractSlots: fills slots from the user's message, by their mappings (`action_extract_slots`)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.runtime.actions import ActionRejected, Turn
from graphbuild.assistant.runtime.domain import DEFAULT_SLOTS
from graphbuild.assistant.runtime.events import BotUttered, Event, SlotSet
from graphbuild.assistant.runtime.mappings import counts_now, values_of
from graphbuild.errors import GraphbuildError

EXTRACT_SLOTS = "action_extract_slots"
VALIDATE_MAPPINGS = "action_validate_slot_mappings"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExtractSlots:
    """Looks at the mappings of all slots, in order; the first of a slot that finds something fills it."""

    name: str = EXTRACT_SLOTS

    async def run(self, turn: Turn) -> list[Event]:
        events: list[Event] = []
        asked: set[str] = set()  # actions of the user's own run once, however many mappings name them
        for slot, definition in turn.domain.slots.items():
            for mapping in definition.mappings if slot not in DEFAULT_SLOTS else ():
                if not counts_now(slot, mapping, turn.tracker, turn.domain):
                    continue
                if values := values_of(mapping, turn.tracker):
                    value = values if definition.type == "list" else values[-1]
                    if value is not None or turn.tracker.get_slot(slot) is not None:
                        events.append(SlotSet(slot, value))
                        break
                action = mapping.get("action")
                if mapping["type"] == "custom" and action and action not in asked:
                    asked.add(action)
                    events += await _ask(action, turn)
        return await _validated(turn, events)


async def _validated(turn: Turn, events: Sequence[Event]) -> list[Event]:
    """What the user's own check makes of the values; what it says nothing of stays."""
    if VALIDATE_MAPPINGS not in turn.domain.custom_actions:
        return list(events)
    sets = [event for event in events if isinstance(event, SlotSet)]
    checked = await _ask(VALIDATE_MAPPINGS, turn.after(sets))
    names = {event.name for event in checked if isinstance(event, SlotSet)}
    return [*checked, *(event for event in events if not (isinstance(event, SlotSet) and event.name in names))]


async def _ask(action: str, turn: Turn) -> list[Event]:
    """Slots and utterances of an action of the user's own; nothing else may happen while slots are filled."""
    try:
        events = await turn.book.custom(action).run(turn)
    except (ActionRejected, GraphbuildError) as error:
        _LOG.warning("slots are not filled by action %s: %s", action, error)
        return []
    kept: list[Event] = [event for event in events if isinstance(event, SlotSet | BotUttered)]
    for event in events:
        if event not in kept:
            _LOG.warning("event %s of action %s is passed over: it only fills slots", event.type_name, action)
    return kept
