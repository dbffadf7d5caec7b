"""What is compared: configurations, how often, with how few stories; and the document that `train compare` leaves.

`test core --compare` reads it, so that what was trained and what is tested are the same. A file rather than a memory of
the store: it can be looked at, kept beside its packages, and there may be several.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeGuard

from graphbuild.errors import Problem, UsageError

DOCUMENT = "comparison.json"
PERCENTAGES = (0, 25, 50, 75)
RUNS = 3
Cell = tuple[str, int, int]
"""Short name of a configuration, run, percentage."""
_FORMAT = 1
_HINT = "graphbuild train compare -c A B writes one; -c A B names configurations without it"


@dataclass(frozen=True)
class Comparing:
    """What is compared."""

    configs: tuple[str, ...]
    """Recipes as a user names them."""
    percentages: tuple[int, ...] = PERCENTAGES
    """Shares of the stories that are left out of training."""
    runs: int = RUNS
    variables: Mapping[str, Any] = field(default_factory=dict)
    """Overrides of the recipes' variables."""

    @property
    def labels(self) -> dict[str, str]:
        """Short names of the configurations: those of their files, numbered where two are the same."""
        return short_names(self.configs)

    @property
    def cells(self) -> list[Cell]:
        """All trainings: by configuration, then run, then percentage."""
        return list(itertools.product(self.labels, range(1, self.runs + 1), self.percentages))


def short_names(configs: Sequence[str]) -> dict[str, str]:
    """Short names of configurations, no two the same: those of their files, numbered where two are the same."""
    stems = [Path(config.removeprefix("recipe:")).stem for config in configs]
    found: dict[str, str] = {}
    for position, (stem, config) in enumerate(zip(stems, configs, strict=True), 1):
        found[stem if stems.count(stem) == 1 else _numbered(stem, position, {*stems, *found})] = config
    return found


def _numbered(stem: str, first: int, taken: Collection[str]) -> str:
    """The name with a number, that of its place; a later one where a file is called so."""
    names = (f"{stem}_{number}" for number in itertools.count(first))
    return next(name for name in names if name not in taken)


def comparison_text(comparing: Comparing, stories: Sequence[int], packages: Mapping[Cell, str]) -> str:
    """The document; `stories`: how many are left for each percentage."""
    document = {
        "format": _FORMAT,
        "configs": list(comparing.configs),
        "runs": comparing.runs,
        "percentages": list(comparing.percentages),
        "variables": dict(comparing.variables),
        "stories": list(stories),
        "packages": package_rows(packages),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def package_rows(packages: Mapping[Cell, str]) -> list[dict[str, Any]]:
    """Packages as documents tell them."""
    names = ("config", "run", "percentage")
    return [{**dict(zip(names, cell, strict=True)), "model": path} for cell, path in packages.items()]


def read_comparison(folder: Path) -> Comparing:
    """What `train compare` left in a folder. Raises UsageError where there is nothing, or nothing that can be read."""
    path = folder / DOCUMENT
    try:
        document = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UsageError(Problem(f"there is no comparison in {folder}: no {DOCUMENT}", hint=_HINT)) from None
    except (OSError, ValueError) as error:
        raise UsageError(Problem(f"{path} cannot be read: {error}", hint=_HINT)) from error
    if not isinstance(document, dict) or "format" not in document:
        raise UsageError(Problem(f"{path} is no comparison", hint=_HINT))
    if document["format"] != _FORMAT:
        raise UsageError(Problem(f"{path} has format {document['format']}; this graphbuild reads {_FORMAT}"))
    if problems := [Problem(f"{path}: {what}") for what in _faults(document)]:
        raise UsageError([*problems[:-1], replace(problems[-1], hint=_HINT)])
    return Comparing(
        tuple(document["configs"]), tuple(document["percentages"]), document["runs"], document["variables"]
    )


def _faults(document: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a document: anybody may have edited it."""
    configs, percentages, runs = (document.get(name) for name in ("configs", "percentages", "runs"))
    if not _is_list_of(configs, lambda one: isinstance(one, str) and one != ""):
        yield f"`configs` is a list of recipes{_but(configs)}"
    if not _is_list_of(percentages, lambda one: _is_whole(one) and 0 <= one < 100):
        yield f"`percentages` is a list of whole numbers from 0 to 99{_but(percentages)}"
    elif len(set(percentages)) < len(percentages):
        yield f"`percentages` names each once{_but(percentages)}"
    if not _is_whole(runs) or runs < 1:
        yield f"`runs` is a whole number from 1{_but(runs)}"
    if not isinstance(document.get("variables"), dict):
        yield f"`variables` are names with values{_but(document.get('variables'))}"


def _is_list_of(value: Any, fits: Callable[[Any], bool]) -> TypeGuard[list[Any]]:
    return isinstance(value, list) and bool(value) and all(map(fits, value))


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _but(value: Any) -> str:
    return ", and is not there" if value is None else f", not {json.dumps(value, ensure_ascii=False)}"
