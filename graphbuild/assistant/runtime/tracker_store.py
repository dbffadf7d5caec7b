"""TrackerStore: where conversations are kept, as events that are only ever appended. The one in memory is here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from graphbuild.assistant.runtime.events import ActionExecuted, Event, SessionStarted

Row = dict[str, Any]
"""An event in JSON (events.py)."""


class TrackerStore(Protocol):
    """Keeps the events of conversations. One process writes a conversation at a time (locks.py)."""

    async def read(self, sender_id: str, *, whole: bool = False) -> list[Row]:
        """The events of the last session, or of the whole conversation; none where it is not known."""

    async def append(self, sender_id: str, events: Sequence[Event]) -> None:
        """Keeps more events of a conversation: all of them, or none where it fails."""

    async def replace(self, sender_id: str, events: Sequence[Event]) -> None:
        """Lets a conversation be these events, or what it was where it fails: at no moment anything else."""

    async def senders(self) -> list[str]:
        """Who has conversations, sorted."""

    async def delete(self, sender_id: str) -> None:
        """Forgets a conversation."""

    async def close(self) -> None:
        """Lets go of files and connections."""


class MemoryTrackerStore:
    """Keeps conversations as long as the process lives, written as JSON: a tenth of the memory of the values.

    `max_event_history`: of each conversation only the last events, at most so many.
    """

    def __init__(self, max_event_history: int | None = None) -> None:
        self._most = max_event_history
        self._rows: dict[str, list[bytes]] = {}
        self._sessions: dict[str, int] = {}

    async def read(self, sender_id: str, *, whole: bool = False) -> list[Row]:
        rows = self._rows.get(sender_id, [])
        first = 0 if whole else self._sessions.get(sender_id, 0)
        return [msgspec.json.decode(row) for row in rows[first:]]

    async def append(self, sender_id: str, events: Sequence[Event]) -> None:
        new = [written(event) for event in events]
        rows = self._rows.setdefault(sender_id, [])
        for place, event in enumerate(events):
            if isinstance(event, SessionStarted):
                self._sessions[sender_id] = len(rows) + place
        rows += new
        if self._most is not None and (surplus := len(rows) - self._most) > 0:
            del rows[:surplus]
            self._sessions[sender_id] = max(0, self._sessions.get(sender_id, 0) - surplus)

    async def replace(self, sender_id: str, events: Sequence[Event]) -> None:
        new = MemoryTrackerStore(self._most)
        if events:
            await new.append(sender_id, events)  # fails before anything is forgotten
        await self.delete(sender_id)
        self._rows.update(new._rows)
        self._sessions.update(new._sessions)

    async def senders(self) -> list[str]:
        return sorted(self._rows)

    async def delete(self, sender_id: str) -> None:
        self._rows.pop(sender_id, None)
        self._sessions.pop(sender_id, None)

    async def close(self) -> None:
        """Nothing to let go of."""


def written(event: Event) -> bytes:
    """An event as JSON text. What JSON has no word for is written as a text, as action servers would."""
    return msgspec.json.encode(event.as_dict(), enc_hook=str)


def columns_of(event: Event) -> tuple[str, str | None, str | None]:
    """(type, intent, action): what Rasa writes beside an event, to look for."""
    row = event.as_dict()
    intent = (row.get("parse_data") or {}).get("intent") or {}
    action = event.name if isinstance(event, ActionExecuted) else None
    return str(row["event"]), intent.get("name"), action
