"""GraphTrainer: builds and plans in Rasa's words. The engine decides and runs; here arguments become a request."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from graphbuild.builder import build, plan, raise_failure
from graphbuild.errors import Problem, UsageError
from graphbuild.finetuning import Finetuning
from graphbuild.package.package import read_package
from graphbuild.session import BuildRequest
from graphbuild.views.cache import TrainingCache
from graphbuild.views.configuration import GraphModelConfiguration
from graphbuild.views.importer import TrainingDataImporter
from graphbuild.views.metadata import ModelMetadata
from graphbuild.views.schema import GraphSchema
from graphbuild.views.status import FingerprintStatus, statuses
from graphbuild.views.storage import ModelStorage


class GraphRunner:
    """One action at a time, in this process."""

    jobs: ClassVar[int] = 1


class ParallelGraphRunner(GraphRunner):
    """As many actions at a time as there are processors, in processes of their own."""

    jobs: ClassVar[int] = os.cpu_count() or 1


class GraphTrainer:
    """Trains what a configuration says; what a store remembers is not trained again."""

    def __init__(
        self,
        model_storage: ModelStorage,
        cache: TrainingCache | None = None,
        graph_runner_class: type[GraphRunner] = GraphRunner,
    ) -> None:
        self._storage = model_storage
        self._cache = cache
        self._runner = graph_runner_class

    def train(
        self,
        model_configuration: GraphModelConfiguration,
        importer: TrainingDataImporter,
        output_filename: str | Path,
        force_retraining: bool = False,
        is_finetuning: bool = False,
    ) -> ModelMetadata:
        """Trains and packages into a file; what the package holds is in the model storage, too.

        A fine-tuning goes on from the package that the model storage was made of.
        Raises UsageError, RecipeError, DataError, BuildFailed, StoreError, Interrupted.
        """
        path = Path.cwd() / output_filename
        request = self._request(importer, model_configuration.targets, is_finetuning=is_finetuning)
        self._check(model_configuration.train_schema, importer, model_configuration.targets)
        report = build(replace(request, out=path.parent, fixed_name=path.name, force=force_retraining))
        raise_failure(report)
        package = read_package(report.model or path)
        self._storage.take(package)
        return ModelMetadata.of_file(report.model or path)

    def fingerprint(
        self,
        train_schema: GraphSchema,
        importer: TrainingDataImporter,
        is_finetuning: bool = False,
    ) -> Mapping[str, FingerprintStatus]:
        """Node -> whether it is a hit, and why not. Runs nothing. Raises as `train` does."""
        configuration = importer.model_configuration()
        halves = (configuration, *(importer.model_configuration(*half) for half in (("nlu",), ("core",))))
        targets = next((one.targets for one in halves if one.train_schema == train_schema), None)
        if targets is None:
            raise UsageError(_OTHER)
        return statuses(plan(self._request(importer, targets, is_finetuning=is_finetuning)))

    def _request(
        self, importer: TrainingDataImporter, targets: tuple[str, ...], *, is_finetuning: bool
    ) -> BuildRequest:
        request = replace(importer.request, targets=targets, jobs=self._runner.jobs)
        if self._cache is not None:
            request = replace(request, store=self._cache.folder)
        if not is_finetuning:
            return request
        if self._storage.archive is None:
            hint = "make the model storage with ModelStorage.from_model_archive"
            raise UsageError(Problem("there is no model to go on from", hint=hint))
        return replace(request, finetuning=Finetuning(Path.cwd() / self._storage.archive))

    def _check(self, schema: GraphSchema, importer: TrainingDataImporter, targets: tuple[str, ...]) -> None:
        if importer.model_configuration(*targets).train_schema != schema:
            raise UsageError(_OTHER)


_OTHER = Problem(
    "this is not the graph of the importer's configuration", hint="take it from importer.model_configuration()"
)
