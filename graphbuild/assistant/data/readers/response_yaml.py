"""Reads the `responses:` section of a YAML file: names and their variations. Knows no other section.

Rasa 1 took a plain text for a variation; its domains may (RASA.md 3.4).
"""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.readers.parts_of import parts_of
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.location import Location
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml

_VARIATION_KEYS = (
    *("text", "custom", "image", "buttons", "button_type", "quick_replies", "attachment"),
    *("elements", "channel", "metadata", "condition", "id"),
)
_CONDITION_KEYS = ("type", "name", "value")
_CONDITION = "write `- {type: slot, name: SLOT, value: VALUE}`"

Variations = tuple[dict[str, Any], ...]


def read_responses(
    section: Yaml | None, reading: Reading, *, takes_plain_texts: bool = False
) -> tuple[tuple[str, Variations], ...]:
    """The `responses:` section of a domain or of a file of training data."""
    reader = _Reader(reading, takes_plain_texts=takes_plain_texts)
    responses = []
    for name, variations in reading.entries(section, "`responses`"):
        found = tuple(reader.variations(name, variations))
        responses.append((name, found))
        line = section.key_location(name).line if section else 0
        reading.record("responses", f"response {name}", line, f"response `{name}`", found)
        reading.record("space", f"response {name}", line, f"response `{name}`")
        reading.parts(f"response `{name}`", parts_of(variations))
    return tuple(responses)


class _Reader:
    def __init__(self, reading: Reading, *, takes_plain_texts: bool) -> None:
        self._reading = reading
        self._takes_plain_texts = takes_plain_texts
        self._ids: dict[str, Location] = {}

    def variations(self, name: str, variations: Yaml) -> list[dict[str, Any]]:
        """Those of one response."""
        found: list[dict[str, Any]] = []
        for one in self._reading.elements(variations, f"response `{name}`"):
            if self._takes_plain_texts and isinstance(one.value, str):
                found.append({"text": one.value})
            elif self._is_variation(one, name):
                self._check_condition(one, name)
                self._check_id(one)
                found.append(one.plain())
        if not variations.value:
            self._reading.warn(f"response `{name}` says nothing", variations, "write `- text: ...` below it")
        return found

    def _is_variation(self, one: Yaml, name: str) -> bool:
        if not one.is_mapping:
            what = f"a variation of `{name}` must be a mapping, not {one.kind}"
            self._reading.problem(what, one, "write `- text: ...`")
            return False
        unknown = [key for key in one.value if key not in _VARIATION_KEYS]
        if "text" not in one and "custom" not in one:
            close = next((did_you_mean(key, ["text", "custom"]) for key in unknown), None)
            self._reading.problem(f"a variation of `{name}` has neither `text` nor `custom`", one, close)
            return False
        if "text" in one and not isinstance(one["text"].value, str):
            what = f"the text of `{name}` must be a text, not {one['text'].kind}"
            self._reading.problem(what, one["text"], "put it in quotes")
            return False
        for key in unknown:
            if (hint := did_you_mean(key, list(_VARIATION_KEYS))) and hint.startswith("did"):
                self._reading.warn(f"a variation of `{name}` has the unknown key `{key}`", one.key_location(key), hint)
        return True

    def _check_condition(self, one: Yaml, name: str) -> None:
        for condition in self._reading.elements(one.get("condition"), f"`condition` of `{name}`"):
            if not condition.is_mapping:
                what = f"a condition of `{name}` must be a mapping, not {condition.kind}"
                self._reading.problem(what, condition, _CONDITION)
                continue
            for key in ("type", "name"):
                if key not in condition:
                    self._reading.problem(f"a condition of `{name}` has no `{key}`", condition, _CONDITION)
                else:
                    self._reading.text(condition[key], f"`{key}` of a condition of `{name}`")
            self._reading.known_keys(condition, _CONDITION_KEYS, f"a condition of `{name}`")
            if "type" in condition and condition["type"].value != "slot":
                what = f"a condition of `{name}` is of the unknown type `{condition['type'].value}`"
                self._reading.warn(what, condition["type"], "the only type is `slot`")

    def _check_id(self, one: Yaml) -> None:
        known_as = one.get("id")
        if known_as is None or not known_as.value:
            return
        name = str(known_as.value)
        if name in self._ids:
            hint = f"the first is on line {self._ids[name].line}; every id must be unique"
            self._reading.problem(f"the response id `{name}` is given twice", known_as, hint)
        self._ids.setdefault(name, known_as.location)
