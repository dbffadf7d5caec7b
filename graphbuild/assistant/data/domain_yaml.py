"""Reads one domain file of Rasa 3 into a DomainPart. Knows nothing of other files.

A slot without mappings (a domain of Rasa 2) is taken as it is.
"""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.parts import DomainPart, EntityEntry, IntentEntry
from graphbuild.assistant.data.reading import Reading
from graphbuild.contract.location import Location
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml

DOMAIN_KEYS = (
    "intents",
    "entities",
    "slots",
    "responses",
    "actions",
    "forms",
    "e2e_actions",
    "session_config",
    "config",
)
_SLOT_KEYS = ("type", "mappings", "initial_value", "influence_conversation", "values", "min_value", "max_value")
_LEGACY_SLOT_KEYS = ("auto_fill",)
SLOT_TYPES = ("text", "bool", "float", "categorical", "list", "any", "unfeaturized")
_MAPPINGS = ("from_entity", "from_intent", "from_trigger_intent", "from_text", "custom")
_VARIATION_KEYS = (
    *("text", "custom", "image", "buttons", "button_type", "quick_replies", "attachment"),
    *("elements", "channel", "metadata", "condition", "id"),
)
_FORM_KEYS = ("required_slots", "ignored_intents")
Variations = tuple[dict[str, Any], ...]


def read_domain(document: Yaml, reading: Reading) -> DomainPart:
    """The part; what is wrong or odd is told to `reading`."""
    reader = _Reader(reading)
    if not any(key in document for key in DOMAIN_KEYS):
        reading.warn("no section of a domain is in this file", document, "it may be the wrong file")
        return DomainPart()
    reader.top_keys(document)
    return DomainPart(
        intents=tuple(reader.intents(document.get("intents"))),
        entities=tuple(reader.entities(document.get("entities"))),
        slots=tuple(reader.slots(document.get("slots"))),
        responses=read_responses(document.get("responses"), reading),
        actions=tuple(reader.actions(document.get("actions"))),
        forms=tuple(reader.forms(document.get("forms"))),
        e2e_actions=reading.names(document.get("e2e_actions"), "`e2e_actions`"),
        session=reader.settings(document, "session_config"),
        config=reader.settings(document, "config"),
    )


def read_responses(section: Yaml | None, reading: Reading) -> tuple[tuple[str, Variations], ...]:
    """The `responses:` section of a domain or of a file of training data."""
    responses = []
    for name, variations in reading.entries(section, "`responses`"):
        found = tuple(
            one.plain()
            for one in reading.elements(variations, f"response `{name}`")
            if _is_variation(one, name, reading)
        )
        responses.append((name, found))
        line = section.key_location(name).line if section else 0
        reading.record("responses", f"response {name}", line, f"response `{name}`", found)
        reading.record("space", f"response {name}", line, f"response `{name}`")
    return tuple(responses)


