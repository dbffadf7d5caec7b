"""Applied: the events of a conversation that count, without those that later ones took back. Kept up event by event.

A restart or a new session forgets what was; a rewind takes back the user's turn and the listening before it; an undo
takes back one action. A run of a loop that merely goes on is no event of its own, as in told stories (teller.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graphbuild.assistant.runtime.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    DefinePrevUserUtteredFeaturization,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)


class Applied:
    """The events that count, of a conversation that goes on."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._loops: set[str] = set()

    def copy(self) -> Applied:
        """Another that goes its own way."""
        made = Applied()
        made.events, made._loops = list(self.events), set(self._loops)
        return made

    def add(self, event: Event, everything: Sequence[Event]) -> None:
        """Takes in the next event. `everything`: all events with this one, those taken back too."""
        if isinstance(event, ActiveLoop) and event.name and event.name not in self._loops:
            self._loops.add(event.name)
            # Runs of this loop before its name was known may turn out to be one.
            self.events = []
            for one in everything:
                self._add(one)
        else:
            self._add(event)

    def _add(self, event: Event) -> None:
        done = self.events
        if isinstance(event, Restarted | SessionStarted):
            self.events = []
        elif isinstance(event, ActionReverted):
            _take_back(done, ActionExecuted)
        elif isinstance(event, UserUtteranceReverted):
            _take_back(done, UserUttered)
            _take_back(done, ActionExecuted)
        elif isinstance(event, ActionExecuted) and event.name in self._loops and _goes_on(event.name, done):
            self.events = _without_turns_of(event.name, done)
        else:
            done.append(event)


def applied(events: Iterable[Event]) -> list[Event]:
    """The events that count, of a whole conversation."""
    everything = list(events)
    made = Applied()
    for number, event in enumerate(everything, start=1):
        made.add(event, everything[:number] if isinstance(event, ActiveLoop) else ())
    return made.events


def _take_back(done: list[Event], kind: type[Event]) -> None:
    """Takes the last event of a kind back, and all after it."""
    while done and not isinstance(done.pop(), kind):
        pass


def _goes_on(loop: str, done: Sequence[Event]) -> bool:
    """Whether the next run of a loop goes on with its last one: nothing else answered the user in between."""
    following: str | None = None
    for event in reversed(done):
        if isinstance(event, ActiveLoop) and event.name is None:
            return False
        if isinstance(event, ActionExecutionRejected) and event.name == loop:
            return False
        if isinstance(event, UserUttered) and following not in (None, loop):
            return False
        if isinstance(event, ActionExecuted):
            if event.name == loop:
                return True
            following = event.name
    return False


def _without_turns_of(loop: str, done: list[Event]) -> list[Event]:
    """The events without turns and actions since the last run of a loop; what they set stays set."""
    last = max(place for place, event in enumerate(done) if isinstance(event, ActionExecuted) and event.name == loop)
    turns = (ActionExecuted, UserUttered, DefinePrevUserUtteredFeaturization)
    return [*done[: last + 1], *(event for event in done[last + 1 :] if not isinstance(event, turns))]
