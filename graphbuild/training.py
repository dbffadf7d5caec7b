"""The training API of assistants: `train`, `train_core`, `train_nlu`, with the arguments that Rasa's users know.

Thin: arguments.py makes a request of the arguments, the builder builds it, and a TrainingResult is made of its report.
Each has a twin for event loops. RASA.md 1.1 and 1.5; docs/api.md.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from graphbuild import arguments
from graphbuild.arguments import Paths, Source, Training
from graphbuild.background import in_thread, stop_here
from graphbuild.builder import build, plan, raise_failure
from graphbuild.errors import Problem, UsageError
from graphbuild.execution.events import Listener
from graphbuild.halves import CORE_TARGETS, NLU_TARGETS, TrainingType, notices
from graphbuild.outcomes import (
    CODE_FORCED_TRAINING,
    CODE_NEEDS_TO_BE_RETRAINED,
    FingerprintComparison,
    TrainingNotice,
    TrainingResult,
    dry_run_result,
)
from graphbuild.plan.decision import Verdict
from graphbuild.views.importer import TrainingDataImporter
from graphbuild.views.status import statuses

__all__ = [
    "CODE_FORCED_TRAINING",
    "CODE_NEEDS_TO_BE_RETRAINED",
    "DEFAULT_OUTPUT",
    "FingerprintComparison",
    "TrainingNotice",
    "TrainingResult",
    "TrainingType",
    "dry_run_result",
    "handle_domain_if_not_exists",
    "train",
    "train_async",
    "train_core",
    "train_core_async",
    "train_nlu",
    "train_nlu_async",
]
DEFAULT_OUTPUT = "models"
_PLOTS = "story_blocks_connections.html"
"""What `debug_plots` writes, by Rasa's name."""
_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def train(
    domain: Source | None,
    config: Source,
    training_files: Paths,
    output: str | Path = DEFAULT_OUTPUT,
    dry_run: bool = False,
    force_training: bool = False,
    fixed_model_name: str | None = None,
    persist_nlu_training_data: bool = False,
    core_additional_arguments: Mapping[str, Any] | None = None,
    nlu_additional_arguments: Mapping[str, Any] | None = None,
    model_to_finetune: str | Path | None = None,
    finetuning_epoch_fraction: float = 1.0,
    *,
    train_path: str | Path | None = None,
    jobs: int = 1,
    listener: Listener | None = None,
) -> TrainingResult:
    """Trains an assistant, NLU and dialogue, and packages it; a half that there is no data for is left out.

    `config` is a native recipe, a Rasa config.yml or `recipe:NAME`, or a mapping; `domain` a file, a folder, a mapping,
    or None for what the recipe names. Relative paths start from the current folder.
    `model_to_finetune` is a package, or a folder whose newest it is, to go on from. With `train_path` the model is left
    there unpacked, that path is returned, and no package is written.
    Warns with TrainingNotice. Raises UsageError, RecipeError, DataError, BuildFailed, StoreError, Interrupted.
    """
    asked = arguments.training(
        config,
        training_files,
        output,
        domain=domain,
        fixed_model_name=fixed_model_name,
        persists_nlu_data=persist_nlu_training_data,
        core_arguments=core_additional_arguments,
        nlu_arguments=nlu_additional_arguments,
        model_to_finetune=model_to_finetune,
        epoch_fraction=finetuning_epoch_fraction,
        train_path=train_path,
        force=force_training,
        is_dry_run=dry_run,
        jobs=jobs,
        listener=listener,
    )
    return _trained(asked, listener)


def train_core(
    domain: Source | None,
    config: Source,
    stories: Paths,
    output: str | Path = DEFAULT_OUTPUT,
    fixed_model_name: str | None = None,
    additional_arguments: Mapping[str, Any] | None = None,
    model_to_finetune: str | Path | None = None,
    finetuning_epoch_fraction: float = 1.0,
    *,
    train_path: str | Path | None = None,
    jobs: int = 1,
    listener: Listener | None = None,
) -> str | None:
    """Trains the dialogue half alone; the path of its package. Raises as `train` does, and without any stories."""
    asked = arguments.training(
        config,
        stories,
        output,
        domain=domain,
        fixed_model_name=fixed_model_name,
        half=CORE_TARGETS,
        core_arguments=additional_arguments,
        model_to_finetune=model_to_finetune,
        epoch_fraction=finetuning_epoch_fraction,
        train_path=train_path,
        jobs=jobs,
        listener=listener,
    )
    return _trained(asked, listener).model


