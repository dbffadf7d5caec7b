"""StoryTests: test stories told to the end, as histories to predict from and as texts to understand. RASA.md 6.3.

The order is that of the files; stories that tell the same in the same words are tested once. Knows no predictions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from graphbuild.assistant.data.dialogues import Dialogues, StorySteps
from graphbuild.assistant.data.messages import Messages, Spans, no_names
from graphbuild.assistant.data.parts import PlainArtifact, StoryPart
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import Event, StoryGraph, StoryStep
from graphbuild.assistant.data.story_steps import StoryNames, steps_of
from graphbuild.assistant.dialogue.chains import NOTHING, Chains
from graphbuild.assistant.dialogue.states import StateMaker
from graphbuild.assistant.dialogue.story_steps import predicted_moments, steps_of_moments
from graphbuild.assistant.dialogue.teller import History, Log
from graphbuild.assistant.dialogue.telling import Limits, Telling, Tracker
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import AtLeastOne, option


@dataclass(frozen=True)
class ToldStory:
    """One dialogue that test stories tell."""

    name: str
    """Of its story; with checkpoints, the names of all that it came through."""
    stories: tuple[str, ...]
    events: tuple[Event, ...]
    """As they are told, the listening before each turn of the user included."""
    steps: tuple[int, ...]
    """For each event its place among the predicted steps of the dialogue; -1 for none."""
    texts: tuple[int, ...]
    """For each event the message that the user says; -1 for none."""


@dataclass(frozen=True)
class ToldStories(PlainArtifact):
    """All dialogues, in the order of StorySteps."""

    type_name: ClassVar[str] = "ToldStories.v1"
    stories: tuple[ToldStory, ...]


@dataclass(frozen=True)
class StoryTestsOutput(Ports):
    """What to predict from, what each of it is, the dialogues as they are told, and the texts in them, each once."""

    histories: Dialogues
    steps: StorySteps
    told: ToldStories
    messages: Messages
    graph: StoryGraph
    names: StoryNames


class StoryTests(Component):
    """Tells test stories: histories of all their steps, and what the users in them say."""

    kind = "trackers"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        max_stories: AtLeastOne | None = option(None, "Test at most so many dialogues, the first.")

    config: Config

    def apply(self, parts: Sequence[StoryPart], domain: DomainSpace) -> StoryTestsOutput:
        """Stories of some files -> their dialogues; rules are passed over."""
        blocks = [block for part in parts for block in part.blocks if not block.is_rule]
        named = [(step, block.name) for block in blocks for step in steps_of(block)]
        chains = Chains()
        log: Log[History] = Log(lambda moment: moment)
        limits = Limits(remove_duplicates=False)
        ends = Telling([step for step, _ in named], domain, chains, limits, log=log).tell().all()
        dialogues = list(_unlike(ends, log, [step for step, _ in named]))[: self.config.max_stories]
        texts: dict[str, int] = {}
        maker = StateMaker(domain)
        names = {id(step): name for step, name in named}
        stories = tuple(_story(one, log, names, maker, texts) for one in dialogues)
        moments = [predicted_moments(log.events(one.log)) for one in dialogues]
        return StoryTestsOutput(
            *steps_of_moments(moments, domain, second_tries=True),
            ToldStories(stories),
            Messages(tuple(texts), no_names(len(texts)), no_names(len(texts)), Spans.none(len(texts))),
            StoryGraph(tuple(step for step, _ in named)),
            StoryNames(tuple((name,) for _, name in named)),
        )


def _unlike(ends: Sequence[Tracker], log: Log[History], steps: Sequence[StoryStep]) -> Iterator[Tracker]:
    """The dialogues of which there is something to predict, in the order of their beginnings, equal ones once."""
    place = {id(step): number for number, step in enumerate(steps)}
    known = set()
    began = [one for one in ends if one.link != NOTHING]
    for one in sorted(began, key=lambda end: [place[id(step)] for step in log.steps(end.log)]):
        said = tuple((turn.event.text, turn.event.value) for turn in log.events(one.log) if turn.is_user)
        if (one.link, said) not in known:
            known.add((one.link, said))
            yield one


def _story(
    end: Tracker, log: Log[History], names: dict[int, str], maker: StateMaker, texts: dict[str, int]
) -> ToldStory:
    told = log.events(end.log)
    predicted = {id(one): place for place, one in enumerate(predicted_moments(told))}
    events = list(_as_told(told, maker))
    through = tuple(dict.fromkeys(names[id(step)] for step in log.steps(end.log)))
    return ToldStory(
        " > ".join(through),
        through,
        tuple(one.event for one in events),
        tuple(predicted.get(id(one), -1) for one in events),
        tuple(texts.setdefault(one.event.text, len(texts)) if one.is_user and one.event.text else -1 for one in events),
    )


def _as_told(told: Sequence[History], maker: StateMaker) -> Iterator[History]:
    """The events without slots that entities fill: nobody wrote them."""
    filled = 0
    for one in told:
        if filled:
            filled -= 1
            continue
        filled = sum(1 for _ in maker.filled_by(one.event)) if one.is_user else 0
        yield one
