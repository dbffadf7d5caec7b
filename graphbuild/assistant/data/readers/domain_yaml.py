"""Reads one domain file of Rasa (YAML) into a DomainPart. Knows nothing of other files.

A domain of Rasa 1 or 2 is read too, with one notice; what it means in Rasa 3 is made of it when all files are merged,
for a form may stand in one file and its slots in another.
"""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.domain_legacy import LEGACY_KEYS, NOTICE_HINT, legacy_signs
from graphbuild.assistant.data.parts import DomainPart, EntityEntry, IntentEntry
from graphbuild.assistant.data.readers.form_yaml import read_forms
from graphbuild.assistant.data.readers.parts_of import parts_of
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.readers.response_yaml import Variations, read_responses
from graphbuild.assistant.data.readers.sections import CONFIG_KEYS, DOMAIN_KEYS
from graphbuild.assistant.data.readers.slot_yaml import read_slots
from graphbuild.contract.location import Location
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml

_OTHER_KEYS = ("version", "nlu", "stories", "rules", *CONFIG_KEYS)
"""Sections of training data and of configs: in a folder that is read for all of them, or in one file with a domain."""


def read_domain(document: Yaml, reading: Reading) -> DomainPart:
    """The part; what is wrong or odd is told to `reading`."""
    reader = _Reader(reading)
    if not any(key in document for key in (*DOMAIN_KEYS, *LEGACY_KEYS)):
        if not any(key in document for key in _OTHER_KEYS if key != "version"):
            reading.warn("no section of a domain is in this file", document, "it may be the wrong file")
        return DomainPart()
    reader.top_keys(document)
    is_legacy = reader.notice(document)
    forms, own_actions = read_forms(document.get("forms"), reading)
    actions = reader.actions(document.get("actions"))
    named = {name for name, _ in actions}
    return DomainPart(
        intents=tuple(reader.intents(document.get("intents"))),
        entities=tuple(reader.entities(document.get("entities"))),
        slots=tuple(read_slots(document.get("slots"), reading)),
        responses=reader.responses(document, is_legacy=is_legacy),
        actions=(*actions, *((name, False) for name in own_actions if name not in named)),
        forms=tuple(forms),
        e2e_actions=reader.bot_texts(document.get("e2e_actions")),
        session=reader.settings(document, "session_config"),
        config=reader.settings(document, "config"),
        is_legacy=is_legacy,
    )


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def top_keys(self, document: Yaml) -> None:
        """Warnings for sections that no domain has."""
        for key, value in document.items():
            if key not in (*DOMAIN_KEYS, *LEGACY_KEYS, *_OTHER_KEYS):
                close = did_you_mean(key, list(DOMAIN_KEYS))
                self._reading.warn(f"a domain has no section `{key}`; it is passed over", value, close)

    def notice(self, document: Yaml) -> bool:
        """Whether the domain is one of Rasa 1 or 2; says so once."""
        sign = min(legacy_signs(document), key=lambda sign: sign[1], default=None)
        if sign is not None:
            self._reading.warn(f"this is a domain of Rasa 1 or 2: {sign[0]}", sign[1], NOTICE_HINT)
        return sign is not None

    def responses(self, document: Yaml, *, is_legacy: bool) -> tuple[tuple[str, Variations], ...]:
        """Those of Rasa 1 stand under `templates`, or under `responses`, which count where both name one."""
        plain = is_legacy and "version" not in document
        sections = [document.get(key) for key in ("templates", "responses")]
        found = [one for part in sections for one in read_responses(part, self._reading, takes_plain_texts=plain)]
        return tuple(dict(found).items())

    def bot_texts(self, section: Yaml | None) -> tuple[str, ...]:
        """What the bot says word for word in end-to-end stories."""
        texts = self._reading.names(section, "`e2e_actions`")
        for text in texts:
            self._reading.record("space", f"e2e action {text}", section.location.line if section else 0, f"`{text}`")
        return texts

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

    def settings(self, document: Yaml, key: str) -> dict[str, Any]:
        """A section of plain settings."""
        settings = dict(self._reading.entries(document.get(key), f"`{key}`"))
        found = {name: value.plain() for name, value in settings.items()}
        line = document.key_location(key).line
        for name, value in settings.items():
            self._reading.place(f"{_SETTING_WORDS[key]} `{name}`", document[key].key_location(name).line)
            if name not in _SETTINGS[key]:
                hint = did_you_mean(name, list(_SETTINGS[key]))
                self._reading.warn(f"`{key}` has the unknown setting `{name}`", value, hint)
            elif _SETTINGS[key][name] is bool:
                self._reading.flag(value, f"`{name}`", default=True)
            elif value.value is not None and type(value.value) not in (int, float):
                self._reading.problem(f"`{name}` must be a number of minutes, not {value.kind}", value)
        if found:
            port, text = ("session", "session settings") if key == "session_config" else ("space", "settings")
            self._reading.record(port, key, line, text, found)
            self._reading.parts(text, parts_of(document[key]))
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
            self._reading.parts(f"{word} `{name}`", parts_of(options))
        return found


_SETTINGS: dict[str, dict[str, type]] = {
    "session_config": {"session_expiration_time": float, "carry_over_slots_to_new_session": bool},
    "config": {"store_entities_as_slots": bool},
}
_SETTING_WORDS = {"session_config": "session setting", "config": "setting"}
"""What one entry of a section is called, as merging calls it, too."""
