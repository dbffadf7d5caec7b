"""Writes a DomainPart, or the responses of training data, as sections of a YAML file of Rasa 3. Knows no files.

Everything stands in the order of the part; reading what was written gives the same part again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphbuild.assistant.data.parts import DomainPart, EntityEntry, IntentEntry

Plain = dict[str, Any]


def domain_sections(part: DomainPart) -> Plain:
    """The sections that are not empty, as plain values."""
    sections: Plain = {
        "intents": [_intent(entry) for entry in part.intents],
        "entities": [_entity(entry) for entry in part.entities],
        "slots": dict(part.slots),
        "responses": responses_section(part.responses),
        "actions": [{name: {"send_domain": True}} if sent else name for name, sent in part.actions],
        "forms": {name: _form(definition) for name, definition in part.forms},
        "e2e_actions": list(part.e2e_actions),
        "session_config": dict(part.session),
        "config": dict(part.config),
    }
    return {name: section for name, section in sections.items() if section}


def responses_section(responses: Sequence[tuple[str, Sequence[Plain]]]) -> Plain:
    """Responses by name."""
    return {name: [dict(variation) for variation in variations] for name, variations in responses}


def _intent(entry: IntentEntry) -> Any:
    options: Plain = {}
    if entry.use is not None:
        options["use_entities"] = list(entry.use)
    if entry.ignore:
        options["ignore_entities"] = list(entry.ignore)
    return {entry.name: options} if options else entry.name


def _entity(entry: EntityEntry) -> Any:
    options: Plain = {}
    if entry.roles:
        options["roles"] = list(entry.roles)
    if entry.groups:
        options["groups"] = list(entry.groups)
    if not entry.influences:
        options["influence_conversation"] = False
    return {entry.name: options} if options else entry.name


def _form(definition: Plain) -> Plain:
    return {name: value for name, value in definition.items() if value or name == "required_slots"}
