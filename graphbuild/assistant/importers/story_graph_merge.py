"""StoryGraphMerge: the stories and rules of all files -> one graph of steps, and their names apart. Knows no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.parts import StoryPart
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.data.story_steps import StoryNames, merge_blocks
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component


@dataclass(frozen=True)
class StoryGraphOutput(Ports):
    """The graph, and the names of the stories behind each of its steps."""

    graph: StoryGraph
    names: StoryNames


class StoryGraphMerge(Component):
    """Merges stories and rules. Their names, files and order do not show in the graph."""

    kind = "importer"

    def apply(self, parts: Sequence[StoryPart]) -> StoryGraphOutput:
        """All stories and rules of the project."""
        graph, names = merge_blocks(block for part in parts for block in part.blocks)
        return StoryGraphOutput(graph, names)
