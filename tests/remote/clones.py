"""Two projects of one team: each with a store of its own, and one remote behind both."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphbuild.builder import BuildReport
from tests.conftest import Workspace

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  loud:  {uses: "tests.toys:Upper", needs: {text: read}, with: {tag: loud}}
  twice: {uses: "tests.toys:Concat", needs: {texts: [loud, loud]}, with: {tag: twice}}
targets: {model: [twice]}
"""
LONG = "0123456789abcdef " * 1000
"""So long that what is made of it is an object of its own."""


def first(workspace: Workspace, remote: str, text: str = LONG) -> Workspace:
    """The workspace that builds first, and has built nothing yet."""
    workspace.recipe(RECIPE)
    workspace.write("a.txt", text)
    workspace.request = replace(workspace.request, remote=remote)
    return workspace


def cloned(workspace: Workspace, folder: Path) -> Workspace:
    """Another clone of the project: the same files elsewhere, an empty store, and the same remote."""
    made = Workspace(folder)
    for file in workspace.project.rglob("*"):
        inside = file.relative_to(workspace.project)
        if file.is_file() and inside.parts[0] not in (".graphbuild", "models"):
            (made.project / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, made.project / inside)
    made.log = workspace.log  # where the toys of this process write
    made.request = replace(made.request, remote=workspace.request.remote)
    return made


def told(report: BuildReport) -> Mapping[str, Any]:
    """What a build says of its remote."""
    assert report.remote is not None
    return report.remote


def objects(folder: Path, kind: str) -> list[Path]:
    """The objects of a kind in the folder of a remote."""
    return sorted((folder / kind).rglob("??/*"))
