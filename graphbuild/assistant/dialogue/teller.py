"""Teller: tells the events of one step to one dialogue: chains of (state, action), and where asked a log of events.

Rasa's ways: it listens before every user turn and at the end of a story; an event that takes something back (restart,
rewind, undo) begins anew from what was before. Knows no checkpoints.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from graphbuild.assistant.data.stories import Event, StoryStep
from graphbuild.assistant.dialogue.chains import NOTHING, Chains
from graphbuild.assistant.dialogue.states import LISTEN, Conversation, StateMaker

RESTART, REWIND, UNDO = "restart", "rewind", "undo"

_LISTENING = Event("action", LISTEN)
_ACTS = ("action", "bot")
_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class History:
    """An event, the moment before it, and the events before that."""

    event: Event
    link: int
    now: Conversation
    before: History | None

    @property
    def is_user(self) -> bool:
        """Whether it was a turn of the user."""
        return self.event.type == "user"

    @property
    def is_action(self) -> bool:
        """Whether it was an action of the assistant."""
        return self.event.type in _ACTS


class Log(Generic[_Entry]):
    """Events one after another, beginnings shared. What an event looks like is for `written` to say.

    It is given the event, what was before it, and the events before that, those taken back left out.
    """

    def __init__(self, written: Callable[[History], _Entry]) -> None:
        self._written = written
        self._before = array("i")
        self._events: list[_Entry] = []
        self._steps: dict[int, tuple[StoryStep, int]] = {}

    def add(self, before: int, moment: History) -> int:
        """The place of an event after another."""
        self._before.append(before)
        self._events.append(self._written(moment))
        return len(self._events) - 1

    def events(self, last: int) -> list[_Entry]:
        """All events up to one."""
        found = []
        while last != NOTHING:
            found.append(self._events[last])
            last = self._before[last]
        return found[::-1]

    def came_through(self, step: StoryStep, before: int, to: int) -> None:
        """A step was told, up to an event; `before` is the last event before it."""
        self._steps.setdefault(to, (step, before))

    def steps(self, last: int) -> list[StoryStep]:
        """The steps that a dialogue came through up to an event, those without events left out."""
        found = []
        while last != NOTHING:
            step, last = self._steps[last]
            found.append(step)
        return found[::-1]


@dataclass
class Teller:
    """One step being told: the link and the conversation that it has come to."""

    maker: StateMaker
    chains: Chains
    link: int
    now: Conversation
    history: History | None
    is_rule: bool
    log: Log[Any] | None = None
    logged: int = NOTHING
    listens: bool = field(default=False)
    """Whether the last event of this step was to listen. What was before the step does not count, as in Rasa."""

    def tell(self, step: StoryStep, *, untold: bool) -> Iterator[Teller]:
        """Tells a step; stops before each event that takes something back. `untold`: the first action is no turn."""
        for event in step.events:
            if event.type in _ACTS:
                self.act(event, told=not untold)
                untold = False
                continue
            if event.type == "user":
                self.listen()
            elif event.type == "event" and event.name in (RESTART, REWIND, UNDO):
                yield self
            self.happen(event)
        if not step.end:
            self.listen()

    def act(self, event: Event, *, told: bool = True) -> None:
        """An action of the assistant."""
        self.listens = event.type == "action" and event.name == LISTEN
        self._note(event)
        if event.name in self.maker.loops and self._continues(str(event.name)):
            return
        name = str(event.name if event.type == "action" else event.text)
        self.history = History(event, self.link, self.now, self.history)
        if told:
            self.link = self.chains.add(self.link, self.maker.state(self.now), name)
        self.now = self.now.with_action(name, is_text=event.type == "bot")

    def listen(self) -> None:
        """Listens, unless it does already."""
        if not self.listens:
            self.act(_LISTENING)

    def happen(self, event: Event) -> None:
        """Anything but an action."""
        self.listens = False
        event = self.maker.meant(event, is_rule=self.is_rule)
        self._note(event)
        self.history = History(event, self.link, self.now, self.history)
        if event.type == "user":
            for filled in self.maker.filled_by(event):
                self._note(filled)
        if event.type == "event":
            self._take_back(event.name)
        self.now = self.maker.after(self.now, event, is_rule=self.is_rule)

    def _continues(self, loop: str) -> bool:
        """Whether a run of a loop merely goes on with its last one; then only what was set since has happened.

        Turns in which the user gave what the loop asked for are the loop's own business: policies learn nothing of
        them. They do where another action answered the user. (So do the applied events of trackers in Rasa 3.)
        """
        following: str | None = None
        since: list[Event] = []
        after = self.link, self.now
        moment = self.history
        while moment is not None and not (moment.is_action and moment.event.name == loop):
            event = moment.event
            if (event.type == "loop" and event.name is None) or (moment.is_user and following not in (None, loop)):
                return False
            if moment.is_user:
                since += reversed(list(self.maker.filled_by(event)))
            elif not moment.is_action:
                since.append(event)
            following = event.name if moment.is_action else following
            after, moment = (moment.link, moment.now), moment.before
        if moment is None or not _was_active(self.history, loop):
            return False
        (self.link, self.now), self.history = after, moment
        for event in reversed(since):
            self.history = History(event, self.link, self.now, self.history)
            self.now = self.maker.after(self.now, event, is_rule=self.is_rule)
        return True

    def _take_back(self, name: str | None) -> None:
        if name == RESTART:
            self._back_to(None)
        elif name == UNDO:
            self._back_to(last_action(self.history))
        elif name == REWIND:
            # The user's turn, and the listening before it.
            turn = self.history
            while turn is not None and not turn.is_user:
                turn = turn.before
            self._back_to(last_action(turn))

    def _back_to(self, moment: History | None) -> None:
        if moment is None:
            self.link, self.now, self.history = NOTHING, self.maker.begin(), None
        else:
            self.link, self.now, self.history = moment.link, moment.now, moment.before

    def _note(self, event: Event) -> None:
        if self.log is not None:
            self.logged = self.log.add(self.logged, History(event, self.link, self.now, self.history))


def last_action(history: History | None) -> History | None:
    """The moment before the last action."""
    while history is not None and not history.is_action:
        history = history.before
    return history


def _was_active(history: History | None, loop: str) -> bool:
    while history is not None and not (history.event.type == "loop" and history.event.name == loop):
        history = history.before
    return history is not None


def begins_with_user(step: StoryStep) -> bool:
    """Whether a user turn comes before the first action of a step, if there is any."""
    return next((event.type == "user" for event in step.events if event.type in ("user", "action", "bot")), True)
