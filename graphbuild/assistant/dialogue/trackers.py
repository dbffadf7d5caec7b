"""TrackerGenerator: training dialogues from the story graph. RASA.md 4.1. What glues them is in augmentation.py."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.dialogue.chains import Chains, Told
from graphbuild.assistant.dialogue.telling import Limits, Telling
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


@dataclass(frozen=True)
class TrackerGeneratorOutput(Ports):
    """The dialogues, and what people should know of how they were made."""

    dialogues: Dialogues
    warnings: Warnings


class TrackerGenerator(Component):
    """Makes the dialogues that policies learn from."""

    kind = "trackers"
    runtime = {"dialogues": "tracker"}  # noqa: RUF012 - as the base declares it

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        remove_duplicates: bool = option(True, "Keep equal dialogues once.")
        unique_last_num_states: int | None = option(None, "Compare only this many last states at checkpoints.")
        tracker_limit: int | None = option(None, "Dialogues at most that wait at one checkpoint.")
        seed: int = option(42, "Chooses among dialogues where there are too many.")

    config: Config

    def apply(self, stories: StoryGraph, domain: DomainSpace) -> TrackerGeneratorOutput:
        """Every dialogue that stories and rules tell, in canonical order."""
        config = self.config
        limits = Limits(config.remove_duplicates, config.unique_last_num_states, config.tracker_limit, config.seed)
        chains = Chains()
        found: list[Told] = []
        left_out = 0
        for is_rule in (False, True):
            telling = Telling(stories.steps, domain, chains, limits, is_rule=is_rule)
            found.extend(Told(one.link, is_rule) for one in telling.tell().all())
            left_out += telling.left_out
        dialogues = chains.dialogues(Dialogues, found, left_out)
        return TrackerGeneratorOutput(dialogues, _warnings_of(dialogues))


def _warnings_of(dialogues: Dialogues) -> Warnings:
    if not dialogues.left_out:
        return Warnings()
    what = f"stories lead to too many dialogues: {dialogues.left_out} or more were left out, others were kept evenly"
    hint = (
        "let fewer choices (`or`) and checkpoints follow each other, or set `unique_last_num_states` to `max_history`"
    )
    return Warnings(((0, what, hint),))
