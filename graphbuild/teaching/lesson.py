"""Lesson: talks with an assistant in which a teacher says what should be understood and done. Knows no terminal.

    parse = await lesson.understand(text)            -> the teacher corrects it
    await lesson.hear(parse)                         -> slots are filled
    prediction = await lesson.predict()              -> the teacher corrects it: lesson.instead(name)
    done = await lesson.act(prediction)              -> again, until done.listens

All that happens is noted in a journal at once. A lesson can be told again from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphbuild.assistant.data.domain import RESPONSE_PREFIX
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.runtime.channel import Collector, Part
from graphbuild.assistant.runtime.events import (
    ActionExecuted,
    ActionExecutionRejected,
    DefinePrevUserUtteredFeaturization,
    Event,
    UserUttered,
)
from graphbuild.assistant.runtime.execution import Execution
from graphbuild.assistant.runtime.prediction import Prediction
from graphbuild.assistant.runtime.processor import Processor
from graphbuild.assistant.runtime.responses import uttered
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.errors import Problem
from graphbuild.teaching.journal import Journal, Step
from graphbuild.teaching.taught import Taught, taught_by


@dataclass(frozen=True)
class Done:
    """What came of something that was said or done."""

    messages: tuple[Part, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    """Those that changed, with their new values."""
    problems: tuple[Problem, ...] = ()
    listens: bool = False
    """Whether it is the user's turn now."""
    is_refused: bool = False
    """Whether the action refused to run."""


class Lesson:
    """Talks, one after another, and what is taught by them."""

    def __init__(
        self,
        processor: Processor,
        journal: Journal,
        *,
        sender_id: str = "teacher",
        tells_texts: bool = False,
        tellings: Sequence[Step] = (),
    ) -> None:
        """`tells_texts`: stories hold what users said. `tellings`: an earlier lesson's steps, which go on here."""
        self._processor = processor
        self._journal = journal
        self._sender = sender_id
        self._tells_texts = tells_texts
        self.domain = processor.domain
        self.talks: list[Tracker] = []
        self.responses: dict[str, str] = {}
        """The texts of new responses, by name."""
        self._turns: list[int] = []
        """Of the present talk: how many events were before each turn of the user."""
        for step in tellings:
            self._tell_again(step)

    @property
    def tracker(self) -> Tracker:
        """The present talk."""
        return self.talks[-1]

    async def begin(self) -> Done:
        """Begins a talk."""
        self.talks.append(Tracker(self._sender, self.domain.slots))
        self._turns = []
        return await self._happens(lambda turn: turn.start_session())

    async def understand(self, text: str) -> dict[str, Any]:
        """What the assistant understands of a text."""
        return {**await self._processor.parse(text), "text": text}

    async def hear(self, parse: Mapping[str, Any]) -> Done:
        """The user says something that means this."""
        self._turns.append(len(self.tracker.events))
        self.tracker.extend([UserUttered.understood(parse["text"], parse)])
        return await self._happens(lambda turn: turn.fill_slots(), since=self._turns[-1])

    async def predict(self) -> Prediction:
        """What the assistant would do next."""
        return await self._execution().predict()

    def instead(self, name: str) -> Prediction:
        """What the teacher wants to be done. The user's turn is known by its intent then."""
        by_intent = (DefinePrevUserUtteredFeaturization(False),) if self.tracker.now.is_listening else ()
        return Prediction(name, None, 1.0, by_intent)

    def has_action(self, name: str) -> bool:
        """Whether the assistant could do this already."""
        return self._processor.assistant.book.has(name)

    def wants_text(self, name: str) -> bool:
        """Whether it is a new response, of which nobody said yet what it says."""
        return name.startswith(RESPONSE_PREFIX) and name not in self.responses and not self.has_action(name)

    async def act(self, prediction: Prediction) -> Done:
        """Does something. A new response is said; any other action that is new only counts as done."""
        if not self.has_action(prediction.action):
            return self._do_new(prediction)

        async def does(turn: Execution) -> bool:
            await turn.hear(prediction)
            return await turn.act(prediction)

        return await self._happens(does)

    def back(self) -> str | None:
        """Takes back the user's last turn and all since; its text, or None where nothing was said."""
        if not self._turns:
            return None
        kept = self._turns.pop()
        text = next(one.text for one in self.tracker.events[kept:] if isinstance(one, UserUttered))
        self._keep(kept)
        self._journal.note(Step(len(self.talks) - 1, kept, (), self.responses))
        return text

    def taught(self) -> Taught:
        """What was taught so far."""
        return taught_by([one.events for one in self.talks], self.domain, self.responses, tells_texts=self._tells_texts)

    def actions(self) -> list[str]:
        """What can be done: the domain's actions, then the new ones of this lesson."""
        new = [name for name, _ in self.taught().domain.actions]
        return [*self.domain.actions, *dict.fromkeys((*new, *self.responses))]

    def intents(self) -> list[str]:
        """What can be meant: the domain's intents, then the new ones of this lesson."""
        return [*sorted(self.domain.intents), *(one.name for one in self.taught().domain.intents)]

    def _execution(self) -> Execution:
        return Execution(self._processor.assistant, self.tracker, Collector())

    async def _happens(self, does: Any, since: int | None = None) -> Done:
        turn, before = self._execution(), self.tracker.slots
        begun = len(self.tracker.events)
        goes_on = await does(turn)
        new = self.tracker.events[begun:]
        self._journal.note(Step(len(self.talks) - 1, begun if since is None else since,
            tuple(self.tracker.events[begun if since is None else since :]), self.responses))  # fmt: skip
        assert isinstance(turn.channel, Collector)
        return Done(
            tuple(turn.channel.messages),
            {name: value for name, value in self.tracker.slots.items() if before.get(name) != value},
            tuple(turn.problems),
            listens=goes_on is False or self.tracker.now.is_paused,
            is_refused=any(isinstance(one, ActionExecutionRejected) for one in new),
        )

    def _do_new(self, prediction: Prediction) -> Done:
        begun, name = len(self.tracker.events), prediction.action
        self.tracker.extend([*prediction.events, ActionExecuted(name, confidence=1.0)])
        text = self.responses.get(name)
        if text is not None:
            self.tracker.extend([uttered({"text": text, "utter_action": name})])
        self._journal.note(Step(len(self.talks) - 1, begun, tuple(self.tracker.events[begun:]), self.responses))
        return Done(({"text": text},) if text is not None else ())

    def _keep(self, count: int) -> None:
        kept = self.tracker.events[:count]
        self.talks[-1] = Tracker.of(self._sender, kept, self.domain.slots)

    def _tell_again(self, step: Step) -> None:
        """What an earlier lesson noted happens again, without anything being done."""
        while len(self.talks) <= step.talk:
            self.talks.append(Tracker(self._sender, self.domain.slots))
            self._turns = []
        self._keep(step.kept)
        for event in step.events:
            if isinstance(event, UserUttered):
                self._turns.append(len(self.tracker.events))
            self.tracker.update(event)
        self._turns = [one for one in self._turns if one < len(self.tracker.events)]
        self.responses = dict(step.responses)
        self._journal.note(step)


def waits_for_user(events: Sequence[Event]) -> bool:
    """Whether the last thing that was done is listening."""
    done = [one for one in events if isinstance(one, ActionExecuted | UserUttered)]
    return not done or (isinstance(done[-1], ActionExecuted) and done[-1].name == LISTEN)
