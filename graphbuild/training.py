"""The training API of assistants: `train`, `train_core`, `train_nlu`, with the arguments that Rasa's users know.

Thin: a request for the builder is made of the arguments, and a TrainingResult of its report. RASA.md 1.1 and 1.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from graphbuild.builder import build, plan, raise_failure
from graphbuild.errors import UsageError
from graphbuild.execution.events import Listener
from graphbuild.finetuning import Finetuning
from graphbuild.plan.decision import Decision, Verdict
from graphbuild.session import BuildRequest

DEFAULT_OUTPUT = "models"
NLU_TARGETS = "nlu"
CORE_TARGETS = "core"
CODE_NEEDS_TO_BE_RETRAINED = 0b0001
CODE_FORCED_TRAINING = 0b1000
_CORE_ARGUMENTS = {"augmentation_factor": "augmentation"}
"""Rasa's additional arguments for training dialogues -> the variables of recipes."""

Paths = str | Path | Sequence[str | Path]


class TrainingResult(NamedTuple):
    """What a training came to."""

    model: str | None = None
    """Path of the package: a new one, or the earlier one when nothing changed. None after a dry run."""
    code: int = 0
    """0, or for a dry run 1 when something would be trained, 8 when it would be forced."""
    dry_run_results: Mapping[str, Decision] | None = None
    """Node -> decision, for a dry run."""


def train(
    domain: str | Path,
    config: str | Path,
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
    jobs: int = 1,
    listener: Listener | None = None,
) -> TrainingResult:
    """Trains an assistant, NLU and dialogue, and packages it.

    `config` is a native recipe, a Rasa config.yml or `recipe:NAME`; relative paths start from the current folder.
    `model_to_finetune` is a package, or a folder whose newest it is, to go on from.
    Raises UsageError, RecipeError, DataError, BuildFailed, StoreError, Interrupted.
    """
    _refuse(
        persist_nlu_training_data=persist_nlu_training_data,
        nlu_additional_arguments=nlu_additional_arguments,
    )
    request = _request(config, output, fixed_model_name, domain=domain, data=_listed(training_files))
    request = replace(_with_arguments(request, core_additional_arguments), force=force_training, jobs=jobs)
    request = _finetuned(request, model_to_finetune, finetuning_epoch_fraction)
    return _dry_run(request) if dry_run else _train(request, listener)


def train_core(
    domain: str | Path,
    config: str | Path,
    stories: Paths,
    output: str | Path = DEFAULT_OUTPUT,
    fixed_model_name: str | None = None,
    additional_arguments: Mapping[str, Any] | None = None,
    model_to_finetune: str | Path | None = None,
    finetuning_epoch_fraction: float = 1.0,
    *,
    jobs: int = 1,
    listener: Listener | None = None,
) -> str | None:
    """Trains the dialogue half alone; the path of its package. Raises as `train` does."""
    request = _request(config, output, fixed_model_name, domain=domain, data=_listed(stories))
    request = _finetuned(_with_arguments(request, additional_arguments), model_to_finetune, finetuning_epoch_fraction)
    return _train(replace(request, targets=(CORE_TARGETS,), prefix="core-", jobs=jobs), listener).model


def train_nlu(
    config: str | Path,
    nlu_data: Paths,
    output: str | Path = DEFAULT_OUTPUT,
    fixed_model_name: str | None = None,
    persist_nlu_training_data: bool = False,
    additional_arguments: Mapping[str, Any] | None = None,
    domain: str | Path | None = None,
    model_to_finetune: str | Path | None = None,
    finetuning_epoch_fraction: float = 1.0,
    *,
    jobs: int = 1,
    listener: Listener | None = None,
) -> str | None:
    """Trains the NLU half alone; the path of its package. Raises as `train` does."""
    _refuse(persist_nlu_training_data=persist_nlu_training_data, additional_arguments=additional_arguments)
    request = _request(config, output, fixed_model_name, domain=domain, data=_listed(nlu_data))
    request = _finetuned(request, model_to_finetune, finetuning_epoch_fraction)
    return _train(replace(request, targets=(NLU_TARGETS,), prefix="nlu-", jobs=jobs), listener).model


def _request(
    config: str | Path,
    output: str | Path,
    fixed_model_name: str | None,
    *,
    domain: str | Path | None,
    data: Sequence[str | Path],
) -> BuildRequest:
    project = _project(config, domain)
    variables: dict[str, Any] = {"data": [_from(project, path) for path in data]}
    if domain is not None:
        variables["domain"] = _from(project, domain)
    return BuildRequest(
        project=project,
        recipe=_from(project, config) if Path(config).exists() else str(config),
        variables=variables,
        out=Path.cwd() / output,
        fixed_name=fixed_model_name,
    )


def _with_arguments(request: BuildRequest, arguments: Mapping[str, Any] | None) -> BuildRequest:
    """The request with Rasa's additional arguments for the dialogue half."""
    later = {name: True for name in arguments or {} if name not in _CORE_ARGUMENTS}
    _refuse(**later)
    given = {_CORE_ARGUMENTS[name]: value for name, value in (arguments or {}).items()}
    return replace(request, variables={**request.variables, **given})


def _finetuned(request: BuildRequest, model: str | Path | None, epoch_fraction: float) -> BuildRequest:
    """The request with what it goes on from. Raises UsageError for a fraction without it."""
    if model is None:
        if epoch_fraction != 1.0:
            raise UsageError("finetuning_epoch_fraction belongs to model_to_finetune")
        return request
    return replace(request, finetuning=Finetuning(Path.cwd() / model, epoch_fraction))


def _project(config: str | Path, domain: str | Path | None) -> Path:
    """The folder of the project, with its store and its own modules: that of absolute paths, or the current one."""
    for path in (config, domain):
        if path is not None and Path(path).is_absolute():
            return Path(path).parent
    return Path.cwd()


def _from(project: Path, path: str | Path) -> str:
    """A path, which starts from the current folder, as it is named in the project."""
    whole = Path.cwd() / path
    return str(whole.relative_to(project) if whole.is_relative_to(project) else whole)


def _train(request: BuildRequest, listener: Listener | None) -> TrainingResult:
    report = build(request, listener)
    raise_failure(report)
    return TrainingResult(str(report.model) if report.model else None)


def _dry_run(request: BuildRequest) -> TrainingResult:
    decisions = {str(node): decision for node, decision in plan(request).decisions.items()}
    if request.force:
        return TrainingResult(code=CODE_FORCED_TRAINING, dry_run_results=decisions)
    current = all(decision.verdict is Verdict.HIT for decision in decisions.values())
    return TrainingResult(code=0 if current else CODE_NEEDS_TO_BE_RETRAINED, dry_run_results=decisions)


def _listed(paths: Paths) -> Sequence[str | Path]:
    return [paths] if isinstance(paths, str | Path) else paths


def _refuse(**given: object) -> None:
    """Arguments of later releases: refused, because to ignore one would train something else than was asked for."""
    asked = [name for name, value in given.items() if value]
    if asked:
        raise UsageError(f"not yet: {', '.join(asked)} (docs/limitations.md)")
