"""Reads the `forms:` section of a domain file of any generation of Rasa. Knows no other section (RASA.md 3.4, 3.5).

Rasa 3    {form: {required_slots: [slot, ...], ignored_intents: [intent, ...]}}
Rasa 2    {form: {slot: [mapping, ...]}}, or {form: {required_slots: {slot: [mapping, ...]}, ...}}
Rasa 1    [form, ...]: their slots are known to the action server only, which runs them as actions of their own
"""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.readers.parts_of import parts_of
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.readers.slot_yaml import check_mappings
from graphbuild.contract.location import Location
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml

_FORM_KEYS = ("required_slots", "ignored_intents")


def read_forms(section: Yaml | None, reading: Reading) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """Definitions by name, and the names of those that are actions of their own.

    A definition has `required_slots` and `ignored_intents`; one of Rasa 2 has `mappings` too, by slot.
    """
    found: list[tuple[str, dict[str, Any]]] = []
    own_actions: list[str] = []
    for name, form, where in _entries(section, reading):
        if form is None:
            own_actions.append(name)
        definition = _definition(name, form, reading)
        found.append((name, definition))
        reading.record("forms", f"form {name}", where.line, f"form `{name}`", definition)
        reading.record("space", f"form {name}", where.line, f"form `{name}`")
        reading.parts(f"form `{name}`", parts_of(form))
        if definition.get("mappings"):
            reading.record("slots", f"form {name}", where.line, f"form `{name}`", definition["mappings"])
    return found, own_actions


def has_mappings(form: Yaml) -> bool:
    """Whether a form is one of Rasa 2: slots with their mappings, below `required_slots` or in its place."""
    slots = form.get("required_slots")
    if slots is not None:
        return slots.is_mapping and bool(slots.value)
    others = {key: node for key, node in form.items() if key not in _FORM_KEYS}
    return bool(others) and all(
        _is_list_of_mappings(node) or (not node.value and did_you_mean(key, list(_FORM_KEYS)) is None)
        for key, node in others.items()
    )


def _is_list_of_mappings(node: Yaml) -> bool:
    return node.is_list and bool(node.value) and all(one.is_mapping for one in node)


def _entries(section: Yaml | None, reading: Reading) -> list[tuple[str, Yaml | None, Location]]:
    """Name, definition and place of each form; no definition where a list of Rasa 1 only names it."""
    if section is None or not section.is_list:
        entries = list(reading.entries(section, "`forms`"))
        return [(name, form, section.key_location(name) if section else form.location) for name, form in entries]
    found: dict[str, tuple[str, Yaml | None, Location]] = {}
    for item in section:
        pairs: list[tuple[str, Yaml | None]] = list(item.items())
        if not item.is_mapping:
            name = reading.text(item, "the name of a form")
            pairs = [(name, None)] if name else []
        for name, form in pairs:
            if name in found:
                hint = f"the first is on line {found[name][2].line}; remove one of them"
                reading.problem(f"form `{name}` is given twice", item, hint)
            found.setdefault(name, (name, form, item.location))
    return list(found.values())


def _definition(name: str, form: Yaml | None, reading: Reading) -> dict[str, Any]:
    definition: dict[str, Any] = {"required_slots": [], "ignored_intents": []}
    if form is None or form.value is None:
        return definition
    if not form.is_mapping:
        reading.problem(f"form `{name}` must be a mapping, not {form.kind}", form)
        return definition
    definition["ignored_intents"] = list(reading.names(form.get("ignored_intents"), "`ignored_intents`"))
    if not has_mappings(form):
        reading.known_keys(form, _FORM_KEYS, f"form `{name}`")
        slots = form.get("required_slots")
        names = () if slots is None or slots.value == {} else reading.names(slots, "`required_slots`")
        return {**definition, "required_slots": list(names)}
    slots = form.get("required_slots") or form
    mappings = {slot: node for slot, node in slots.items() if slots is not form or slot != "ignored_intents"}
    for slot, node in mappings.items():
        check_mappings(node, f"slot `{slot}` of form `{name}`", reading)
    asked = {slot: node.plain() or [] for slot, node in mappings.items()}
    return {**definition, "required_slots": list(mappings), "mappings": asked}
