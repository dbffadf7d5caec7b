"""Execution: runs the actions of a turn and lets happen what they say, until the assistant listens. RASA.md 4.4."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.runtime.action_book import ActionBook
from graphbuild.assistant.runtime.actions import Action, ActionRejected, Turn
from graphbuild.assistant.runtime.channel import Channel
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.event_json import harmless
from graphbuild.assistant.runtime.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from graphbuild.assistant.runtime.extract_slots import EXTRACT_SLOTS
from graphbuild.assistant.runtime.prediction import Prediction, asked_for
from graphbuild.assistant.runtime.replay import SESSION_START
from graphbuild.assistant.runtime.responses import Responder
from graphbuild.assistant.runtime.thinking import Thinking
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.errors import GraphbuildError, Level, Problem

_LOG = logging.getLogger(__name__)
_ENDS = (LISTEN, SESSION_START)
"""Actions after which nothing more is done."""


@dataclass(frozen=True)
class Assistant:
    """What acts: the model, the actions, the responses of one assistant."""

    domain: RunningDomain
    thinking: Thinking
    book: ActionBook
    responder: Responder
    most_predictions: int
    """Actions of one turn at most."""


@dataclass
class Execution:
    """One conversation in which something is being done."""

    assistant: Assistant
    tracker: Tracker
    channel: Channel
    problems: list[Problem] = field(default_factory=list)
    """What went wrong; the conversation goes on."""

    async def fill_slots(self) -> None:
        """Takes slots from what the user said."""
        await self._happen(await self._attempt(self.assistant.book.find(EXTRACT_SLOTS)) or [])

    async def start_session(self) -> None:
        """Begins a new session."""
        await self.act(Prediction(SESSION_START))

    async def answer(self) -> None:
        """Does one thing after another until the assistant listens, or has done too much."""
        begun, tried = len(self.tracker.events), 0
        while not self._is_silent:
            if self._has_done_too_much(begun, tried):
                what = f"more than {self.assistant.most_predictions} actions in one turn: the rest is not done"
                self._tell(Problem(what, hint="a story or rule may lead in circles", level=Level.WARNING))
                # Rasa does not listen then, and so never comes out of it again.
                self.tracker.extend([ActionExecuted(LISTEN)])
                return
            tried += 1
            prediction = await self.predict()
            await self.hear(prediction)
            if not await self.act(prediction):
                return

    async def predict(self) -> Prediction:
        """What is to be done next."""
        known = frozenset(self.assistant.domain.actions)
        return asked_for(self.tracker, known) or await self.assistant.thinking.decide(self.tracker)

    async def hear(self, prediction: Prediction) -> None:
        """Takes in what a policy found in the text of the user's turn, if it went by that.

        Rasa adds it with the action alone, and so fills no slot with it.
        """
        if prediction.is_end_to_end:
            self.tracker.extend(prediction.found)
            await self.fill_slots()

    async def act(self, prediction: Prediction) -> bool:
        """Does one thing. Whether something more may be done."""
        tracker, name = self.tracker, prediction.action
        try:
            action = self.assistant.book.find(name)
            events = await self._attempt(action, prediction.events, may_refuse=True)
        except ActionRejected as refusal:
            _LOG.info("%s", refusal)
            tracker.extend([ActionExecutionRejected(name, prediction.policy, prediction.confidence)])
            return name not in _ENDS
        except GraphbuildError as error:
            self._failed(name, error)
            return False
        happened = events or []
        if not any(isinstance(event, ActionExecutionRejected) for event in happened):
            tracker.extend([*prediction.events, self._executed(prediction)])
        await self._happen(happened)
        if any(isinstance(event, UserUttered) for event in happened):
            await self.fill_slots()
        return name not in _ENDS

    async def send(self, events: Sequence[Event]) -> None:
        """Sends what the assistant says in some events."""
        for event in events:
            if isinstance(event, BotUttered):
                try:
                    await self.channel.send(self.tracker.sender_id, event.message())
                except Exception as error:  # noqa: BLE001 - a channel is anybody's code
                    self._failed(f"channel `{self.channel.name}`", error)

    async def _happen(self, events: Sequence[Event]) -> None:
        happened = [harmless(event) for event in events]
        domain = self.assistant.domain
        for event in happened:
            if isinstance(event, SlotSet) and event.name not in domain.slots:
                domain.once.warn(_LOG, "slot %s is set, which the domain does not have; it is passed over", event.name)
        self.tracker.extend(happened)
        await self.send(happened)

    async def _attempt(
        self, action: Action, before: Sequence[Event] = (), *, may_refuse: bool = False
    ) -> list[Event] | None:
        """What an action does after some events; None where it fails, which is told."""
        assistant = self.assistant
        here = Turn(self.tracker, assistant.domain, assistant.book, assistant.responder, self.channel.name)
        try:
            events = await action.run(here.after(before))
        except ActionRejected as refusal:
            if may_refuse:
                raise
            _LOG.info("%s", refusal)
        except Exception as error:  # noqa: BLE001 - actions are anybody's code, and the user waits for an answer
            self._failed(f"action `{action.name}`", error)
        else:
            for problem in here.problems:
                self._tell(problem)
            return events
        return None

    def _executed(self, prediction: Prediction) -> ActionExecuted:
        is_text = prediction.action in self.assistant.domain.texts
        return ActionExecuted(
            None if is_text else prediction.action,
            prediction.policy,
            prediction.confidence,
            prediction.action if is_text else None,
            prediction.hides_turn,
            metadata=prediction.metadata,
        )

    @property
    def _is_silent(self) -> bool:
        message = self.tracker.latest_message
        wants_restart = message is not None and message.intent_name == "restart"
        return self.tracker.now.is_paused and not wants_restart

    def _has_done_too_much(self, begun: int, tried: int) -> bool:
        """Whether a turn has had its share; refusals are no actions, but two that refuse by turns must end, too."""
        most = self.assistant.most_predictions
        done = [one for one in self.tracker.events[begun:] if isinstance(one, ActionExecuted) and one.name not in _ENDS]
        return len(done) >= most or tried >= 2 * most

    def _failed(self, what: str, error: Exception) -> None:
        if isinstance(error, GraphbuildError):
            for problem in error.problems:
                self._tell(problem)
        else:
            _LOG.error("%s failed", what, exc_info=error)
            self._tell(Problem(f"{what} failed", facts=(("error", f"{type(error).__name__}: {error}"),)))

    def _tell(self, problem: Problem) -> None:
        facts = "".join(f"; {name}: {value}" for name, value in problem.facts)
        _LOG.log(logging.WARNING if problem.level is Level.WARNING else logging.ERROR, "%s%s", problem.what, facts)
        self.problems.append(problem)
