"""Domains of Rasa 1 and 2: how to tell one, and what its slots and forms mean in the words of Rasa 3.

As `rasa data migrate` does (RASA.md 3.4): mappings of forms move to the slots, with the form as their condition; a
slot that its entity filled by itself says so. Knows values and trees; reads no sections.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from graphbuild.assistant.data.parts import EntityEntry
from graphbuild.assistant.data.readers.form_yaml import has_mappings
from graphbuild.contract.location import Location
from graphbuild.contract.yaml_tree import Yaml

LEGACY_KEYS = ("templates", "action_factory")
"""Sections that only Rasa 1 had."""
NOTICE_HINT = "it is read as Rasa 3 means it; `graphbuild data migrate` writes it so"
_NEED_NO_QUESTION = ("from_entity", "from_trigger_intent")
"""Types of mappings that fill a slot of a form whatever the form has just asked for."""


def legacy_signs(document: Yaml) -> Iterator[tuple[str, Location]]:
    """What shows that a domain is one of Rasa 1 or 2, in words, and where."""
    for key in LEGACY_KEYS:
        if key in document:
            yield f"a section `{key}`", document.key_location(key)
    for intent in document.get("intents") or ():
        for name, options in intent.items():
            if "triggers" in options:
                yield f"intent `{name}` triggers an action", options.key_location("triggers")
    slots, forms = document.get("slots"), document.get("forms")
    for name, slot in slots.items() if slots else ():
        sign = _sign_of_slot(slot)
        if sign:
            yield f"slot `{name}` {sign}", slots.key_location(name) if slots else slot.location
    if forms is not None and forms.is_list and forms.value:
        yield "a list of forms", document.key_location("forms")
    for name, form in forms.items() if forms else ():
        if has_mappings(form):
            yield f"form `{name}` has the mappings of its slots", forms.key_location(name) if forms else form.location


def _sign_of_slot(slot: Yaml) -> str | None:
    if not slot.is_mapping:
        return None
    kind = slot.get("type")
    if kind is not None and kind.value == "unfeaturized":
        return "is of type `unfeaturized`"
    if "auto_fill" in slot:
        return "has `auto_fill`"
    return "has no mappings" if "mappings" not in slot else None


def modern_slots(
    slots: Mapping[str, Mapping[str, Any]],
    forms: Mapping[str, Mapping[str, Any]],
    entities: Mapping[str, EntityEntry],
) -> dict[str, dict[str, Any]]:
    """The slots as Rasa 3 would define them. `entities` are those that fill a slot of the same name by themselves."""
    found = {}
    for name, definition in slots.items():
        is_legacy = definition.get("mappings") is None
        mappings = [*(definition.get("mappings") or ()), *_mappings_of_forms(name, forms)]
        if name in entities and definition.get("auto_fill", is_legacy) is not False:
            mappings += [mapping for mapping in _by_itself(entities[name]) if mapping not in mappings]
        modern = {key: value for key, value in definition.items() if key != "auto_fill"}
        if modern.get("type") == "unfeaturized":
            modern["type"] = "any"
            modern.pop("influence_conversation", None)
        found[name] = {**modern, "mappings": mappings or ([{"type": "custom"}] if is_legacy else [])}
    return found


def modern_forms(forms: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The forms without the mappings of their slots."""
    return {name: {key: form[key] for key in form if key != "mappings"} for name, form in forms.items()}


def _by_itself(entity: EntityEntry) -> Iterator[dict[str, Any]]:
    """An entity filled the slot of its name whatever its role and group; a mapping of Rasa 3 names both."""
    for role, group in itertools.product((None, *entity.roles), (None, *entity.groups)):
        labels = {"role": role, "group": group}
        yield {
            "type": "from_entity",
            "entity": entity.name,
            **{key: label for key, label in labels.items() if label is not None},
        }


def _mappings_of_forms(slot: str, forms: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Equal mappings of several forms are one, with a condition for each."""
    found: list[tuple[dict[str, Any], list[Any]]] = []
    for form, definition in forms.items():
        for mapping in definition.get("mappings", {}).get(slot, ()):
            said = {key: value for key, value in mapping.items() if key != "conditions"}
            conditions = next((known for one, known in found if one == said), None)
            if conditions is None:
                conditions = list(mapping.get("conditions") or ())
                found.append((said, conditions))
            asks = {} if said.get("type") in _NEED_NO_QUESTION else {"requested_slot": slot}
            conditions.append({"active_loop": form, **asks})
    return [{**said, "conditions": conditions} for said, conditions in found]
