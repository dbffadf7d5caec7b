"""Actions: what the assistant does in a turn, as values with one operation. Which there are: action_book.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.events import Event
from graphbuild.assistant.runtime.responses import Responder, uttered
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.errors import GraphbuildError, Problem


class ActionFailed(GraphbuildError):
    """An action could not do its work."""


class ActionRejected(Exception):
    """An action refuses to run: policies choose another. Functions of the user's own may raise it, too."""

    def __init__(self, action: str, why: str = "") -> None:
        super().__init__(why or f"action `{action}` refuses to run")
        self.action = action


@dataclass(frozen=True)
class Turn:
    """What an action sees. The tracker is a copy: only the events that come back happen."""

    tracker: Tracker
    domain: RunningDomain
    book: Actions
    responder: Responder
    channel: str
    """The name of the channel that answers go to."""
    problems: list[Problem] = field(default_factory=list)
    """What goes wrong while the rest is done."""

    def after(self, events: Sequence[Event]) -> Turn:
        """The same after some more events."""
        return replace(self, tracker=self.tracker.with_events(events))

    async def say(self, name: str, values: Mapping[str, Any] | None = None) -> list[Event]:
        """The utterance of a response; none where the domain has no such response."""
        message = await self.responder.message(name, self.tracker, self.channel, values or {})
        return [uttered({**message, "utter_action": name})] if message is not None else []


class Action(Protocol):
    """Something that the assistant does."""

    @property
    def name(self) -> str:
        """Its name in the domain, or the text that it says."""

    async def run(self, turn: Turn) -> list[Event]:
        """Does it, and says what happened. Raises ActionRejected, GraphbuildError."""


class Actions(Protocol):
    """Finds actions by name."""

    def has(self, name: str) -> bool:
        """Whether there is such an action."""

    def find(self, name: str) -> Action:
        """The action of a name, or the one that says a text. Raises ActionFailed where there is none."""

    def custom(self, name: str) -> Action:
        """The user's own action of a name, whatever else has it."""
