"""StorySteps: stories as histories, one for each action that they tell: what do policies predict with the true past?

As Rasa's test of stories does (RASA.md 6.3): the turns inside a form count too, and where a form would go on but the
story does something else, the form is taken to have refused. Each step with an active form is therefore there twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions, Dialogues, StorySteps
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.dialogue.chains import Chains
from graphbuild.assistant.dialogue.ensemble import choose
from graphbuild.assistant.dialogue.histories import Moment, histories
from graphbuild.assistant.dialogue.rules.contradictions import LoopWalk
from graphbuild.assistant.dialogue.states import LISTEN, StateMaker
from graphbuild.assistant.dialogue.teller import History, Log
from graphbuild.assistant.dialogue.telling import Limits, Telling
from graphbuild.contract.artifact import Ports
from graphbuild.contract.columns import row_splits
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option

FOLLOWUP = "followup_action"
"""What Rasa names in the place of a policy where to listen is all that there is to do."""


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

    config: Config

    def apply(self, stories: StoryGraph, domain: DomainSpace) -> StoryHistoriesOutput:
        """Stories of k steps in all -> k histories, and one more for each step with an active form."""
        limits = Limits(remove_duplicates=self.config.remove_duplicates)
        return StoryHistoriesOutput(*_steps(told_moments(stories, domain, limits), domain))


class StoryPredictions(Component):
    """What policies together do at each step of stories."""

    kind = "evaluation"

    def apply(self, predictions: Sequence[ActionPredictions], histories: Dialogues, steps: StorySteps) -> ChosenActions:
        """P policies on the histories of k steps -> k actions."""
        nobody = ("",) * len(histories)
        refused = histories.present.refused if histories.present is not None else nobody
        return _walked(steps, choose(predictions, nobody), choose(predictions, refused))


def told_moments(stories: StoryGraph, domain: DomainSpace, limits: Limits) -> list[list[History]]:
    """The actions of each story that there is something to predict of, in the order of the canonical dialogues."""
    chains = Chains()
    log: Log[History] = Log(lambda moment: moment)
    told = Telling(stories.steps, domain, chains, limits, log=log).tell().all()
    moments = []
    for end in chains.ordered(told):
        first, *others = log.events(end.log)
        moments.append([one for one in others if one.is_action and one is not first])
    return moments


def _steps(stories: list[list[History]], domain: DomainSpace) -> tuple[Dialogues, StorySteps]:
    rows: list[Moment] = []
    actions, loops, plain, refusing = [], [], [], []
    for story in stories:
        for one in story:
            loop = one.now.loop if one.now.loop in domain.forms else None
            is_first = one.now.previous is None
            actions.append(str(one.event.text if one.event.type == "bot" else one.event.name))
            loops.append(loop or "")
            plain.append(-1 if is_first else len(rows))
            rows += [] if is_first else [Moment(one)]
            refusing.append(-1 if loop is None or is_first else len(rows))
            rows += [] if loop is None or is_first else [Moment(one, is_rejected=True, refused=loop)]
    splits = row_splits(np.array([len(story) for story in stories], dtype=np.int64))
    where, where_refusing = (np.array(one, dtype=np.int32) for one in (plain, refusing))
    made = histories(StateMaker(domain), rows)
    return made, StorySteps(splits, tuple(actions), tuple(loops), where, where_refusing)


def _walked(steps: StorySteps, free: ChosenActions, after_refusal: ChosenActions) -> ChosenActions:
    """The choices along each story: a form that refused has refused until it runs again."""
    found: list[tuple[ChosenActions | None, int]] = []
    splits, rows, refusing = steps.splits.tolist(), steps.rows.tolist(), steps.refusing_rows.tolist()
    for story in range(len(steps)):
        walk = LoopWalk()
        for step in range(splits[story], splits[story + 1]):
            action, loop = steps.actions[step], steps.loops[step] or None
            row = refusing[step] if walk.is_rejected(loop) else rows[step]
            if row < 0:
                found.append((None, 0))
            elif action != loop and free.actions[row] == loop:
                walk.reject(loop)
                found.append((after_refusal, refusing[step]))
            else:
                found.append((free, row))
            walk.act(action)
    return ChosenActions(
        tuple(one.actions[row] if one is not None else LISTEN for one, row in found),
        tuple(one.policies[row] if one is not None else FOLLOWUP for one, row in found),
        np.array([one.confidences[row] if one is not None else 1.0 for one, row in found], dtype=np.float32),
        np.array([one.marks[row] if one is not None else 0 for one, row in found], dtype=np.uint8),
    )
