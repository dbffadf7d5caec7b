"""StoryPicture: the graph of stories -> its picture."""

from __future__ import annotations

from graphbuild.assistant.visual.story_map import StoryMap
from graphbuild.assistant.visual.svg import as_svg
from graphbuild.contract.artifact import Blob
from graphbuild.contract.component import Component


class StoryPicture(Component):
    """Draws the graph of stories as SVG."""

    kind = "projection"

    def apply(self, story_map: StoryMap) -> Blob:
        """A file that stands alone."""
        return Blob(as_svg(story_map).encode())
