"""Arguments of a training, as Rasa's users know them -> the request of a build. RASA.md 1.1, 1.5.

The training API and `graphbuild train` both make their requests here, so that an argument and a flag mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphbuild.errors import Problem, UsageError
from graphbuild.finetuning import Finetuning
from graphbuild.halves import NLU_DATA_TARGETS, NLU_TARGETS
from graphbuild.session import BuildRequest, store_folder

Source = str | Path | Mapping[str, Any]
"""A file or a folder, or what would stand in it: a mapping, or a Domain, which is one."""
Paths = str | Path | Sequence[str | Path]

DOMAIN_NAMES = ("domain.yml", "domain.yaml", "domain")
"""Where a domain is looked for. That none is there is told, and no error."""
_WHOLE = "model"


@dataclass(frozen=True)
class Training:
    """A training that is asked for."""

    request: BuildRequest
    is_dry_run: bool = False
    draws_stories: bool = False
    """Whether the stories are drawn, too (`debug_plots`)."""


def training(
    config: Source,
    data: Paths,
    output: str | Path,
    *,
    domain: Source | None = None,
    fixed_model_name: str | None = None,
    half: str | None = None,
    persists_nlu_data: bool = False,
    core_arguments: Mapping[str, Any] | None = None,
    nlu_arguments: Mapping[str, Any] | None = None,
    model_to_finetune: str | Path | None = None,
    epoch_fraction: float = 1.0,
    train_path: str | Path | None = None,
    force: bool = False,
    is_dry_run: bool = False,
    jobs: int = 1,
    listener: Callable[..., object] | None = None,
) -> Training:
    """What the training API asks for. Relative paths start from the current folder. Raises UsageError.

    Of the listener it only looks whether it can be called.
    """
    data = _listed(data)
    given = {
        "config": config,
        "domain": domain,
        "output": output,
        "fixed_model_name": fixed_model_name,
        "core_additional_arguments": core_arguments,
        "nlu_additional_arguments": nlu_arguments,
        "model_to_finetune": model_to_finetune,
        "finetuning_epoch_fraction": epoch_fraction,
        "train_path": train_path,
        "force_training": force,
        "dry_run": is_dry_run,
        "persist_nlu_training_data": persists_nlu_data,
        "jobs": jobs,
        "listener": listener,
    }
    _check_kinds(given)
    request = _request(config, domain, data)
    request = replace(
        request,
        out=Path.cwd() / output,
        fixed_name=fixed_model_name,
        unpacked=Path.cwd() / train_path if train_path is not None else None,
        finetuning=_finetuning(model_to_finetune, epoch_fraction),
        force=force,
        jobs=jobs,
    )
    if half == NLU_TARGETS and isinstance(domain, str | Path) and not is_left_to_the_recipe(domain, Path.cwd()):
        check_domain(domain, Path.cwd())
    if half is not None:
        request = replace(request, targets=(half,), prefix=f"{half}-")
    asked = with_arguments(with_nlu_data(request) if persists_nlu_data else request, core_arguments, nlu_arguments)
    return replace(asked, is_dry_run=is_dry_run)


def _listed(data: Any) -> list[str | Path]:
    """The paths of training data. Raises UsageError for what is none."""
    found = [data] if _is_path(data) else list(data) if isinstance(data, Iterable) else [data]
    if isinstance(data, Mapping) or not all(map(_is_path, found)):
        raise UsageError(f"training data must be a path or a list of them, and not {data!r}")
    return found


def _check_kinds(given: Mapping[str, Any]) -> None:
    """Raises UsageError for each argument that is of no kind that it can be."""
    problems = [
        Problem(f"`{name}` must be {_KINDS[name].what}, and not {value!r}")
        for name, value in given.items()
        if not _KINDS[name].takes(value)
    ]
    if problems:
        raise UsageError(problems)


def with_nlu_data(request: BuildRequest) -> BuildRequest:
    """The request of a package that holds the NLU data, too."""
    return replace(request, targets=(*(request.targets or (_WHOLE,)), NLU_DATA_TARGETS))


def with_arguments(
    request: BuildRequest, core: Mapping[str, Any] | None = None, nlu: Mapping[str, Any] | None = None
) -> Training:
    """The training with Rasa's additional arguments of each half; None stands for one that is not given.

    Raises UsageError for a key that is not known, is in both, or has a value that it cannot have.
    """
    core, nlu = dict(core or {}), dict(nlu or {})
    problems = [
        Problem(f"`{name}` is given in core_additional_arguments and in nlu_additional_arguments", hint="give it once")
        for name in sorted(core.keys() & nlu.keys())
    ]
    problems += _unknown(core, "core_additional_arguments", _CORE, _NLU, "nlu_additional_arguments")
    problems += _unknown(nlu, "nlu_additional_arguments", _NLU, _CORE, "core_additional_arguments")
    for known, given in ((_CORE, core), (_NLU, nlu)):
        for name, value in given.items():
            if name in known and value is not None and not known[name].takes(value):
                problems.append(Problem(f"`{name}` must be {known[name].what}, and not {value!r}"))
    if problems:
        raise UsageError(problems)
    said = {name: value for name, value in {**core, **nlu}.items() if value is not None}
    variables = {_VARIABLES[name]: value for name, value in said.items() if name in _VARIABLES}
    options = {name: value for name, value in said.items() if name in _NLU}
    request = replace(request, variables={**request.variables, **variables}, options={**request.options, **options})
    return Training(request, draws_stories=bool(said.get("debug_plots")))


@dataclass(frozen=True)
class _Argument:
    what: str
    takes: Callable[[Any], bool]


def _whole(least: int, most: float = float("inf")) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_path(value: Any) -> bool:
    return isinstance(value, str | Path)


_KINDS = {
    "config": _Argument("a path, `recipe:NAME` or a mapping", lambda value: isinstance(value, str | Path | Mapping)),
    "domain": _Argument(
        "a path, a mapping, a Domain or None", lambda value: isinstance(value, str | Path | Mapping | None)
    ),
    "output": _Argument("a path", _is_path),
    "fixed_model_name": _Argument("a text or None", lambda value: isinstance(value, str | None)),
    **dict.fromkeys(
        ("core_additional_arguments", "nlu_additional_arguments"),
        _Argument("a mapping or None", lambda value: isinstance(value, Mapping | None)),
    ),
    **dict.fromkeys(
        ("model_to_finetune", "train_path"),
        _Argument("a path or None", lambda value: isinstance(value, str | Path | None)),
    ),
    "finetuning_epoch_fraction": _Argument(
        "a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool)
    ),
    **dict.fromkeys(
        ("force_training", "dry_run", "persist_nlu_training_data"),
        _Argument("true or false", lambda value: isinstance(value, bool)),
    ),
    "jobs": _Argument("a whole number from 1", _whole(1)),
    "listener": _Argument("something to call, or None", lambda value: value is None or callable(value)),
}
_CORE = {
    "augmentation_factor": _Argument("a whole number from 0", _whole(0)),
    "debug_plots": _Argument("true or false", lambda value: isinstance(value, bool)),
    "exclusion_percentage": _Argument("a whole number from 0 to 100", _whole(0, 100)),
}
_NLU = {"num_threads": _Argument("a whole number from 1", _whole(1))}
_VARIABLES = {"augmentation_factor": "augmentation", "exclusion_percentage": "exclusion"}
"""Arguments that are variables of recipes."""


def _unknown(
    given: Mapping[str, Any], where: str, known: Mapping[str, _Argument], others: Mapping[str, _Argument], there: str
) -> list[Problem]:
    wrong = [name for name in given if name not in known]
    if not wrong:
        return []
    from graphbuild.contract.options import did_you_mean  # not on the path of a build with nothing to do

    return [
        Problem(
            f"{where} has no key `{name}`",
            hint=f"it belongs to {there}" if name in others else did_you_mean(str(name), sorted(known)),
        )
        for name in wrong
    ]


def _request(config: Source, domain: Source | None, data: Sequence[str | Path]) -> BuildRequest:
    from graphbuild.given import given_file

    project = _project(config, domain)
    request = BuildRequest(project, "")
    if not data:
        raise UsageError(Problem("no training data is named", hint="name files or folders, such as `data`"))
    variables: dict[str, Any] = {"data": [_from(project, path) for path in data]}
    if isinstance(domain, Mapping):
        variables["domain"] = _from(project, given_file(store_folder(request), domain, "domain"))
    elif domain is not None and not is_left_to_the_recipe(domain, Path.cwd()):
        variables["domain"] = _from(project, domain)
    if isinstance(config, Mapping):
        recipe = _from(project, given_file(store_folder(request), config, "config"))
    else:
        recipe = _from(project, config) if Path(config).exists() else str(config)
    return replace(request, recipe=recipe, variables=variables)


def is_left_to_the_recipe(domain: str | Path, folder: Path) -> bool:
    """Whether a domain has one of the names that are looked for anyway, and is not there: that is no error."""
    return str(domain) in DOMAIN_NAMES and not (folder / domain).exists()


def check_domain(domain: str | Path, folder: Path) -> None:
    """For what does not read the domain. Raises UsageError where it was named and is not there."""
    if not set("*?[") & set(str(domain)) and not (folder / domain).exists():
        hint = "where the domain is elsewhere, name it: --domain PATH"
        raise UsageError(Problem(f"there is no file or folder `{domain}`", hint=hint))


def _project(*sources: Source | None) -> Path:
    """The folder of the project, with its store and its own modules: that of absolute paths, or the current one."""
    for path in sources:
        if isinstance(path, str | Path) and Path(path).is_absolute():
            return Path(path).parent
    return Path.cwd()


def _from(project: Path, path: str | Path) -> str:
    """A path, which starts from the current folder, as it is named in the project."""
    whole = Path.cwd() / path
    return str(whole.relative_to(project) if whole.is_relative_to(project) else whole)


def _finetuning(model: str | Path | None, epoch_fraction: float) -> Finetuning | None:
    """What the training goes on from. Raises UsageError for a fraction without it."""
    if model is None:
        if epoch_fraction != 1.0:
            raise UsageError("finetuning_epoch_fraction belongs to model_to_finetune")
        return None
    return Finetuning(Path.cwd() / model, epoch_fraction)
