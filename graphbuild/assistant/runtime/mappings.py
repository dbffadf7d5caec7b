"""Mappings of slots: whether one is to be looked at now, and the values that it finds in the user's message.

A pure function of the tracker and the domain. RASA.md 3.5; the order of the checks is Rasa's.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from graphbuild.assistant.data.domain import REQUESTED_SLOT
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.tracker import Tracker

_LOG = logging.getLogger(__name__)
SlotMapping = Mapping[str, Any]


def counts_now(slot: str, mapping: SlotMapping, tracker: Tracker, domain: RunningDomain) -> bool:
    """Whether intent, conditions and the active form let a mapping fill a slot now."""
    return (
        _is_known(slot, mapping, domain)
        and _fits_intent(mapping, tracker, domain)
        and (mapping["type"] == "from_trigger_intent" or _fits_conditions(slot, mapping, tracker))
        and not _is_ambiguous(slot, mapping, tracker, domain)
    )


def values_of(mapping: SlotMapping, tracker: Tracker) -> list[Any]:
    """What a mapping finds in the latest message; nothing where it is the user's own (`custom`)."""
    kind = mapping["type"]
    if kind == "from_entity":
        return tracker.latest_entity_values(mapping.get("entity"), mapping.get("role"), mapping.get("group"))
    if kind == "from_intent" or (kind == "from_trigger_intent" and _is_triggered(mapping, tracker)):
        return [mapping.get("value")]
    if kind == "from_text":
        return [tracker.latest_message.text if tracker.latest_message else None]
    return []


def _is_known(slot: str, mapping: SlotMapping, domain: RunningDomain) -> bool:
    entity = mapping.get("entity")
    if mapping["type"] == "from_entity" and entity not in domain.entities:
        what = "slot %s is filled from the entity %s, which the domain does not have"
        domain.once.warn(_LOG, what, slot, entity)
        return False
    unknown = [name for name in _names(mapping.get("intent")) if name and name not in domain.intents]
    if mapping["type"] == "from_intent" and unknown:
        what = "slot %s is filled from the intent %s, which the domain does not have"
        domain.once.warn(_LOG, what, slot, unknown[0])
        return False
    return True


def _fits_intent(mapping: SlotMapping, tracker: Tracker, domain: RunningDomain) -> bool:
    wanted, unwanted = _names(mapping.get("intent")), _names(mapping.get("not_intent"))
    loop = tracker.active_loop_name
    if loop is not None and _is_of_loop(mapping, loop) and loop in domain.forms:
        unwanted += domain.forms[loop].ignored_intents
    intent = tracker.latest_message.intent_name if tracker.latest_message else None
    return intent in wanted if wanted else intent not in unwanted


def _is_of_loop(mapping: SlotMapping, loop: str) -> bool:
    conditions = mapping.get("conditions") or ()
    return not conditions or any(one.get("active_loop") == loop for one in conditions)


def _fits_conditions(slot: str, mapping: SlotMapping, tracker: Tracker) -> bool:
    conditions = mapping.get("conditions") or ()
    if not conditions:
        return True
    now, requested = tracker.now.loop, tracker.get_slot(REQUESTED_SLOT)
    if now is not None and now.is_rejected and requested == slot:
        return False
    for condition in conditions:
        loop, asked = condition.get("active_loop"), condition.get(REQUESTED_SLOT)
        if loop and loop == tracker.active_loop_name and (not asked or asked == requested):
            return True
        if loop is None and now is None:
            return True
    return False


def _is_triggered(mapping: SlotMapping, tracker: Tracker) -> bool:
    loop = tracker.active_loop_name
    return loop is not None and _is_of_loop(mapping, loop)


def _is_ambiguous(slot: str, mapping: SlotMapping, tracker: Tracker, domain: RunningDomain) -> bool:
    """Whether an entity could fill several slots of the active form, and this one is not what it asked for."""
    form = domain.forms.get(tracker.active_loop_name or "")
    if mapping["type"] != "from_entity" or form is None or slot not in form.required_slots:
        return False
    if tracker.get_slot(REQUESTED_SLOT) == slot:
        return False
    known = (domain.slots[name].mappings for name in form.required_slots if name in domain.slots)
    written = Counter(_written(one) for mappings in known for one in mappings if one.get("type") == "from_entity")
    return written[_written(mapping)] != 1


def _written(mapping: SlotMapping) -> str:
    return json.dumps(mapping, sort_keys=True)


def _names(value: Any) -> tuple[str, ...]:
    return () if value is None else tuple(value) if isinstance(value, list | tuple) else (value,)
