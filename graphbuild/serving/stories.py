"""A conversation as a test story: what the user said and meant, and what the assistant did. YAML of Rasa 3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphbuild.assistant.data import stories
from graphbuild.assistant.data.parts import StoryBlock, StoryElement, StoryPart
from graphbuild.assistant.data.writers.story_writer import story_sections
from graphbuild.assistant.data.writers.writing import Writing
from graphbuild.assistant.data.writers.yaml_text import YamlText
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.runtime.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from graphbuild.assistant.runtime.processor import EXTERNAL
from graphbuild.assistant.runtime.replay import SESSION_START
from graphbuild.assistant.runtime.tracker import Tracker

_VERSION = "3.1"


def story_text(sessions: Sequence[Tracker]) -> str:
    """Each session as a story. Raises DataError for what YAML has no word for."""
    blocks = []
    for number, tracker in enumerate(sessions, start=1):
        name = tracker.sender_id if len(sessions) == 1 else f"{tracker.sender_id}, story {number}"
        elements = tuple(StoryElement((event,)) for event in _told(tracker))
        blocks.append(StoryBlock(name, False, elements))
    writing = Writing("the conversation")
    sections = story_sections(StoryPart(tuple(blocks)), writing)
    text = YamlText().document({"version": _VERSION, **sections}, spaced=("stories",))
    writing.finish()
    return text


def sessions_of(events: Sequence[Event]) -> list[list[Event]]:
    """The events of each session; what was before the first one belongs to it."""
    found: list[list[Event]] = [[]]
    has_begun = False
    for event in events:
        if isinstance(event, SessionStarted):
            if has_begun:
                found.append([])
            has_begun = True
        found[-1].append(event)
    return [session for session in found if session]


def _told(tracker: Tracker) -> Iterator[stories.Event]:
    for event in tracker.applied_events:
        if isinstance(event, UserUttered):
            full = event.intent.get("full_retrieval_intent_name")
            entities = stories.frozen_entities(event.entities)
            # A message that names its intent outright says its entities, too.
            text = event.text if event.text and not event.text.startswith(("/", EXTERNAL)) else None
            yield stories.Event("user", event.intent_name, full, text, entities)
        elif isinstance(event, ActionExecuted):
            if event.action_text is not None:
                yield stories.Event("bot", text=event.action_text)
            elif event.name not in (LISTEN, SESSION_START):
                yield stories.Event("action", event.name)
        elif isinstance(event, SlotSet):
            yield stories.Event("slot", event.name, event.value)
        elif isinstance(event, ActiveLoop):
            yield stories.Event("loop", event.name)