def train_nlu(
    config: Source,
    nlu_data: Paths,
    output: str | Path = DEFAULT_OUTPUT,
    fixed_model_name: str | None = None,
    persist_nlu_training_data: bool = False,
    additional_arguments: Mapping[str, Any] | None = None,
    domain: Source | None = None,
    model_to_finetune: str | Path | None = None,
    finetuning_epoch_fraction: float = 1.0,
    *,
    train_path: str | Path | None = None,
    jobs: int = 1,
    listener: Listener | None = None,
) -> str | None:
    """Trains the NLU half alone; the path of its package. Raises as `train` does, and without any NLU data."""
    asked = arguments.training(
        config,
        nlu_data,
        output,
        domain=domain,
        fixed_model_name=fixed_model_name,
        half=NLU_TARGETS,
        persists_nlu_data=persist_nlu_training_data,
        nlu_arguments=additional_arguments,
        model_to_finetune=model_to_finetune,
        epoch_fraction=finetuning_epoch_fraction,
        train_path=train_path,
        jobs=jobs,
        listener=listener,
    )
    return _trained(asked, listener).model


def _twin(trains: Callable[_Given, _Result]) -> Callable[_Given, Coroutine[Any, Any, _Result]]:
    """The same for event loops: it runs in a thread, and ends when it is cancelled."""

    @functools.wraps(trains)
    async def twin(*given: _Given.args, **named: _Given.kwargs) -> _Result:
        return await in_thread(functools.partial(trains, *given, **named))

    twin.__name__ = twin.__qualname__ = f"{trains.__name__}_async"
    twin.__doc__ = f"""`{trains.__name__}` beside an event loop, one at a time in a process; `listener` is called there.

    Cancelling it stops the build, as Ctrl-C does: what has finished is kept, the last model stays as it is, and
    CancelledError is raised when the build has ended.
    """
    return twin


train_async = _twin(train)
train_core_async = _twin(train_core)
train_nlu_async = _twin(train_nlu)


def handle_domain_if_not_exists(
    file_importer: TrainingDataImporter, output_path: str | Path, fixed_model_name: str | None
) -> str | None:
    """Trains the NLU half alone, because there is no domain, and says so; the path of its package."""
    request = replace(
        file_importer.request,
        targets=(NLU_TARGETS,),
        prefix=f"{NLU_TARGETS}-",
        out=Path.cwd() / output_path,
        fixed_name=fixed_model_name,
    )
    _warn([Problem("the dialogue half was left out: there is no domain, or it is empty")])
    return _trained(Training(request), None).model


def _trained(asked: Training, listener: Listener | None) -> TrainingResult:
    if asked.is_dry_run:
        return _planned(asked)
    report = build(asked.request, listener, stop_here())
    raise_failure(report)
    _warn(notices(report.result.plan.graph))
    if asked.draws_stories:
        draw_stories(asked)
    return TrainingResult(str(report.model) if report.model else None)


def _planned(asked: Training) -> TrainingResult:
    made = plan(asked.request)
    _warn(notices(made.graph))
    if asked.request.force:
        return TrainingResult(code=CODE_FORCED_TRAINING, dry_run_results=statuses(made))
    current = made.count(Verdict.HIT) == len(made.decisions)
    return TrainingResult(code=0 if current else CODE_NEEDS_TO_BE_RETRAINED, dry_run_results=statuses(made))


def draw_stories(asked: Training) -> Path | None:
    """Draws the stories that a training reads into a page of the project; None where there are none.

    Raises UsageError where they cannot be read as they are named, or the page cannot be written.
    """
    from graphbuild.project.visualisation import NoStories, visualise

    request = asked.request
    variables = request.variables
    try:
        drawn = visualise(
            request.project, domain=variables.get("domain"), stories=variables.get("data", ()), store=request.store
        )
    except NoStories:
        return None
    path = request.project / _PLOTS
    try:
        path.write_bytes(drawn.written(".html"))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    return path


def _warn(told: Sequence[Problem]) -> None:
    for one in told:
        warnings.warn(TrainingNotice(one.what), stacklevel=4)
