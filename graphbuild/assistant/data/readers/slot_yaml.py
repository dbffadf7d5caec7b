"""Reads the `slots:` section of a domain file, and mappings of slots wherever they stand. Knows no other section."""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.readers.parts_of import parts_of
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml

SLOT_TYPES = ("text", "bool", "float", "categorical", "list", "any", "unfeaturized")
_SLOT_KEYS = (
    *("type", "mappings", "initial_value", "influence_conversation", "values", "min_value", "max_value"),
    "value_reset_delay",
)
_LEGACY_SLOT_KEYS = ("auto_fill",)
_MAPPINGS = {
    "from_entity": "entity",
    "from_intent": "value",
    "from_trigger_intent": "value",
    "from_text": None,
    "custom": None,
}
"""The types, and what each of them must have."""


def read_slots(section: Yaml | None, reading: Reading) -> list[tuple[str, dict[str, Any]]]:
    """Definitions by name, as written."""
    found = []
    for name, slot in reading.entries(section, "`slots`"):
        if not slot.is_mapping:
            reading.problem(f"slot `{name}` must be a mapping, not {slot.kind}", slot, "give its `type`")
            continue
        _check_type(name, slot, reading)
        check_mappings(slot.get("mappings"), f"slot `{name}`", reading)
        found.append((name, slot.plain()))
        where = section.key_location(name) if section else slot.location
        for port in ("space", "slots"):
            reading.record(port, f"slot {name}", where.line, f"slot `{name}`", slot.plain())
        reading.parts(f"slot `{name}`", parts_of(slot))
    return found


def _check_type(name: str, slot: Yaml, reading: Reading) -> None:
    if "type" not in slot:
        reading.problem(f"slot `{name}` has no type", slot, "such as `type: text`")
        return
    kind = reading.text(slot["type"], f"the type of slot `{name}`")
    if kind is not None and "." in kind:
        return  # a class of the user's own: only the class knows what else it takes
    reading.known_keys(slot, (*_SLOT_KEYS, *_LEGACY_SLOT_KEYS), f"slot `{name}`")
    if kind is not None and kind not in SLOT_TYPES:
        hint = did_you_mean(kind, list(SLOT_TYPES))
        reading.problem(f"slot `{name}` has the unknown type `{kind}`", slot["type"], hint)
    influences = reading.flag(slot.get("influence_conversation"), "`influence_conversation`", default=False)
    if kind == "any" and influences:
        what = f"slot `{name}` of type `any` cannot influence the conversation"
        reading.problem(what, slot["influence_conversation"], "give it another type")
    if kind == "categorical" and not slot.get("values"):
        reading.warn(f"categorical slot `{name}` has no values", slot)
    if "values" in slot:
        list(reading.elements(slot["values"], f"`values` of slot `{name}`"))
    _check_range(name, slot, reading)


def _check_range(name: str, slot: Yaml, reading: Reading) -> None:
    for bound in ("min_value", "max_value"):
        if bound in slot and type(slot[bound].value) not in (int, float):
            what = f"`{bound}` of slot `{name}` must be a number, not {slot[bound].kind}"
            reading.problem(what, slot[bound])
            return
    bounds = [slot[bound].value if bound in slot else default for bound, default in _RANGE.items()]
    if slot["type"].value == "float" and bounds[0] >= bounds[1]:
        what = f"slot `{name}` has an empty range: {bounds[0]} to {bounds[1]}"
        reading.problem(what, slot, "`min_value` must be less than `max_value`; they are 0.0 and 1.0 unless given")


_RANGE = {"min_value": 0.0, "max_value": 1.0}


def check_mappings(node: Yaml | None, owner: str, reading: Reading) -> None:
    """Tells what is wrong about a list of mappings."""
    for mapping in reading.elements(node, f"`mappings` of {owner}"):
        if not mapping.is_mapping:
            reading.problem(f"a mapping of {owner} must be a mapping, not {mapping.kind}", mapping, _MAPPING)
            continue
        for condition in reading.elements(mapping.get("conditions"), "`conditions`"):
            if not condition.is_mapping:
                what = f"a condition of a mapping of {owner} must be a mapping, not {condition.kind}"
                reading.problem(what, condition, "such as `- active_loop: FORM`")
        for key in ("entity", "role", "group"):
            word = mapping.get(key)
            if word is not None and word.value is not None:
                reading.text(word, f"`{key}` of a mapping of {owner}")
        for key in ("intent", "not_intent"):
            reading.names(mapping.get(key), f"`{key}` of a mapping of {owner}")
        _check_kind(mapping, owner, reading)


def _check_kind(mapping: Yaml, owner: str, reading: Reading) -> None:
    kind = mapping.get("type")
    if kind is None:
        reading.problem(f"a mapping of {owner} has no type", mapping, _MAPPING)
    elif not isinstance(kind.value, str) or kind.value not in _MAPPINGS:
        hint = did_you_mean(str(kind.value), list(_MAPPINGS))
        reading.problem(f"{owner} has a mapping of the unknown type `{kind.value}`", kind, hint)
    elif kind.value == "from_entity" and mapping.plain().get("entity") is None:
        reading.problem(f"a mapping of {owner} from an entity names none", mapping)
    elif (needed := _MAPPINGS[kind.value]) is not None and needed not in mapping:
        reading.problem(f"a mapping of {owner} of type `{kind.value}` has no `{needed}`", mapping)


_MAPPING = "such as `- {type: from_entity, entity: NAME}`"
