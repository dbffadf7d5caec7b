"""Reads the document of a domain back: what `domain_merge.document_of` wrote, and a package holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphbuild.assistant.data.domain import RESPONSE_PREFIX
from graphbuild.assistant.data.domain_merge import MergedDomain
from graphbuild.assistant.data.parts import EntityEntry, IntentEntry


def read_document(document: Mapping[str, Any]) -> MergedDomain:
    """The domain of a document; that of an empty one has nothing.

    Retrieval intents without a response are not in a document, and so not in what is read.
    """
    responses = {name: tuple(variations) for name, variations in document.get("responses", {}).items()}
    retrieval = {name.removeprefix(RESPONSE_PREFIX).partition("/")[0] for name in responses if "/" in name}
    return MergedDomain(
        intents={name: _intent(name, options) for name, options in _entries(document, "intents")},
        entities={name: _entity(name, options) for name, options in _entries(document, "entities")},
        slots=document.get("slots", {}),
        responses=responses,
        actions={name: bool(options.get("send_domain")) for name, options in _entries(document, "actions")},
        forms=document.get("forms", {}),
        e2e_actions=tuple(document.get("e2e_actions", ())),
        session=document.get("session_config", {}),
        config=document.get("config", {}),
        retrieval_intents=tuple(sorted(retrieval)),
    )


def _entries(document: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(name, options) of each; those without options stand there as a name alone."""
    for entry in document.get(section, ()):
        yield from [(entry, {})] if isinstance(entry, str) else entry.items()


def _intent(name: str, options: Mapping[str, Any]) -> IntentEntry:
    use = options.get("use_entities")
    ignore = tuple(options.get("ignore_entities", ()))
    return IntentEntry(name, None if use is None else tuple(use), ignore, options.get("triggers"))


def _entity(name: str, options: Mapping[str, Any]) -> EntityEntry:
    influences = options.get("influence_conversation") is not False
    return EntityEntry(name, tuple(options.get("roles", ())), tuple(options.get("groups", ())), influences)
