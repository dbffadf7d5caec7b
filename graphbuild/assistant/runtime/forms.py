"""FormAction: asks for slots until all are filled. RASA.md 4.4.

    begins   slots that triggers and earlier messages fill are taken and checked
    a round  what was asked for is checked; nothing found -> the form refuses to run; else the next slot is asked for
    ends     where nothing is left to ask for, or the check says so

`validate_FORM`, where the domain has it, checks values, may set others, and says by `requested_slot` what comes next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphbuild.assistant.data.domain import REQUESTED_SLOT, Form
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.runtime.actions import ActionRejected, Turn
from graphbuild.assistant.runtime.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    Restarted,
    SlotSet,
    UserUttered,
)
from graphbuild.assistant.runtime.extract_slots import EXTRACT_SLOTS
from graphbuild.assistant.runtime.loops import LoopAction


class FormAction(LoopAction):
    """A form of the domain."""

    def __init__(self, name: str, form: Form) -> None:
        self.name = name
        self._form = form

    async def begin(self, turn: Turn) -> list[Event]:
        found = await turn.book.find(EXTRACT_SLOTS).run(turn)
        sets = [event for event in found if isinstance(event, SlotSet)]
        if not turn.book.has(self._check):
            return list(sets)
        now = turn.after(found)
        values = now.tracker.slots
        filled = {name: values[name] for name in self._form.required_slots if values.get(name) is not None}
        checked = await self._checked(filled, now)
        names = {event.name for event in checked if isinstance(event, SlotSet)}
        return [*checked, *(event for event in sets if event.name not in names)]

    async def go_on(self, turn: Turn, so_far: Sequence[Event]) -> list[Event]:
        events: list[Event] = []
        if all(isinstance(event, ActiveLoop) for event in so_far):
            events = await self._check_round(turn)
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            events += await self._ask_next(turn, [*so_far, *events])
        return events

    def is_done(self, turn: Turn, so_far: Sequence[Event]) -> bool:  # noqa: ARG002 - what happened says it
        if any(isinstance(event, ActionExecutionRejected) for event in so_far):
            return False
        asked = [event.value for event in so_far if isinstance(event, SlotSet) and event.name == REQUESTED_SLOT]
        loops = [event.name for event in so_far if isinstance(event, ActiveLoop)]
        return asked[-1:] == [None] or loops[-1:] == [None]

    async def _check_round(self, turn: Turn) -> list[Event]:
        """What the check says of the user's message. Raises ActionRejected where it has nothing that was asked for."""
        tracker = turn.tracker
        loop = tracker.now.loop
        is_answer = tracker.latest_action_name == LISTEN and not (loop is not None and loop.is_interrupted)
        if loop is not None and not is_answer:
            # Coming back to the form: nothing is new, but the check may say what to ask for.
            return await self._checked({}, turn)
        found = self._found(turn)
        events = await self._checked(found, turn)
        was_checked = any(isinstance(event, SlotSet) and event.name != REQUESTED_SLOT for event in events)
        refuses = any(isinstance(event, ActionExecutionRejected) for event in events)
        asked = self._asked(turn)
        if asked and not found and not was_checked and not refuses:
            raise ActionRejected(self.name, f"form `{self.name}` found nothing for slot `{asked}`")
        return events

    def _found(self, turn: Turn) -> dict[str, Any]:
        """Slots of the form that were set since the user spoke."""
        wanted = {*self._form.required_slots, self._asked(turn)}
        found: dict[str, Any] = {}
        for event in reversed(turn.tracker.events):
            if isinstance(event, UserUttered | Restarted):
                break
            if isinstance(event, SlotSet) and event.name in wanted:
                found.setdefault(event.name, event.value)
        return dict(reversed(found.items()))

    async def _checked(self, values: dict[str, Any], turn: Turn) -> list[Event]:
        """What `validate_FORM` says of values; nothing where the domain has no such action."""
        if not turn.book.has(self._check):
            return []
        return await turn.book.custom(self._check).run(self._within(turn, [SlotSet(*one) for one in values.items()]))

    async def _ask_next(self, turn: Turn, so_far: Sequence[Event]) -> list[Event]:
        if self.is_done(turn, so_far):
            return [SlotSet(REQUESTED_SLOT, None)]
        said = [event.value for event in so_far if isinstance(event, SlotSet) and event.name == REQUESTED_SLOT]
        now = self._within(turn, so_far)
        if said and said[0]:
            return await self._ask(str(said[0]), now)
        slots = (name for name in self._form.required_slots if now.tracker.get_slot(name) is None)
        following = next(slots, None)
        asks = await self._ask(following, now) if following else []
        return [SlotSet(REQUESTED_SLOT, following), *asks]

    async def _ask(self, slot: str, turn: Turn) -> list[Event]:
        """Asks for a slot in the first way that there is; in none, where an action of the user's own has asked."""
        ways = (f"{way}_{name}" for name in (f"{self.name}_{slot}", slot) for way in ("action_ask", "utter_ask"))
        way = next((name for name in ways if turn.book.has(name)), None)
        return await turn.book.find(way).run(turn) if way is not None else []

    def _within(self, turn: Turn, events: Sequence[Event]) -> Turn:
        """As if the form had run and then `events` happened, so that checks see what is new."""
        return turn.after([SlotSet(REQUESTED_SLOT, self._asked(turn)), ActionExecuted(self.name), *events])

    def _asked(self, turn: Turn) -> str | None:
        """The slot that this form asked for; what another form asked for does not count."""
        is_own = turn.tracker.active_loop_name == self.name
        return turn.tracker.get_slot(REQUESTED_SLOT) if is_own else None

    @property
    def _check(self) -> str:
        return f"validate_{self.name}"
