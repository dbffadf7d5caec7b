"""StoryGraphMerge: the stories and rules of all files -> one graph of steps, and their names apart. Knows no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.parts import StoryPart
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.data.story_steps import StoryNames, merge_blocks, without
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


@dataclass(frozen=True)
class StoryGraphOutput(Ports):
    """The graph, and the names of the stories behind each of its steps."""

    graph: StoryGraph
    names: StoryNames


class StoryGraphMerge(Component):
    """Merges stories and rules. Their names, files and order do not show in the graph."""

    kind = "importer"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        exclusion_percentage: int | None = option(None, "Leave out so many percent of the steps, for learning curves.")
        seed: int = option(42, "Chooses which steps are left out.")

    config: Config

    def apply(self, parts: Sequence[StoryPart]) -> StoryGraphOutput:
        """All stories and rules of the project, or what is left of them. Raises DataError for no percentage."""
        graph, names = merge_blocks(block for part in parts for block in part.blocks)
        if self.config.exclusion_percentage is None:
            return StoryGraphOutput(graph, names)
        return StoryGraphOutput(*without(graph, names, self.config.exclusion_percentage, self.config.seed))
