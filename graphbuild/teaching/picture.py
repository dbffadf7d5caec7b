"""The stories of a project and those that are being taught, as one graph on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graphbuild.assistant.data.parts import StoryBlock, StoryPart
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.importers.writing_back import training_data_text
from graphbuild.given import given_text
from graphbuild.package.nlu_data import is_model
from graphbuild.project.data import data_paths
from graphbuild.project.visualisation import visualise
from graphbuild.teaching.taught import Story


def stories_text(stories: Sequence[Story]) -> str:
    """Stories as they would be written. Raises DataError."""
    blocks = tuple(StoryBlock(f"taught {number}", False, one) for number, one in enumerate(stories, start=1))
    return training_data_text(TrainingData(stories=StoryPart(blocks)), "taught.yml")


def page(project: Path, variables: Mapping[str, Any], stories: Sequence[Story], store: Path) -> bytes:
    """HTML. `store`: the folder of the store. Raises UsageError where there are no stories, DataError."""
    paths = data_paths(project, variables)
    told = [one for one in paths["data"] if not is_model(project / one)]
    if stories:
        told.append(str(Path.cwd() / given_text(store, stories_text(stories), "taught")))
    domain = variables.get("domain")
    drawn = visualise(project, domain=domain, stories=told, nlu=paths["data"], store=store)
    return drawn.written(".html")
