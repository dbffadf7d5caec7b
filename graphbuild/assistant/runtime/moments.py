"""Moments: a tracker as policies see it. States are those of the same story told (dialogue/told_tests.py).

What a user's turn fills is in events of its own here, so the turn itself fills nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.stories import Event as ToldEvent
from graphbuild.assistant.data.stories import frozen_entities
from graphbuild.assistant.dialogue.chains import NOTHING
from graphbuild.assistant.dialogue.histories import Moment
from graphbuild.assistant.dialogue.states import LISTEN, RESET_SLOTS, Conversation, StateMaker
from graphbuild.assistant.dialogue.teller import History
from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.events import Event
from graphbuild.assistant.runtime.tracker import Tracker

_NEXT = ToldEvent("action", LISTEN)
"""Stands for what is to come, of which nothing is known."""


@dataclass
class _Telling:
    maker: StateMaker
    now: Conversation
    history: History | None = None
    link: int = NOTHING

    def note(self, event: ToldEvent) -> None:
        self.history = History(event, self.link, self.now, self.history)


class MomentMaker:
    """Makes moments for one domain."""

    def __init__(self, domain: RunningDomain) -> None:
        self._maker = StateMaker(domain.space, filling=())

    def moment(self, tracker: Tracker) -> Moment:
        """The present of a conversation and all before it."""
        telling = _Telling(self._maker, self._maker.begin())
        hidden: list[bool] = []
        happened = tracker.applied_events
        has_spoken = False
        for place, event in enumerate(happened):
            if isinstance(event, kinds.UserUttered):
                has_spoken = True
                self._user(telling, event, happened[place + 1 :])
            elif isinstance(event, kinds.ActionExecuted):
                # As in stories: an action that the assistant begins with, before the user spoke, is no turn.
                is_told = bool(hidden) or has_spoken or event.label == LISTEN
                self._action(telling, event, is_told=is_told)
                hidden.append(event.hide_rule_turn)
            else:
                for told in _told(event):
                    telling.note(told)
                    telling.now = self._maker.after(telling.now, told, is_rule=False)
        telling.note(_NEXT)
        assert telling.history is not None
        loop, message = tracker.now.loop, tracker.latest_message
        sure = message.intent.get("confidence") if message is not None else None
        return Moment(
            telling.history,
            is_rejected=loop is not None and loop.is_rejected,
            refused=_refused(tracker.events),
            confidence=1.0 if sure is None else float(sure),
            hidden=tuple(hidden),
        )

    def _user(self, telling: _Telling, event: kinds.UserUttered, after: Sequence[Event]) -> None:
        text, intent = event.text or None, event.intent_name
        entities = list(event.entities)
        for one in until_action(after):
            if isinstance(one, kinds.EntitiesAdded):
                entities += [entity for entity in one.entities if entity not in entities]
            elif isinstance(one, kinds.DefinePrevUserUtteredFeaturization) and one.use_text is not None and text:
                text, intent = (text, None) if one.use_text else (None if intent else text, intent)
        if intent is None and text is not None:
            entities = []  # as in Rasa, a text stands for itself
        said = ToldEvent("user", intent, text=text)
        telling.note(said)
        labelled = ToldEvent("user", intent, text=text, entities=frozen_entities(entities))
        telling.now = self._maker.after(telling.now, labelled, is_rule=False)

    def _action(self, telling: _Telling, event: kinds.ActionExecuted, *, is_told: bool) -> None:
        told = ToldEvent("action", event.name) if event.name else ToldEvent("bot", text=event.action_text)
        telling.note(told)
        if is_told:
            telling.link += 1
        telling.now = telling.now.with_action(event.label, is_text=not event.name)


def _told(event: Event) -> Iterator[ToldEvent]:
    """What of an event stories tell."""
    if isinstance(event, kinds.SlotSet):
        yield ToldEvent("slot", event.name, event.value)
    elif isinstance(event, kinds.ActiveLoop):
        yield ToldEvent("loop", event.name)
    elif isinstance(event, kinds.AllSlotsReset):
        yield ToldEvent("event", RESET_SLOTS)


def until_action(events: Sequence[Event]) -> Iterator[Event]:
    """The events before the next action or turn: what they say of the user's turn holds for it."""
    for event in events:
        if isinstance(event, kinds.ActionExecuted | kinds.UserUttered):
            return
        yield event


def _refused(events: Sequence[Event]) -> str:
    """The action that refused, where nothing was done since."""
    for event in reversed(events):
        if isinstance(event, kinds.ActionExecuted):
            return ""
        if isinstance(event, kinds.ActionExecutionRejected):
            return event.name or ""
    return ""
