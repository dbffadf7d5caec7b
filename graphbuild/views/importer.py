"""TrainingDataImporter: a view of a project, its configuration and its files, as one value that trainings take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from graphbuild.arguments import Paths, Source, training
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.data.story_steps import merge_blocks
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.builder import graph
from graphbuild.contract.yaml_tree import parse_yaml
from graphbuild.errors import RecipeError
from graphbuild.project.data import ProjectData, read_project
from graphbuild.recipe.packaged import find_recipe
from graphbuild.session import BuildRequest
from graphbuild.views.configuration import GraphModelConfiguration
from graphbuild.views.domain import Domain

OUTPUT = "models"


@dataclass(frozen=True)
class TrainingDataImporter:
    """A project. Everything is read when it is asked for, and what is unchanged is taken from the store."""

    request: BuildRequest

    @classmethod
    def load_from_config(
        cls,
        config_path: Source,
        domain_path: Source | None = None,
        training_data_paths: Paths = "data",
        args: Mapping[str, Any] | None = None,
    ) -> Self:
        """The project that some paths name. `args`: additional arguments of the dialogue half. Raises UsageError."""
        asked = training(config_path, training_data_paths, OUTPUT, domain=domain_path, core_arguments=args)
        return cls(asked.request)

    def get_config(self) -> dict[str, Any]:
        """The configuration as it is written. Raises RecipeError."""
        file = find_recipe(self.request.recipe, self.request.project)
        tree, problems = parse_yaml(file.path.read_text("utf-8-sig"), file.label)
        if problems:
            raise RecipeError(problems)
        return dict(tree.plain())

    def get_domain(self) -> Domain:
        """The whole domain, merged, as one file would say it; empty without one. Raises DataError."""
        return Domain(self._read().document())

    def get_nlu_data(self) -> TrainingData:
        """All NLU data. Raises DataError."""
        return TrainingData(nlu=self._joined().nlu, responses=self._joined().responses)

    def get_stories(self) -> TrainingData:
        """All stories and rules. Raises DataError."""
        return TrainingData(stories=self._joined().stories)

    def get_story_graph(self) -> StoryGraph:
        """The same as steps between checkpoints, each once, in canonical order. Raises DataError."""
        return merge_blocks(self._joined().stories.blocks)[0]

    def model_configuration(self, *targets: str) -> GraphModelConfiguration:
        """The graphs that its configuration compiles to, for all or some targets. Raises RecipeError."""
        return GraphModelConfiguration.of(graph(replace(self.request, targets=targets)), targets)

    def _joined(self) -> TrainingData:
        return TrainingData.joined(self._read().training.values())

    def _read(self) -> ProjectData:
        return read_project(Path(self.request.project), self.request.variables, store=self.request.store)
