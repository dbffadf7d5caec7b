"""Whether a project's own code still is what keys say: somebody may save it while a build runs.

A component is loaded when its node runs, and the key was made when the graph was compiled. What other code made must
not be kept under that key. Our own modules and installed ones are taken to stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from graphbuild.contract.digest import Digest
from graphbuild.errors import BuildFailed, Location, Problem
from graphbuild.execution.task import Task

OwnCode = tuple[tuple[str, Digest], ...]
"""Modules that may be the project's, with what they were when the graph was compiled."""
_OURS = "graphbuild."


def own_code(code: Mapping[Digest, Mapping[str, Digest]]) -> dict[Digest, OwnCode]:
    """Of the modules behind each code version those that are not ours."""
    return {
        version: tuple((name, found) for name, found in modules.items() if not name.startswith(_OURS))
        for version, modules in code.items()
    }


def check_code(task: Task) -> None:
    """Raises BuildFailed where a module of the project is no longer what the task's key says."""
    if not task.code:
        return
    from graphbuild.contract.code_version import module_digest  # reads Python, which most builds never need

    project = Path(task.project)
    for name, known in task.code:
        found = module_digest(name, project)
        if found is not None and found[0] != known:
            file = found[1]
            place = Location(file.relative_to(project).as_posix() if file.is_relative_to(project) else str(file))
            what = f"the code of `{name}` changed while this was built"
            raise BuildFailed(Problem(what, place, hint="what was made is not kept; build again"))
