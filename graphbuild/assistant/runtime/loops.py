"""Loops: actions that go on over several turns until they are done: forms, and the fallback in two stages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from graphbuild.assistant.runtime.actions import Turn
from graphbuild.assistant.runtime.events import ActiveLoop, Event


class LoopAction(ABC):
    """Begins where it is not active, does one round, ends where it is done."""

    name: str

    async def run(self, turn: Turn) -> list[Event]:
        """One round."""
        events: list[Event] = []
        if turn.tracker.active_loop_name != self.name:
            events.append(ActiveLoop(self.name))
            events += await self.begin(turn.after(events))
        if not self.is_done(turn, events):
            events += await self.go_on(turn, events)
        if self.is_done(turn, events):
            events.append(ActiveLoop(None))
            events += await self.end(turn)
        return events

    async def begin(self, turn: Turn) -> list[Event]:  # noqa: ARG002 - for those who have something to do
        """What happens once, when it begins; it is active already."""
        return []

    async def end(self, turn: Turn) -> list[Event]:  # noqa: ARG002 - likewise
        """What happens when it ends."""
        return []

    @abstractmethod
    async def go_on(self, turn: Turn, so_far: Sequence[Event]) -> list[Event]:
        """One round. `so_far`: what happened in this run, of which the tracker knows nothing."""

    @abstractmethod
    def is_done(self, turn: Turn, so_far: Sequence[Event]) -> bool:
        """Whether there is nothing more to do."""
