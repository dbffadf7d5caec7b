"""Kept: what conversations have beside the model. It outlives a model that gives way to another."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Self

from graphbuild.assistant.runtime.channel import Channel
from graphbuild.assistant.runtime.events import Event, ReminderScheduled
from graphbuild.assistant.runtime.locks import ConversationLocks
from graphbuild.assistant.runtime.reminders import Reminders
from graphbuild.assistant.runtime.tracker_store import MemoryTrackerStore, TrackerStore

_LOG = logging.getLogger(__name__)
Remind = Callable[[str, ReminderScheduled, Channel], Awaitable[None]]


@dataclass
class Kept:
    """The store, who is in which conversation, and what is to be done later."""

    store: TrackerStore
    locks: ConversationLocks = field(default_factory=ConversationLocks)
    reminders: Reminders = field(default_factory=Reminders)
    remind: Remind | None = None
    """Does what a reminder is for: of the processor that came last; None where there is none at present."""

    @classmethod
    def of(cls, store: TrackerStore | None) -> Self:
        """What is kept in a store; in memory without one."""
        return cls(MemoryTrackerStore() if store is None else store)

    def note(self, sender_id: str, events: Iterable[Event], channel: Channel) -> None:
        """Takes in what happened in a conversation."""

        async def remind(sender_id: str, event: ReminderScheduled) -> None:
            if self.remind is None:
                _LOG.warning("a reminder is passed over: no model is loaded")
                return
            await self.remind(sender_id, event, channel)

        self.reminders.note(sender_id, events, remind)
