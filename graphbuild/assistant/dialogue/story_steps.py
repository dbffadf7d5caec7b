"""StorySteps: stories as histories, one for each action that they tell: what do policies predict with the true past?

As Rasa's test of stories does (RASA.md 6.3): the turns inside a form count too, and where a form would go on but the
story does something else, the form is taken to have refused; where policies find what the user meant unlikely and the
story does not, they are asked once more. Steps of which that may be are there several times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions, Dialogues, Mark, StorySteps
from graphbuild.assistant.data.intent_rankings import IntentRankings
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import Event, StoryGraph
from graphbuild.assistant.dialogue.chains import Chains
from graphbuild.assistant.dialogue.ensemble import choose
from graphbuild.assistant.dialogue.featurizers.unlikely import UNLIKELY
from graphbuild.assistant.dialogue.histories import Moment, histories
from graphbuild.assistant.dialogue.rules.contradictions import LoopWalk
from graphbuild.assistant.dialogue.states import LISTEN, StateMaker
from graphbuild.assistant.dialogue.teller import History, Log
from graphbuild.assistant.dialogue.telling import Limits, Telling
from graphbuild.contract.artifact import Ports
from graphbuild.contract.columns import row_splits
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import AtLeastOne, option

FOLLOWUP = "followup_action"
"""What Rasa names in the place of a policy where to listen is all that there is to do."""
LIMIT_REACHED = "circuit breaker tripped"
"""What Rasa names in the place of an action where a turn has had too many of them."""


@dataclass(frozen=True)
class StoryHistoriesOutput(Ports):
    """The histories, and what each of them is."""

    histories: Dialogues
    steps: StorySteps


class StoryHistories(Component):
    """Makes a history of each step of each story."""

    kind = "trackers"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        remove_duplicates: bool = option(False, "Keep equal dialogues once.")
        second_tries: bool = option(False, "Make histories, too, in which `action_unlikely_intent` came before a step.")

    config: Config

    def apply(self, stories: StoryGraph, domain: DomainSpace) -> StoryHistoriesOutput:
        """Stories of k steps in all -> k histories, and more of steps with an active form and of those after a turn."""
        limits = Limits(remove_duplicates=self.config.remove_duplicates)
        told = told_moments(stories, domain, limits)
        return StoryHistoriesOutput(*steps_of_moments(told, domain, second_tries=self.config.second_tries))


class StoryPredictions(Component):
    """What policies together do at each step of stories."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        max_number_of_predictions: AtLeastOne = option(10, "Actions in one turn, after which nothing is predicted.")

    config: Config

    def apply(
        self,
        predictions: Sequence[ActionPredictions],
        histories: Dialogues,
        steps: StorySteps,
        earlier: ChosenActions | None = None,
    ) -> ChosenActions:
        """P policies on the histories of k steps -> k actions; `earlier`: those before stories were retold."""
        nobody = ("",) * len(histories)
        refused = histories.present.refused if histories.present is not None else nobody
        rankings = next((one.intents for one in predictions if one.intents is not None), None)
        walk = _Walk(steps, choose(predictions, nobody), choose(predictions, refused), earlier, rankings)
        return walk.chosen(self.config.max_number_of_predictions)


def told_moments(stories: StoryGraph, domain: DomainSpace, limits: Limits) -> list[list[History]]:
    """The actions of each story that there is something to predict of, in the order of the canonical dialogues."""
    chains = Chains()
    log: Log[History] = Log(lambda moment: moment)
    told = Telling(stories.steps, domain, chains, limits, log=log).tell().all()
    return [predicted_moments(log.events(end.log)) for end in chains.ordered(told)]


def predicted_moments(told: Sequence[History]) -> list[History]:
    """Of all events of a dialogue the actions that there is something to predict of: not what it begins with."""
    return [one for one in told[1:] if one.is_action]


def steps_of_moments(
    stories: Sequence[Sequence[History]], domain: DomainSpace, *, second_tries: bool
) -> tuple[Dialogues, StorySteps]:
    """The actions of stories as histories, and what each of these is."""
    rows: list[Moment] = []
    actions, loops, plain, refusing, unlikely = [], [], [], [], []

    def row(moment: Moment, *, is_there: bool) -> int:
        rows.extend([moment] if is_there else [])
        return len(rows) - 1 if is_there else -1

    for story in stories:
        for one in story:
            loop = one.now.loop if one.now.loop in domain.forms else None
            name = str(one.event.text if one.event.type == "bot" else one.event.name)
            is_first = one.now.previous is None
            refuses = loop is not None and name != loop
            actions.append(name)
            loops.append(loop or "")
            plain.append(row(Moment(one), is_there=not is_first))
            refusing.append(
                row(Moment(one, is_rejected=True, refused=loop or ""), is_there=bool(loop and not is_first))
            )
            again = Moment(_after_unlikely(one), refuses, str(loop) if refuses else "")
            unlikely.append(row(again, is_there=second_tries and _may_be_unlikely(one)))
    splits = row_splits(np.array([len(story) for story in stories], dtype=np.int64))
    where, where_refusing, where_unlikely = (np.array(one, dtype=np.int32) for one in (plain, refusing, unlikely))
    made = histories(StateMaker(domain), rows)
    return made, StorySteps(splits, tuple(actions), tuple(loops), where, where_refusing, where_unlikely)


