"""What is compared: configurations, how often, with how few stories; and the document that `train compare` leaves.

`test core --compare` reads it, so that what was trained and what is tested are the same. A file rather than a memory of
the store: it can be looked at, kept beside its packages, and there may be several.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    try:
        if document["format"] != _FORMAT:
            raise UsageError(Problem(f"{path} has format {document['format']}; this graphbuild reads {_FORMAT}"))
        configs = tuple(str(one) for one in document["configs"])
        percentages = tuple(int(one) for one in document["percentages"])
        comparing = Comparing(configs, percentages, int(document["runs"]), dict(document["variables"]))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(Problem(f"{path} is no comparison", hint=_HINT)) from error
    if not configs or not percentages or comparing.runs < 1:
        raise UsageError(Problem(f"{path} compares nothing", hint=_HINT))
    return comparing
