"""Taught: what talks say for training data: examples, stories, and names that the domain lacks. Knows no files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphbuild.assistant.data.domain import SESSION_METADATA_SLOT
from graphbuild.assistant.data.parts import DomainPart, EntityEntry, Example, IntentEntry, StoryElement
from graphbuild.assistant.data.stories import Event as Told
from graphbuild.assistant.data.stories import frozen_entities
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.applied import applied
from graphbuild.assistant.runtime.default_actions import FALLBACK_INTENT
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.events import Event
from graphbuild.assistant.runtime.moments import until_action
from graphbuild.assistant.runtime.replay import SESSION_START
from graphbuild.teaching.marking import intent_of, spans_of, unwritable

Story = tuple[StoryElement, ...]
_UNTOLD = (LISTEN, SESSION_START, "action_unlikely_intent")
"""Actions that stories do not tell."""
_WORDS: tuple[type[Event], ...] = (kinds.AllSlotsReset, kinds.ConversationPaused, kinds.ConversationResumed)
"""Events that stories tell by their names."""


@dataclass(frozen=True)
class Taught:
    """What was taught."""

    examples: tuple[Example, ...] = ()
    stories: tuple[Story, ...] = ()
    domain: DomainPart = field(default_factory=DomainPart)
    """What the domain lacks."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Texts that cannot be written, and why. Stories have such turns by their intents."""

    def __bool__(self) -> bool:
        return bool(self.examples or self.stories)


def taught_by(
    talks: Sequence[Sequence[Event]], domain: RunningDomain, responses: Mapping[str, str], *, tells_texts: bool = False
) -> Taught:
    """What some conversations teach. `responses`: texts of new ones. `tells_texts`: stories hold what users said."""
    stories = tuple(story for talk in talks for story in stories_of(talk, tells_texts=tells_texts))
    said = {turn.text: unwritable(turn.text, turn.entities) for turn in _turns(talks) if turn.text and _has_words(turn)}
    left_out = tuple((text, why) for text, why in said.items() if why is not None)
    return Taught(_examples(talks), stories, _lacking(talks, domain, responses), left_out)


def _examples(talks: Iterable[Sequence[Event]]) -> tuple[Example, ...]:
    """What users said, each once."""
    found: list[Example] = []
    for turn in _turns(talks):
        text, intent = turn.text or "", intent_of(turn.parse_data)
        if not _has_words(turn) or not intent or intent == FALLBACK_INTENT:
            continue
        if unwritable(text, turn.entities) is not None:
            continue
        base = intent.partition("/")[0]
        example = Example(text, base, intent if base != intent else None, spans_of(text, turn.entities))
        if example not in found:
            found.append(example)
    return tuple(found)


def _has_words(turn: kinds.UserUttered) -> bool:
    """Whether the user said something, rather than naming an intent outright."""
    text = turn.text or ""
    return bool(text.strip()) and not text.startswith("/")


def stories_of(talk: Sequence[Event], *, tells_texts: bool = False) -> Iterator[Story]:
    """The stories of a conversation: one for each time that it began anew."""
    for piece in _pieces(talk):
        happened = applied(piece)
        begin = next((at for at, one in enumerate(happened) if isinstance(one, kinds.UserUttered)), None)
        if begin is not None and (story := tuple(_elements(_finished(happened)[begin:], tells_texts))):
            yield story


def _pieces(talk: Sequence[Event]) -> Iterator[list[Event]]:
    piece: list[Event] = []
    for event in talk:
        if isinstance(event, kinds.Restarted):
            # It has ended, whether the assistant listened or not.
            yield [*piece, kinds.ActionExecuted(LISTEN)]
            piece = []
        else:
            piece.append(event)
    yield piece


def _finished(events: list[Event]) -> list[Event]:
    """Without a turn in which the assistant does not listen yet: a story that ends there would say that it does."""
    ends = [
        at
        for at, one in enumerate(events, start=1)
        if isinstance(one, kinds.ConversationPaused) or (isinstance(one, kinds.ActionExecuted) and one.name == LISTEN)
    ]
    return events[: ends[-1]] if ends else []


def _elements(events: Iterable[Event], tells_texts: bool) -> Iterator[StoryElement]:
    happened = list(events)
    for at, event in enumerate(happened, start=1):
        if isinstance(event, kinds.UserUttered):
            yield StoryElement((_user(event, happened[at:], tells_texts),))
        elif (told := _told(event)) is not None:
            yield StoryElement((told,))


def _told(event: Event) -> Told | None:
    if isinstance(event, kinds.ActionExecuted) and event.name not in _UNTOLD:
        return Told("action", event.name) if event.name else Told("bot", text=event.action_text)
    if isinstance(event, kinds.SlotSet) and event.name != SESSION_METADATA_SLOT:
        return Told("slot", event.name, event.value)
    if isinstance(event, kinds.ActiveLoop):
        return Told("loop", event.name)
    return Told("event", event.type_name) if isinstance(event, _WORDS) else None


def _user(event: kinds.UserUttered, after: Sequence[Event], tells_texts: bool) -> Told:
    """What the user meant; what was said where stories tell texts, and where the text decided what followed."""
    text, entities, by_text = event.text or "", list(event.entities), False
    for one in until_action(after):
        if isinstance(one, kinds.EntitiesAdded):
            entities += [entity for entity in one.entities if entity not in entities]
        elif isinstance(one, kinds.DefinePrevUserUtteredFeaturization):
            by_text = bool(one.use_text)
    is_wanted = (tells_texts or by_text) and _has_words(event)
    if is_wanted and unwritable(text, entities) is None:
        spans = frozen_entities(dict(span) for span in spans_of(text, entities))
        if not tells_texts:  # as in Rasa, a text stands for itself
            return Told("user", text=text, entities=spans)
        return Told("user", event.intent_name, event.intent.get("full_retrieval_intent_name"), text, spans)
    facts: list[dict[str, Any]] = []
    for entity in entities:
        fact = {name: entity[name] for name in ("entity", "value", "role", "group") if entity.get(name) is not None}
        if isinstance(fact.get("value"), str | int | float) and fact not in facts:
            facts.append(fact)
    return Told("user", event.intent_name, entities=frozen_entities(facts))


def _turns(talks: Iterable[Sequence[Event]]) -> Iterator[kinds.UserUttered]:
    return (one for talk in talks for one in talk if isinstance(one, kinds.UserUttered))


def _lacking(talks: Sequence[Sequence[Event]], domain: RunningDomain, responses: Mapping[str, str]) -> DomainPart:
    """The names that conversations use and the domain does not have, in the order of their use."""
    turns = list(_turns(talks))
    intents = dict.fromkeys(name for turn in turns if (name := turn.intent_name))
    entities = dict.fromkeys(str(one["entity"]) for turn in turns for one in turn.entities if one.get("entity"))
    done = dict.fromkeys(one.name for talk in talks for one in talk if isinstance(one, kinds.ActionExecuted))
    actions = [name for name in done if name and name not in domain.actions and name not in _UNTOLD]
    return DomainPart(
        intents=tuple(IntentEntry(name) for name in intents if name not in domain.intents),
        entities=tuple(EntityEntry(name) for name in entities if name not in domain.entities),
        responses=tuple((name, ({"text": responses[name]},)) for name in actions if name in responses),
        actions=tuple((name, False) for name in actions if name not in responses),
    )
