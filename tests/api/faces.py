"""The three faces of a training, run on copies of one project, and held against each other.

    faces.train(project, "train", fixed_model_name="mine").key

runs `graphbuild.train`, `graphbuild.train_async` and `graphbuild train` and fails unless they came to the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import graphbuild
from graphbuild.errors import GraphbuildError
from graphbuild.outcomes import TrainingNotice
from graphbuild.package.package import read_package
from tests.cli.command_line import run

DATED = re.compile(r"\d{8}-\d{6}-")
FLAGS = {
    "domain": "--domain",
    "config": "--config",
    "output": "--out",
    "fixed_model_name": "--fixed-model-name",
    "model_to_finetune": "--finetune",
    "finetuning_epoch_fraction": "--epoch-fraction",
    "augmentation_factor": "--augmentation",
    "num_threads": "--num-threads",
}
SWITCHES = {
    "force_training": "--force",
    "persist_nlu_training_data": "--persist-nlu-data",
    "debug_plots": "--debug-plots",
    "dry_run": "--dry-run",
}
FILES = {"train": "training_files", "train_core": "stories", "train_nlu": "nlu_data"}


@dataclass(frozen=True)
class Came:
    """What a training came to, whoever asked for it."""

    key: str | None = None
    """The package key."""
    file: str | None = None
    """The package in the project, without the date in its name."""
    nodes: tuple[str, ...] = ()
    """What the package keeps."""
    notices: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """What was wrong, with places."""
    code: int = 0
    others: tuple[str, ...] = ()
    """Other files that were written into the project."""


def train(project: Path, what: str = "train", **arguments: Any) -> Came:
    """What all three faces come to, each on its own copy of the project."""
    given = {"config": "config.yml", FILES[what]: "data", **arguments}
    if what != "train_nlu":
        given.setdefault("domain", "domain.yml")
    function: Callable[..., Any] = getattr(graphbuild, what)
    twin: Callable[..., Any] = getattr(graphbuild, f"{what}_async")
    with _copy(project, "plain") as here:
        plain = _called(here, lambda: function(**given))
    with _copy(project, "loop") as here:
        loop = _called(here, lambda: asyncio.run(twin(**given)))
    with _copy(project, "line") as here:
        line = _typed(here, what, given)
    assert plain == loop
    assert plain == line
    return plain


@contextlib.contextmanager
def _copy(project: Path, name: str) -> Iterator[Path]:
    folder = project.parent / name / project.name
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(project, folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield folder
    finally:
        os.chdir(before)


def _called(project: Path, trains: Callable[[], Any]) -> Came:
    files = _files(project)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = trains()
        except GraphbuildError as error:
            return Came(
                problems=tuple(_in_project(one.what, project) for one in error.problems), code=int(error.exit_code)
            )
    told = tuple(str(one.message) for one in caught if one.category is TrainingNotice)
    model = result if isinstance(result, str) or result is None else result.model
    # A dry run that would build says 1 or 8 as Rasa does, and 3 on the command line.
    code = 3 if getattr(result, "code", 0) else 0
    return _came(project, model, told, code, files)


def _typed(project: Path, what: str, given: dict[str, Any]) -> Came:
    files = _files(project)
    words: list[str] = []
    data = given[FILES[what]]
    for path in [data] if isinstance(data, str) else data:
        words += ["--data", path]
    flat = {**given}
    for key in ("core_additional_arguments", "nlu_additional_arguments", "additional_arguments"):
        flat |= flat.pop(key, None) or {}
    for name, value in flat.items():
        if name in FLAGS and value is not None:
            words += [FLAGS[name], str(value)]
        elif name in SWITCHES and value:
            words.append(SWITCHES[name])
        else:
            assert name == FILES[what] or value in (None, False), name
    half = what.removeprefix("train").removeprefix("_")
    done = run("train", *([half] if half else []), *words, "--json")
    document = done.document
    if document.get("problems"):
        return Came(problems=tuple(_in_project(one["what"], project) for one in document["problems"]), code=done.code)
    return _came(project, document["model"], tuple(document.get("notices", ())), done.code, files)


def _in_project(what: str, project: Path) -> str:
    return what.replace(f"{project}/", "").replace(f"{project.resolve()}/", "")


def _came(project: Path, model: str | None, told: tuple[str, ...], code: int, files: set[str]) -> Came:
    new = tuple(sorted(_files(project) - files))
    if model is None:
        return Came(notices=told, code=code, others=new)
    manifest = read_package(Path(model)).manifest
    nodes = tuple(one["node"] for one in manifest["artifacts"])
    file = Path(model).resolve().relative_to(project.resolve()).as_posix()
    others = tuple(DATED.sub("DATE-", one) for one in new if one != file)
    return Came(manifest["key"], DATED.sub("DATE-", file), nodes, told, (), code, others)


def _files(project: Path) -> set[str]:
    return {
        path.relative_to(project).as_posix()
        for path in project.rglob("*")
        if path.is_file() and ".graphbuild" not in path.parts
    }
