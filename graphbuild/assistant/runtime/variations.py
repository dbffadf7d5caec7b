"""Which variations of a response fit: the slots that they ask for, and the channel. As Rasa chooses among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Variation = Mapping[str, Any]


def fitting(variations: Sequence[Variation], slots: Mapping[str, Any], channel: str) -> list[Variation]:
    """The variations of the first of these kinds that has any.

    For this channel and with conditions that hold; for this channel; with conditions that hold; all others.
    """
    free = [one for one in variations if one.get("condition") is None]
    asking = [one for one in variations if one.get("condition") and holds(one["condition"], slots)]
    for found, wanted in ((asking, channel), (free, channel), (asking, None)):
        if chosen := [one for one in found if one.get("channel") == wanted]:
            return chosen
    return [one for one in free if one.get("channel") is None]


def holds(conditions: Sequence[Mapping[str, Any]], slots: Mapping[str, Any]) -> bool:
    """Whether all slots have the values that are asked for; texts may differ in case."""
    return all(_same(slots.get(str(one.get("name"))), one.get("value")) for one in conditions)


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return bool(value == wanted)


def identifier(variations: Sequence[Variation], slots: Mapping[str, Any], channel: str) -> str | None:
    """The `id` of the first that fits; None where it has none, or two that fit have the same."""
    ids = [one.get("id") for one in fitting(variations, slots, channel)]
    known = [one for one in ids if one]
    return ids[0] if ids and len(known) == len(set(known)) else None