def _is_variation(one: Yaml, name: str, reading: Reading) -> bool:
    if not one.is_mapping:
        reading.problem(f"a variation of `{name}` must be a mapping, not {one.kind}", one, "write `- text: ...`")
        return False
    if "text" not in one and "custom" not in one:
        close = next((did_you_mean(key, ["text", "custom"]) for key in one.value if key not in _VARIATION_KEYS), None)
        reading.problem(f"a variation of `{name}` has neither `text` nor `custom`", one, close)
        return False
    if "text" in one and not isinstance(one["text"].value, str):
        reading.problem(f"the text of `{name}` must be a text, not {one['text'].kind}", one["text"], "put it in quotes")
        return False
    return True


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def top_keys(self, document: Yaml) -> None:
        """Warnings for sections that no domain has."""
        for key, value in document.items():
            if key == "templates":
                hint = "Rasa 1's `templates` are called `responses` now"
                self._reading.warn("the section `templates` is passed over", document.key_location(key), hint)
            elif key not in (*DOMAIN_KEYS, "version", "nlu", "stories", "rules"):
                close = did_you_mean(key, list(DOMAIN_KEYS))
                self._reading.warn(f"a domain has no section `{key}`; it is passed over", value, close)

    def intents(self, section: Yaml | None) -> list[IntentEntry]:
        """Names, or `name: {use_entities: ..., ignore_entities: ...}`."""
        entries = []
        for name, options, where in self._named(section, "intents", "intent"):
            use: tuple[str, ...] | None = None
            ignore: tuple[str, ...] = ()
            triggers: str | None = None
            if options is not None:
                keys = ("use_entities", "ignore_entities", "triggers", "is_retrieval_intent")
                self._reading.known_keys(options, keys, f"intent `{name}`")
                use = self._used(options.get("use_entities"))
                ignore = self._ignored(options.get("ignore_entities"))
                triggers = self._reading.text(options.get("triggers"), f"`triggers` of intent `{name}`")
            if set(use or ()) & set(ignore):
                both = ", ".join(sorted(set(use or ()) & set(ignore)))
                self._reading.warn(f"intent `{name}` both uses and ignores: {both}", where, "it ignores them")
            entries.append(IntentEntry(name, use, ignore, triggers))
        return entries

    def _used(self, node: Yaml | None) -> tuple[str, ...] | None:
        if node is None or node.value is True:
            return None
        # As in Rasa: false, null and an empty list all say "none".
        return () if node.value in (None, False) else self._reading.names(node, "`use_entities`")

    def _ignored(self, node: Yaml | None) -> tuple[str, ...]:
        return () if node is None or node.value in (None, False) else self._reading.names(node, "`ignore_entities`")

    def entities(self, section: Yaml | None) -> list[EntityEntry]:
        """Names, or `name: {roles: [...], groups: [...], influence_conversation: ...}`."""
        entries = []
        for name, options, _ in self._named(section, "entities", "entity"):
            if options is None:
                entries.append(EntityEntry(name))
                continue
            self._reading.known_keys(options, ("roles", "groups", "influence_conversation"), f"entity `{name}`")
            roles = self._reading.names(options.get("roles"), "`roles`")
            groups = self._reading.names(options.get("groups"), "`groups`")
            flag = self._reading.flag(options.get("influence_conversation"), "`influence_conversation`", default=True)
            entries.append(EntityEntry(name, roles, groups, flag))
        return entries

    def actions(self, section: Yaml | None) -> list[tuple[str, bool]]:
        """Names, or `name: {send_domain: ...}`."""
        found = []
        for name, options, _ in self._named(section, "actions", "action"):
            flag = options.get("send_domain") if options is not None else None
            found.append((name, self._reading.flag(flag, "`send_domain`", default=False)))
        return found

    def slots(self, section: Yaml | None) -> list[tuple[str, dict[str, Any]]]:
        """Definitions by name."""
        found = []
        for name, slot in self._reading.entries(section, "`slots`"):
            if not slot.is_mapping:
                self._reading.problem(f"slot `{name}` must be a mapping, not {slot.kind}", slot, "give its `type`")
                continue
            self._reading.known_keys(slot, (*_SLOT_KEYS, *_LEGACY_SLOT_KEYS), f"slot `{name}`")
            self._slot_type(name, slot)
            self._mappings(name, slot)
            found.append((name, slot.plain()))
            where = section.key_location(name) if section else slot.location
            for port in ("space", "slots"):
                self._reading.record(port, f"slot {name}", where.line, f"slot `{name}`", slot.plain())
        return found

    def _slot_type(self, name: str, slot: Yaml) -> None:
        if "type" not in slot:
            self._reading.problem(f"slot `{name}` has no type", slot, "such as `type: text`")
            return
        kind = self._reading.text(slot["type"], f"the type of slot `{name}`")
        if kind is not None and kind not in SLOT_TYPES and "." not in kind:
            hint = did_you_mean(kind, list(SLOT_TYPES))
            self._reading.problem(f"slot `{name}` has the unknown type `{kind}`", slot["type"], hint)
        influences = self._reading.flag(slot.get("influence_conversation"), "`influence_conversation`", default=False)
        if kind == "any" and influences:
            what = f"slot `{name}` of type `any` cannot influence the conversation"
            self._reading.problem(what, slot["influence_conversation"], "give it another type")
        if kind == "categorical" and not slot.get("values"):
            self._reading.warn(f"categorical slot `{name}` has no values", slot)
        for bound in ("min_value", "max_value"):
            if bound in slot and type(slot[bound].value) not in (int, float):
                what = f"`{bound}` of slot `{name}` must be a number, not {slot[bound].kind}"
                self._reading.problem(what, slot[bound])
        if "values" in slot:
            list(self._reading.elements(slot["values"], f"`values` of slot `{name}`"))

    def _mappings(self, name: str, slot: Yaml) -> None:
        for mapping in self._reading.elements(slot.get("mappings"), f"`mappings` of slot `{name}`"):
            kind = mapping.get("type")
            for condition in self._reading.elements(mapping.get("conditions"), "`conditions`"):
                if not condition.is_mapping:
                    what = f"a condition of a mapping of slot `{name}` must be a mapping, not {condition.kind}"
                    self._reading.problem(what, condition, "such as `- active_loop: FORM`")
            for key in ("entity", "role", "group"):
                node = mapping.get(key)
                if node is not None and node.value is not None:
                    self._reading.text(node, f"`{key}` of a mapping of slot `{name}`")
            for key in ("intent", "not_intent"):
                self._reading.names(mapping.get(key), f"`{key}` of a mapping of slot `{name}`")
            if kind is None:
                self._reading.problem(f"a mapping of slot `{name}` has no type", mapping)
            elif kind.value not in _MAPPINGS:
                hint = did_you_mean(str(kind.value), list(_MAPPINGS))
                self._reading.problem(f"slot `{name}` has a mapping of the unknown type `{kind.value}`", kind, hint)
            elif kind.value == "from_entity" and mapping.plain().get("entity") is None:
                self._reading.problem(f"a mapping of slot `{name}` from an entity names none", mapping)

    def forms(self, section: Yaml | None) -> list[tuple[str, dict[str, Any]]]:
        """Definitions by name."""
        if section is not None and section.is_list:
            hint = "write `NAME: {required_slots: [...]}` for each"
            self._reading.problem("`forms` is a list, as in Rasa 1", section, hint)
            return []
        found = []
        for name, form in self._reading.entries(section, "`forms`"):
            definition: dict[str, Any] = {"required_slots": [], "ignored_intents": []}
            if form.is_mapping:
                self._reading.known_keys(form, _FORM_KEYS, f"form `{name}`")
                slots = form.get("required_slots")
                # Rasa 2 has the mappings here: a mapping of slots.
                names = tuple(slots.value) if slots and slots.is_mapping else self._reading.names(slots, _FORM_KEYS[0])
                ignored = self._reading.names(form.get("ignored_intents"), "`ignored_intents`")
                definition = {"required_slots": list(names), "ignored_intents": list(ignored)}
            elif form.value is not None:
                self._reading.problem(f"form `{name}` must be a mapping, not {form.kind}", form)
            found.append((name, definition))
            line = section.key_location(name).line if section else 0
            self._reading.record("forms", f"form {name}", line, f"form `{name}`", definition)
            self._reading.record("space", f"form {name}", line, f"form `{name}`")
        return found

    def settings(self, document: Yaml, key: str) -> dict[str, Any]:
        """A section of plain settings."""
        found = {name: value.plain() for name, value in self._reading.entries(document.get(key), f"`{key}`")}
        if found and key == "session_config":
            self._reading.record("session", key, document.key_location(key).line, "session settings", found)
        return found

    def _named(self, section: Yaml | None, key: str, word: str) -> list[tuple[str, Yaml | None, Location]]:
        # Elements are `name`, or `name: {options}`; the same name twice is an error, as in Rasa.
        found: list[tuple[str, Yaml | None, Location]] = []
        first: dict[str, Location] = {}
        for item in self._reading.elements(section, f"`{key}`"):
            options = None
            if item.is_mapping and len(item.value) == 1:
                ((name, options),) = item.items()
                if not options.is_mapping:
                    what = f"{word} `{name}` ends in a colon but has no options"
                    self._reading.problem(what, item, f"write `- {name}`")
                    continue
            else:
                text = self._reading.text(item, f"the name of an {word}" if word[0] in "aeio" else f"a {word}")
                if text is None:
                    continue
                name = text
            if name in first:
                hint = f"the first is on line {first[name].line}; remove one of them"
                self._reading.problem(f"{word} `{name}` is given twice", item, hint)
                continue
            first[name] = item.location
            found.append((name, options, item.location))
            content = options.plain() if options is not None else None
            self._reading.record("space", f"{word} {name}", item.location.line, f"{word} `{name}`", content)
        return found