def _may_be_unlikely(one: History) -> bool:
    """Whether the user spoke last, and the story does not say itself that the turn was unlikely."""
    return one.now.previous == LISTEN and one.event.name != UNLIKELY


def _after_unlikely(one: History) -> History:
    """The same moment after the assistant found the user's turn unlikely."""
    unlikely = History(Event("action", UNLIKELY), one.link, one.now, one.before)
    return History(one.event, one.link, one.now.with_action(UNLIKELY, is_text=False), unlikely)


@dataclass(frozen=True)
class _Walk:
    """The choices along each story: a form that refused has refused until it runs again."""

    steps: StorySteps
    free: ChosenActions
    after_refusal: ChosenActions
    earlier: ChosenActions | None
    """Those before the stories were retold: where these say AFTER_UNLIKELY, `action_unlikely_intent` is in the past."""
    rankings: IntentRankings | None

    def chosen(self, most: int) -> ChosenActions:
        """One choice a step; none after so many actions in a turn."""
        actions: list[str] = []
        policies: list[str] = []
        confidences: list[float] = []
        marks: list[int] = []
        surprises: dict[int, Mapping[str, Any]] = {}
        splits = self.steps.splits.tolist()
        for story in range(len(self.steps)):
            walk, count = LoopWalk(), 0
            for step in range(splits[story], splits[story + 1]):
                told = self.steps.actions[step]
                asked = self._row(step, walk)
                made, row, mark = self._made(step, walk)
                ranking = self._ranking(step, asked, is_now=row >= 0 and bool(mark or made.actions[row] == UNLIKELY))
                if ranking is not None:
                    surprises[step] = ranking
                if self.earlier is not None:
                    mark |= int(self.earlier.marks[step]) & Mark.AFTER_UNLIKELY
                count += bool(mark)  # that was an action, too
                is_limited = count >= most
                actions.append(LIMIT_REACHED if is_limited else made.actions[row] if row >= 0 else LISTEN)
                policies.append("" if is_limited else made.policies[row] if row >= 0 else FOLLOWUP)
                confidences.append(0.0 if is_limited else float(made.confidences[row]) if row >= 0 else 1.0)
                marks.append(0 if is_limited or row < 0 else int(made.marks[row]) | mark)
                count = 0 if told == LISTEN else count + 1
                walk.act(told)
        return ChosenActions(
            tuple(actions),
            tuple(policies),
            np.array(confidences, dtype=np.float32),
            np.array(marks, dtype=np.uint8),
            surprises,
        )

    def _row(self, step: int, walk: LoopWalk) -> int:
        """The row of a step, -1 for none."""
        loop = self.steps.loops[step] or None
        return int(self.steps.refusing_rows[step] if walk.is_rejected(loop) else self.steps.rows[step])

    def _ranking(self, step: int, row: int, *, is_now: bool) -> Mapping[str, Any] | None:
        """How likely intents were where the user's came as a surprise, now or before the stories were retold."""
        if is_now and self.rankings is not None:
            return self.rankings.row(row)
        return self.earlier.surprises.get(step) if self.earlier is not None else None

    def _made(self, step: int, walk: LoopWalk) -> tuple[ChosenActions, int, int]:
        """Which choices, the row among them (-1 for none), and what is to be marked."""
        steps, free = self.steps, self.free
        action, loop = steps.actions[step], steps.loops[step] or None
        row = self._row(step, walk)
        if row < 0:
            return free, row, 0
        made = free
        if action != loop and free.actions[row] == loop:
            walk.reject(loop)
            made, row = self.after_refusal, int(steps.refusing_rows[step])
        again = int(steps.unlikely_rows[step])
        if made.actions[row] == UNLIKELY and again >= 0:
            # A story that the intent came as a surprise in may still go on as it should.
            return self.after_refusal, again, int(Mark.AFTER_UNLIKELY)
        return made, row, 0
