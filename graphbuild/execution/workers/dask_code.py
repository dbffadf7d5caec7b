"""Whether a worker of a cluster runs the code that a task's key says, with the versions that it says.

The worker looks for itself: it computes the code version of the component from the files that it has, and asks what is
installed there. A process keeps modules that it has loaded, so one whose file changed since is refused, too; modules of
the project are loaded anew (contract.loading).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphbuild.contract.code_version import CodeVersion, Sources, code_version, roots_of
from graphbuild.contract.component import Component
from graphbuild.contract.loading import load_class
from graphbuild.contract.toolchain import interpreter, variables, versions
from graphbuild.errors import Problem
from graphbuild.execution.task import Task
from graphbuild.version import version

_OURS = "graphbuild."
_Stats = Mapping[Path, tuple[int, ...]]


class LoadedCode:
    """The code that a worker process has loaded."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[CodeVersion, _Stats]] = {}
        """Code versions by component's module and project, with the files that they were read from."""
        self._first: dict[Path, tuple[int, ...]] = {}
        """Files of loaded modules, as they were when they were first looked at."""
        self._version = version()
        self._versions: dict[str, str | None] = {}
        """Of distributions, as they were then: what is installed later is not what this process has loaded."""

    def difference(self, task: Task, build: str) -> Problem | None:
        """What a task's key says otherwise than what is here; `build`: the version of graphbuild that sent it.

        Raises ComponentError where the component cannot be loaded.
        """
        if self._version != build:
            return _differs("graphbuild", build, self._version)
        if not task.facts:
            return None
        project = Path(task.project)
        component: type[Component] = load_class(task.reference, project)
        for name, wanted, found in self._other_versions(task, component):
            return _differs(name, wanted, found)
        code = self._code(component.__module__, project)
        stale = [name for name, file in code.files.items() if self._is_stale(file, project)]
        if code.digest != task.facts["code"]:
            return _differs("code", "that of the build", _module_that_differs(task, code))
        if stale:
            what = f"`{stale[0]}` was changed after this worker had loaded it"
            return Problem(what, hint="restart the workers whenever what is installed there changes")
        return None

    def _other_versions(self, task: Task, component: type[Component]) -> Iterator[tuple[str, str, str]]:
        """(what, wanted, found) of each thing that the key names and that is another one here."""
        wanted: Mapping[str, Any] = task.facts["toolchain"]
        fixed = interpreter()
        distributions = ({*wanted, *component.requires} - fixed.keys()) - {*component.environment}
        found = {**fixed, **self._installed(distributions), **variables(component.environment)}
        for name in sorted({*wanted, *found}):
            if wanted.get(name) != found.get(name):
                label = f"${name}" if name in component.environment else name
                yield label, str(wanted.get(name, "none")), str(found.get(name, "none"))

    def _installed(self, distributions: set[str]) -> dict[str, str]:
        new = sorted(distributions - self._versions.keys())
        if new:
            found = versions(new)
            self._versions.update((name, found.get(name)) for name in new)
        return {name: known for name in distributions if (known := self._versions[name]) is not None}

    def _code(self, module: str, project: Path) -> CodeVersion:
        known = self._known.get((module, str(project)))
        if known is not None and all(_stat(file) == stat for file, stat in known[1].items()):
            return known[0]
        found = code_version(module, roots_of(module, project), Sources())
        self._known[module, str(project)] = found, {file: _stat(file) for file in found.files.values()}
        return found

    def _is_stale(self, file: Path, project: Path) -> bool:
        stat = _stat(file)
        return self._first.setdefault(file, stat) != stat and not file.is_relative_to(project.resolve())


def _differs(what: str, wanted: str, found: str) -> Problem:
    return Problem(
        "other code or versions than those of the build",
        facts=(("differs", what), ("the build has", wanted), ("the worker has", found)),
        hint="install the same there, and restart the workers",
    )


def _module_that_differs(task: Task, code: CodeVersion) -> str:
    known = dict(task.code)
    for name, found in code.modules.items():
        if not name.startswith(_OURS) and known.get(name) != found:
            return f"another `{name}` ({code.files[name]})"
    missing = [name for name in known if name not in code.modules]
    if missing:
        return f"no `{missing[0]}`"
    return "another graphbuild of the same version"


def _stat(file: Path) -> tuple[int, ...]:
    try:
        status = file.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
