"""Stamp: what a compiled graph depends on, so that one kept from an earlier build can be trusted without compiling.

Recipe files and component modules by stat and, in doubt, by content; folders by their listing's stat; installed
distributions by the folders that hold them. Imports nothing heavy: this is the path of a build with nothing to do.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphbuild.contract import digest
from graphbuild.contract.toolchain import interpreter, site_folders
from graphbuild.graph.sources import Listing, list_files

_GRAIN_NS = 50_000_000
"""A file touched this recently may change again within the clock's grain without a trace (git's racy rule)."""


def make_stamp(
    project: Path,
    files: Iterable[Path],
    reads: Sequence[tuple[Sequence[str], Sequence[str]]],
    began_ns: int,
    environment: Iterable[str] = (),
) -> dict[str, Any] | None:
    """A stamp over files, variables of the environment, and the listings of what nodes read.

    Of each node that reads: (words of `reads`, suffixes).

    None when something changed after `began_ns`, when compiling began: then nobody knows which state was compiled.
    """
    listings = [list_files(project, words, suffixes) for words, suffixes in reads]
    folders = [folder for listing in listings for folder in listing.folders]
    absent = [path for listing in listings for path in listing.absent]
    paths = [str(path) for path in dict.fromkeys([*files, *absent])]
    stamp: dict[str, Any] = {
        "at": time.time_ns(),
        "files": {path: [_stat(path), _content(path)] for path in paths},
        "folders": {str(path): _stat(str(path)) for path in dict.fromkeys(folders)},
        "sites": {str(path): _stat(str(path)) for path in site_folders()},
        "chosen": [str(path) for listing in listings for path in listing.chosen],
        "project": str(project),
        "reads": [[list(words), list(suffixes)] for words, suffixes in reads],
        "listing": _digest(listings),
        "environment": {name: _variable(name) for name in environment},
        "interpreter": interpreter(),
    }
    stats = [*(entry[0] for entry in stamp["files"].values()), *stamp["folders"].values()]
    return stamp if all(max(stat[3], stat[4]) < began_ns for stat in stats) else None


def is_current(stamp: Mapping[str, Any]) -> bool:
    """Whether compiling now would give the same graph. Folders are walked only when one of them changed."""
    if stamp["interpreter"] != interpreter():
        return False
    if any(_variable(name) != known for name, known in stamp["environment"].items()):
        return False
    if stamp["sites"] != {str(path): _stat(str(path)) for path in site_folders()}:
        return False
    settled = stamp["at"] - _GRAIN_NS
    for path, (known, content) in stamp["files"].items():
        if not _is_settled(path, known, settled) and _content(path) != content:
            return False
    if not all(map(os.path.exists, stamp["chosen"])):
        return False
    if all(_is_settled(path, known, settled) for path, known in stamp["folders"].items()):
        return True
    listings = [list_files(Path(stamp["project"]), words, suffixes) for words, suffixes in stamp["reads"]]
    return bool(_digest(listings) == stamp["listing"])


def compiler_modules() -> list[Path]:
    """What compiles: a graph that another version of it compiled is no longer trusted."""
    here = Path(__file__).parents[1]
    return sorted(file for stage in ("contract", "recipe", "graph") for file in (here / stage).glob("*.py"))


def _digest(listings: Sequence[Listing]) -> str:
    return digest.of_value([[one.files, [str(problem.location) for problem in one.refused]] for one in listings])


def _variable(name: str) -> str | None:
    """A digest: what stands in the environment may be a secret."""
    value = os.environ.get(name)
    return None if value is None else digest.of_value(["variable", value])


def _is_settled(path: str, known: list[int], settled: int) -> bool:
    now = _stat(path)
    return now == known and max(now[3], now[4]) < settled


def _stat(path: str) -> list[int]:
    try:
        status = os.stat(path)  # noqa: PTH116 - a thousand of these are on the path of a no-op
    except OSError:
        return [0, 0, 0, 0, 0]
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _content(path: str) -> str | None:
    try:
        return digest.of_file(Path(path))
    except IsADirectoryError:
        return "folder"
    except OSError:
        return None
