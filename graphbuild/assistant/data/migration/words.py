"""What data of Rasa 1 and 2 is called in Rasa 3: domains, stories, and the texts of files that need no more.

Pure functions over parts and texts; knows no files. RASA.md 3.3-3.5.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from graphbuild.assistant.data.domain import RESPONSE_PREFIX
from graphbuild.assistant.data.domain_merge import MergedDomain
from graphbuild.assistant.data.parts import DomainPart, IntentEntry, StoryBlock, StoryElement, StoryPart
from graphbuild.assistant.data.stories import Event

VERSION = "3.1"
_OLD_PREFIX = "respond_"
"""Of the actions of retrieval intents, in Rasa 1."""
_RENAMED = {"action_deactivate_form": "action_deactivate_loop"}
_OLD_VERSION = re.compile(r"^version[ \t]*:[ \t]*[\"']?[12]\b.*?(?=\r?$)", re.MULTILINE)
"""A file without a version is taken for one of the newest."""


def modern_domain(part: DomainPart, merged: MergedDomain) -> DomainPart:
    """One domain file in the words of Rasa 3: what it names, as it is defined when all files are merged."""
    retrieval = merged.retrieval_intents
    return DomainPart(
        intents=tuple(IntentEntry(entry.name, entry.use, entry.ignore) for entry in part.intents),
        entities=part.entities,
        slots=tuple((name, dict(merged.slots.get(name, definition))) for name, definition in part.slots),
        responses=part.responses,
        actions=tuple((name, sent) for name, sent in part.actions if new_action(name, retrieval) == name),
        forms=tuple((name, dict(merged.forms.get(name, definition))) for name, definition in part.forms),
        e2e_actions=part.e2e_actions,
        session=part.session,
        config=part.config,
    )


def new_action(name: str, retrieval_intents: Collection[str]) -> str:
    """An action by the name that it has now."""
    intent = name.removeprefix(_OLD_PREFIX)
    if name.startswith(_OLD_PREFIX) and intent in retrieval_intents:
        return RESPONSE_PREFIX + intent
    return _RENAMED.get(name, name)


def modern_stories(part: StoryPart, retrieval_intents: Collection[str]) -> StoryPart:
    """Stories whose actions have the names of now."""

    def renamed(element: StoryElement) -> StoryElement:
        events = (
            replace(event, name=new_action(event.name, retrieval_intents))
            if event.type == "action" and event.name
            else event
            for event in element.events
        )
        return replace(element, events=tuple(events))

    return StoryPart(tuple(replace(block, elements=tuple(map(renamed, block.elements))) for block in part.blocks))


def plain_intents(part: StoryPart) -> StoryPart:
    """Stories that name intents alone: of `faq/ask_name` a story of Rasa 3 knows `faq`, where no text is said."""

    def plain(event: Event) -> Event:
        return replace(event, value=None) if event.type == "user" and not event.text else event

    def bare(element: StoryElement) -> StoryElement:
        return replace(element, events=tuple(map(plain, element.events)))

    return StoryPart(tuple(replace(block, elements=tuple(map(bare, block.elements))) for block in part.blocks))


def modern_text(text: str, retrieval_intents: Collection[str]) -> str:
    """The text of a YAML file with the version and the names of actions of now, all else as it was."""

    def renamed(found: re.Match[str]) -> str:
        return found["before"] + new_action(found["name"], retrieval_intents)

    text = re.sub(r"(?P<before>\baction:[ \t]*[\"']?)(?P<name>\w+)", renamed, text)
    return _OLD_VERSION.sub(f'version: "{VERSION}"', text, count=1)


def contradictions(blocks: Collection[StoryBlock], triggers: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Stories in which something else follows an intent than what it triggers: (story, intent, action)."""
    for block in blocks:
        events = [element.events[0] for element in block.elements if len(element.events) == 1]
        for said, done in pairwise(events):
            if said.type == "user" and done.type == "action" and triggers.get(said.name or "", done.name) != done.name:
                yield block.name, said.name or "", done.name or ""
