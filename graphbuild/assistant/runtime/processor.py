"""Processor: conversations with an assistant: a message comes in, events happen, messages go out.

    async with processor.conversation(sender):     one at a time for each sender, others side by side
        read -> session -> user's turn -> slots -> actions until it listens -> append

A turn is kept whole or not at all: what is cancelled, or fails, leaves the conversation as it was before.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.domain import SESSION_METADATA_SLOT
from graphbuild.assistant.runtime.action_book import ActionBook
from graphbuild.assistant.runtime.channel import Channel, Collector, Part
from graphbuild.assistant.runtime.custom_actions import ActionFunction
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.event_json import whole_text
from graphbuild.assistant.runtime.events import (
    ActionExecuted,
    Event,
    ReminderScheduled,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from graphbuild.assistant.runtime.execution import Assistant, Execution
from graphbuild.assistant.runtime.http_endpoint import HttpEndpoint
from graphbuild.assistant.runtime.kept import Kept
from graphbuild.assistant.runtime.model import Model
from graphbuild.assistant.runtime.prediction import Prediction
from graphbuild.assistant.runtime.reminders import still_counts
from graphbuild.assistant.runtime.replay import SESSION_START
from graphbuild.assistant.runtime.responses import DomainResponder, Responder
from graphbuild.assistant.runtime.thinking import Thinking
from graphbuild.assistant.runtime.tracker import Tracker, Verbosity
from graphbuild.assistant.runtime.tracker_store import TrackerStore
from graphbuild.errors import Problem, UsageError

SENDER = "default"
"""Who speaks where nobody says who."""
EXTERNAL = "EXTERNAL: "
"""Before the name of an intent that nobody said, but a program triggered."""
MOST_PREDICTIONS = 10
_MOST_VARIABLE = "MAX_NUMBER_OF_PREDICTIONS"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """What came of a turn."""

    messages: tuple[Part, ...]
    """What the assistant said, where its channel is a Collector."""
    tracker: Tracker
    """The conversation after it."""
    problems: tuple[Problem, ...] = ()
    """What went wrong while it went on."""


class Processor:
    """An assistant and its conversations."""

    def __init__(
        self,
        model: Model,
        *,
        store: TrackerStore | None = None,
        kept: Kept | None = None,
        responder: Responder | None = None,
        actions: Mapping[str, ActionFunction] | None = None,
        action_server: HttpEndpoint | None = None,
        stamp: Mapping[str, Any] | None = None,
        most_predictions: int | None = None,
        seed: int | None = None,
    ) -> None:
        """Conversations are in memory and responses the domain's unless given. `seed`: of the choice of variations.

        `kept`, instead of a store: what another processor kept, whose conversations this one goes on with; who hands it
        over says who does reminders.
        `stamp` is metadata of every event, such as `model_id`. `most_predictions`: actions of one turn at most; the
        environment's MAX_NUMBER_OF_PREDICTIONS or 10 unless given.
        """
        self.model = model
        self.domain = RunningDomain.of(model.domain)
        self.kept = Kept.of(store) if kept is None else kept
        if kept is None:
            self.kept.remind = self.remind
        self._stamp = dict(stamp or {})
        self._server = action_server
        most = _most_predictions() if most_predictions is None else most_predictions
        self.assistant = Assistant(
            self.domain,
            Thinking(model, self.domain),
            ActionBook(self.domain, actions, action_server),
            responder if responder is not None else DomainResponder(self.domain.responses, seed),
            most,
        )

    async def handle(
        self,
        text: str,
        sender_id: str = SENDER,
        *,
        channel: Channel | None = None,
        input_channel: str | None = None,
        message_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        parse: Mapping[str, Any] | None = None,
    ) -> Reply:
        """The user says something. `parse`: what is understood of it, where that is known already."""
        async with self._conversation(sender_id, channel, metadata) as turn:
            text = whole_text(text)
            understood = parse if parse is not None else await self.parse(text)
            came_by = input_channel or turn.channel.name
            said = UserUttered.understood(
                text, understood, input_channel=came_by, message_id=message_id, metadata=metadata
            )
            await self._answer(turn, said)
        return _reply(turn)

    async def hear(self, text: str, sender_id: str = SENDER, *, parse: Mapping[str, Any] | None = None) -> Reply:
        """The user says something, and slots are filled; nobody answers."""
        async with self._conversation(sender_id) as turn:
            understood = parse if parse is not None else await self.parse(text)
            await self._take_in(turn, UserUttered.understood(text, understood))
        return _reply(turn)

    async def trigger_intent(
        self, intent: str, sender_id: str = SENDER, *, entities: Any = None, channel: Channel | None = None
    ) -> Reply:
        """As if the user meant an intent, without saying anything. `entities`: a list, or {entity: value}."""
        if intent not in self.domain.intents:
            raise UsageError(f"the domain has no intent `{intent}`")
        async with self._conversation(sender_id, channel) as turn:
            await self._answer(turn, _triggered(intent, entities, turn.tracker))
        return _reply(turn)

    async def inject(
        self, events: Sequence[Event], sender_id: str = SENDER, *, channel: Channel | None = None, sends: bool = False
    ) -> Reply:
        """Lets events happen that somebody else says. `sends`: whether what the bot says in them is sent."""
        async with self._conversation(sender_id, channel, begins=not _begin_a_session(events)) as turn:
            for event in events:
                turn.tracker.update(event)
            if sends:
                await turn.send(events)
        return _reply(turn)

    async def replace(self, events: Sequence[Event], sender_id: str = SENDER) -> Tracker:
        """Forgets a conversation: it is what these events make of it."""
        async with self.kept.locks.hold(sender_id):
            tracker = Tracker.of(sender_id, events, self.domain.slots)
            await _whole(self.store.replace(sender_id, tracker.events))
        return tracker

    async def execute_action(
        self,
        name: str,
        sender_id: str = SENDER,
        *,
        policy: str | None = None,
        confidence: float = 0.0,
        channel: Channel | None = None,
    ) -> Reply:
        """Does one thing, whatever policies say. Raises UsageError where there is no such action."""
        if not self.assistant.book.has(name):
            raise UsageError(f"the domain has no action `{name}`")
        async with self._conversation(sender_id, channel) as turn:
            await turn.act(Prediction(name, policy, confidence))
        return _reply(turn)

    async def predict_next(
        self, sender_id: str = SENDER, verbosity: Verbosity = Verbosity.AFTER_RESTART
    ) -> dict[str, Any]:
        """What would be done next, in the shape of Rasa's HTTP API: scores, policy, confidence, tracker.

        Scores are those of the policy that was listened to; an action that it does not know has 0.
        """
        self._needs_policies()
        async with self._conversation(sender_id) as turn:
            return await self._predicted(turn, verbosity)

    async def predict_after(
        self, events: Sequence[Event], verbosity: Verbosity = Verbosity.AFTER_RESTART
    ) -> dict[str, Any]:
        """What would be done after these events, which are no conversation of the store; as `predict_next`."""
        self._needs_policies()
        tracker = Tracker.of(SENDER, events, self.domain.slots)
        return await self._predicted(Execution(self.assistant, tracker, Collector()), verbosity)

    async def _predicted(self, turn: Execution, verbosity: Verbosity) -> dict[str, Any]:
        found = await turn.predict()
        state = turn.tracker.current_state(verbosity)
        sure = found.scores or {found.action: found.confidence}
        scores = [{"action": name, "score": sure.get(name, 0.0)} for name in self.domain.actions]
        return {"scores": scores, "policy": found.policy, "confidence": found.confidence, "tracker": state}

    async def parse(self, text: str) -> dict[str, Any]:
        """What is understood of a text, without a conversation."""
        parse = await self.assistant.thinking.parse(text)
        intent = (parse.get("intent") or {}).get("name")
        if intent and not self.domain.is_empty and intent not in self.domain.intents:
            self.domain.once.warn(_LOG, "the intent %s is understood, which the domain does not have", intent)
        return parse

    async def tracker(self, sender_id: str = SENDER) -> Tracker:
        """A conversation with all of its sessions; a new one, of which nothing is kept yet, begins with a session."""
        async with self.kept.locks.hold(sender_id):
            tracker = await self._read(sender_id, whole=True)
            if not tracker.events and not self.domain.is_empty:
                await Execution(self.assistant, tracker, Collector()).start_session()
        return tracker

    @property
    def store(self) -> TrackerStore:
        """Where conversations are kept."""
        return self.kept.store

    async def knows(self, sender_id: str) -> bool:
        """Whether there is such a conversation."""
        return bool(await self.store.read(sender_id))

    async def close(self, *, keeps: bool = False) -> None:
        """Lets go of reminders, the model's thread, connections and the store.

        `keeps`: another processor goes on with the conversations, so that the store and reminders stay.
        """
        if not keeps:
            await self.kept.reminders.close()
        self.assistant.thinking.close()
        await self.assistant.responder.close()
        if self._server is not None:
            await self._server.close()
        if not keeps:
            await self.store.close()

    async def _take_in(self, turn: Execution, said: UserUttered) -> None:
        turn.tracker.extend([said])
        if not self.domain.is_empty:
            await turn.fill_slots()

    async def _answer(self, turn: Execution, said: UserUttered) -> None:
        await self._take_in(turn, said)
        if not self.domain.is_empty:
            await turn.answer()

    @asynccontextmanager
    async def _conversation(
        self,
        sender_id: str,
        channel: Channel | None = None,
        metadata: Mapping[str, Any] | None = None,
        *,
        begins: bool = True,
    ) -> AsyncIterator[Execution]:
        """A conversation in its present session, which begins here where needed; what happens is kept at the end."""
        async with self.kept.locks.hold(sender_id):
            tracker = await self._read(sender_id)
            turn = Execution(self.assistant, tracker, channel if channel is not None else Collector())
            if begins and not self.domain.is_empty and (not tracker.applied_events or self._has_expired(tracker)):
                if metadata:
                    tracker.extend([SlotSet(SESSION_METADATA_SLOT, dict(metadata))])
                await turn.start_session()
            yield turn
            await self._keep(tracker, turn.channel)

    async def _read(self, sender_id: str, *, whole: bool = False) -> Tracker:
        rows = await self.store.read(sender_id, whole=whole)
        tracker = Tracker.from_dict(sender_id, rows, self.domain.slots).stamped(self._stamp)
        tracker.stored = len(tracker.events)
        return tracker

    async def remind(self, sender_id: str, event: ReminderScheduled, channel: Channel) -> None:
        """Does what a reminder is for, if it still counts."""
        async with self._conversation(sender_id, channel) as turn:
            if still_counts(event, turn.tracker) and event.intent is not None:
                await self._answer(turn, _triggered(event.intent, event.entities, turn.tracker))

    async def _keep(self, tracker: Tracker, channel: Channel) -> None:
        """Appends what is new. Who is cancelled meanwhile waits for it: a turn is kept whole."""
        new = tracker.events[tracker.stored :]

        async def kept() -> None:
            await self.store.append(tracker.sender_id, new)
            tracker.stored = len(tracker.events)
            self.kept.note(tracker.sender_id, new, channel)

        await _whole(kept())

    def _has_expired(self, tracker: Tracker) -> bool:
        minutes, last = self.domain.session.expiration_minutes, tracker.last_turn()
        return minutes > 0 and last is not None and (time.time() - last.timestamp) / 60 > minutes

    def _needs_policies(self) -> None:
        if self.domain.is_empty:
            raise UsageError("this model was trained without policies: it understands, and does nothing")


def _most_predictions() -> int:
    """Actions of one turn at most. Raises UsageError."""
    text = os.environ.get(_MOST_VARIABLE, str(MOST_PREDICTIONS))
    if not text.isascii() or not text.isdigit() or not int(text):
        raise UsageError(f"the variable {_MOST_VARIABLE} must be a whole number from 1, and not {text!r}")
    return int(text)


async def _whole(work: Coroutine[Any, Any, None]) -> None:
    """Does something to its end. Who is cancelled meanwhile waits for it."""
    doing = asyncio.ensure_future(work)
    is_cancelled = False
    while not doing.done():
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError:
            is_cancelled = True
    doing.result()  # raises what was raised there
    if is_cancelled:
        raise asyncio.CancelledError


def _begin_a_session(events: Sequence[Event]) -> bool:
    """Whether events bring the beginning of a session with them."""
    first, second = (*events[:2], None, None)[:2]
    return isinstance(first, ActionExecuted) and first.name == SESSION_START and isinstance(second, SessionStarted)


def _triggered(intent: str, entities: Any, tracker: Tracker) -> UserUttered:
    """A turn that nobody spoke."""
    if isinstance(entities, Mapping):
        entities = [{"entity": name, "value": value} for name, value in entities.items()]
    parse = {"intent": {"name": intent}, "entities": list(entities or ())}
    channel = tracker.latest_input_channel
    return UserUttered.understood(f"{EXTERNAL}{intent}", parse, input_channel=channel, metadata={"is_external": True})


def _reply(turn: Execution) -> Reply:
    messages = turn.channel.messages if isinstance(turn.channel, Collector) else []
    return Reply(tuple(messages), turn.tracker, tuple(turn.problems))
