"""StoryExclusion and StoryComparison: configurations trained on ever fewer stories, by how many tests go right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.data.story_steps import StoryNames, without
from graphbuild.assistant.evaluation.comparison import Comparison, curves_of
from graphbuild.assistant.evaluation.outcomes import StoryOutcomes
from graphbuild.assistant.importers.story_graph_merge import StoryGraphOutput
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import NotNegative, option

MEASURE, UNIT = "share of test stories that went right", "stories and rules"


class StoryExclusion(Component):
    """Leaves some of the stories and rules out of training."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        percentage: NotNegative = option(0, "Share of the steps of stories and rules that is left out.")
        seed: NotNegative = option(0, "Another seed, other steps.")

    config: Config

    def apply(self, graph: StoryGraph, names: StoryNames) -> StoryGraphOutput:
        """A higher percentage leaves out what a lower one does, and more."""
        if not self.config.percentage:
            return StoryGraphOutput(graph, names)
        return StoryGraphOutput(*without(graph, names, self.config.percentage, self.config.seed))


class StoryComparison(Component):
    """Puts tests of stories of several configurations side by side."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        configs: list[str] = option([], "The configurations.")
        percentages: list[int] = option([], "Shares of the stories that were left out.")

    config: Config

    def apply(self, outcomes: Sequence[StoryOutcomes], names: Sequence[StoryNames]) -> Comparison:
        """Tests by configuration, then run, then percentage; what the first run trained on by percentage."""
        figures = [float(one.conversations()["accuracy"]) for one in outcomes]
        curves = curves_of(self.config.configs, figures, len(self.config.percentages))
        counts = tuple(stories_in(one) for one in names)
        return Comparison(tuple(self.config.percentages), counts, curves, MEASURE, UNIT)


def stories_in(names: StoryNames) -> int:
    """How many stories and rules a graph tells."""
    return len({name for told in names.of_steps for name in told})
