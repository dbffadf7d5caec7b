"""SurprisedStories: test stories once more, with `action_unlikely_intent` in their past where policies said it.

Rasa's test goes on from what was predicted there: rules and policies of a project see it in all later steps, and a form
that answers such a turn does not merely go on. Policies that learn do not see it. RASA.md 6.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.dialogues import ChosenActions, Dialogues, Mark, StorySteps
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import START, Checkpoint, Event, StoryStep
from graphbuild.assistant.dialogue.chains import Chains
from graphbuild.assistant.dialogue.featurizers.unlikely import UNLIKELY
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.dialogue.story_steps import StoryHistoriesOutput, predicted_moments, steps_of_moments
from graphbuild.assistant.dialogue.teller import History, Log
from graphbuild.assistant.dialogue.telling import Limits, Telling
from graphbuild.assistant.dialogue.told_tests import ToldStories, ToldStory
from graphbuild.contract.component import Component, Options


class SurprisedStories(Component):
    """Tells test stories again in which a policy found what the user meant unlikely; the others stay as they are."""

    kind = "trackers"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(
        self, told: ToldStories, steps: StorySteps, histories: Dialogues, chosen: ChosenActions, domain: DomainSpace
    ) -> StoryHistoriesOutput:
        """Stories of k steps and what was chosen -> as many steps, with what was said of them in their past."""
        marks = (chosen.marks & Mark.AFTER_UNLIKELY).astype(bool).tolist()
        if not any(marks):
            return StoryHistoriesOutput(histories, steps)
        splits = steps.splits.tolist()
        pairs = zip(told.stories, splits[:-1], splits[1:], strict=True)
        stories = [retold(story, marks[first:last], domain) for story, first, last in pairs]
        return StoryHistoriesOutput(*steps_of_moments(stories, domain, second_tries=True))


def retold(story: ToldStory, surprises: Sequence[bool], domain: DomainSpace) -> list[History]:
    """The steps of a story that there is something to predict of. `surprises`: before which of them it is said."""
    step = StoryStep((Checkpoint(START),), (), tuple(_with_surprises(story, surprises)), is_rule=False)
    log: Log[History] = Log(lambda moment: moment)
    (end,) = Telling([step], domain, Chains(), Limits(remove_duplicates=False), log=log).tell().all()
    moments = predicted_moments(log.events(end.log))
    return [one for one in moments if one.event is not _SAID]


_SAID = Event("action", UNLIKELY)
"""One and the same: a story may say so itself, and that is a step to be predicted."""


def _with_surprises(story: ToldStory, surprises: Sequence[bool]) -> Iterator[Event]:
    following = [*(event.type for event in story.events[1:]), ""]
    for event, step, then in zip(story.events, story.steps, following, strict=True):
        if step >= 0 and surprises[step]:
            yield _SAID
        # Before the user speaks the assistant listens anyway; said by a story, it would be how the story begins.
        if then != "user" or event.name != LISTEN:
            yield event
