"""Reminders: at some time an assistant acts as if the user meant an intent. Kept by the process: they end with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graphbuild.assistant.runtime.events import Event, ReminderCancelled, ReminderScheduled, UserUttered
from graphbuild.assistant.runtime.tracker import Tracker

_LOG = logging.getLogger(__name__)
_PATIENCE_S = 10.0
"""How long those that are being done at the end may take for it."""
Call = Callable[[str, ReminderScheduled], Coroutine[Any, Any, None]]
"""Does what a reminder of a sender is for."""


@dataclass(frozen=True)
class _Waiting:
    event: ReminderScheduled
    timer: asyncio.TimerHandle


class Reminders:
    """Those that wait for their time. One of the same name and sender takes the place of the one before."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], _Waiting] = {}
        self._running: set[asyncio.Task[None]] = set()

    def note(self, sender_id: str, events: Iterable[Event], call: Call) -> None:
        """Takes in what happened in a conversation: reminders that begin to wait, or are forgotten."""
        for event in events:
            if isinstance(event, ReminderScheduled):
                self._wait(sender_id, event, call)
            elif isinstance(event, ReminderCancelled):
                for key, one in list(self._waiting.items()):
                    if key[0] == sender_id and _is_meant(event, one.event):
                        self._waiting.pop(key).timer.cancel()

    async def close(self) -> None:
        """Forgets all of them, and waits for those that are being done; a while, and then they have not happened."""
        for one in self._waiting.values():
            one.timer.cancel()
        self._waiting.clear()
        if self._running:
            await asyncio.wait(self._running, timeout=_PATIENCE_S)
        for task in self._running:
            task.cancel()
        await self.rest()

    async def rest(self) -> None:
        """Waits for those that are being done now."""
        if self._running:
            await asyncio.wait(self._running)

    def __len__(self) -> int:
        return len(self._waiting)

    def _wait(self, sender_id: str, event: ReminderScheduled, call: Call) -> None:
        try:
            seconds = (_moment(event.date_time) - datetime.now(UTC)).total_seconds()
        except (ValueError, OverflowError):
            _LOG.error("a reminder is passed over: its date_time is no moment: %r", event.date_time)
            return
        key = sender_id, event.name or f"{event.intent} {event.date_time}"

        def begin() -> None:
            self._waiting.pop(key, None)
            task = asyncio.ensure_future(call(sender_id, event))
            self._running.add(task)
            task.add_done_callback(self._done)

        timer = asyncio.get_running_loop().call_later(max(0.0, seconds), begin)
        if (before := self._waiting.get(key)) is not None:
            before.timer.cancel()
        self._waiting[key] = _Waiting(event, timer)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("a reminder failed", exc_info=error)


def still_counts(event: ReminderScheduled, tracker: Tracker) -> bool:
    """Whether a reminder is to be done: nothing took it back, and the user did not speak where that ends it."""

    def is_it(one: Event) -> bool:
        return isinstance(one, ReminderScheduled) and (one.name, one.date_time) == (event.name, event.date_time)

    since: list[Event] = []
    for one in reversed(tracker.applied_events):
        if is_it(one):
            return not (event.kill_on_user_msg and any(isinstance(later, UserUttered) for later in since))
        since.append(one)
    return False


def _moment(text: str) -> datetime:
    """A moment of ISO 8601; one that names no zone is local time."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _is_meant(said: ReminderCancelled, one: ReminderScheduled) -> bool:
    return (
        (not said.name or said.name == one.name)
        and (not said.intent or said.intent == one.intent)
        and (not said.entities or _plain(said.entities) == _plain(one.entities))
    )


def _plain(entities: Any) -> Any:
    return dict(entities) if isinstance(entities, Mapping) else list(entities or ())
