"""What an action uses that it did not declare: files of the project, other files, services.

Declared is what the task is given: its source files, what they mention, the modules behind its code version, the files
of a pretrained model that it gets a reference to. Python and installed packages are the toolchain's matter, stores and
temporary files nobody's. docs/reproducing.md says what cannot be seen.
"""

from __future__ import annotations

import contextlib
import enum
import os
import shlex
import site
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import FrameType

from graphbuild.execution.audit import unwatched, watched
from graphbuild.execution.task import Task, Undeclared, Use, Watch

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - strings, as events give them
_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr", "/lib", "/lib64", "/bin", "/sbin", "/opt", "/var", "/run", "/nix")
_CODE = (".py", ".pyc", ".so", ".pyd")
_LOOKS_FOR_CODE = (
    *("importlib/__init__.py", "importlib/_bootstrap", "importlib/metadata", "importlib/util.py", "importlib_metadata"),
    *("pkgutil.py", "pkg_resources", "zipimport.py", "site.py", "linecache.py"),
)
"""In the standard library, and beside it: what reads the import path, and not for the action."""


class _Whose(enum.Enum):
    """Whose matter a path is."""

    PROJECT = "project"
    OTHER = "other"
    NOBODY = "nobody"


@contextlib.contextmanager
def looked_at(task: Task, watch: Watch) -> Iterator[list[Undeclared]]:
    """What a task uses within and did not declare, when it is over."""
    with unwatched():
        action = _Action(
            watch,
            _declared_by(task, watch),
            walks=task.is_tree or task.node in watch.models,
            is_service=task.waits,
            has_source=task.source_port is not None,
        )
    with watched(action):
        yield action.found


@contextlib.contextmanager
def looked_at_while_loading(watch: Watch) -> Iterator[list[Undeclared]]:
    """What modules of the project read while they are imported."""
    with unwatched():
        action = _Action(watch, frozenset(), is_loading=True)
    with watched(action):
        yield action.found


def _declared_by(task: Task, watch: Watch) -> frozenset[str]:
    labels = [*task.files, *(one for one in task.others.values() if one is not None), *watch.models.get(task.node, ())]
    modules = [os.path.join(*name.split(".")) for name, _ in task.code]  # noqa: PTH118
    labels += [f"{name}.py" for name in modules] + [os.path.join(name, "__init__.py") for name in modules]  # noqa: PTH118
    paths = [os.path.join(task.project, label) for label in labels]  # noqa: PTH118
    return frozenset([*map(os.path.abspath, paths), *map(os.path.realpath, paths)])


@dataclass
class _Action:
    """An action that is watched: implements audit.Watcher."""

    watch: Watch
    declared: frozenset[str]
    walks: bool = False
    """Whether folders that hold what it declared may be walked: the paths in a tree are part of what it is."""
    is_service: bool = False
    has_source: bool = False
    is_loading: bool = False
    """Only what modules of the project do counts: the rest is our own doing."""
    found: list[Undeclared] = field(default_factory=list)
    _own: set[str] = field(default_factory=set)
    """Files and folders that it made itself."""
    _seen: set[tuple[Use, str]] = field(default_factory=set)

    def opened(self, path: str, *, is_read: bool) -> None:
        path = os.path.abspath(path)  # noqa: PTH100
        if not is_read:
            self.made(path)
        else:
            self._read(path)

    def listed(self, folder: str) -> None:
        path = os.path.abspath(folder)  # noqa: PTH100
        is_known = self.walks and any(_is_in(one, path) for one in self.declared)
        if not is_known and os.path.isdir(path):  # noqa: PTH112
            self._tell(Use.LIST, path)

    def made(self, path: str) -> None:
        path = os.path.abspath(path)  # noqa: PTH100
        # Making a folder that is there makes nothing; files without a name are opened by the name of their folder.
        if not os.path.isdir(path):  # noqa: PTH112
            self._own.add(path)

    def ran(self, words: Sequence[str], folder: str) -> None:
        for word in words:
            for part in dict.fromkeys((word, *_words_of(word))):
                path = os.path.abspath(os.path.join(folder, part))  # noqa: PTH100, PTH118
                if self._whose(path)[1] is _Whose.PROJECT:
                    self._read(path, Use.GIVE)

    def connected(self, address: str) -> None:
        if not self.is_service and not self.is_loading:
            self._add(Use.CONNECT, address, is_of_project=False)

    def _read(self, path: str, use: Use = Use.READ) -> None:
        if path in self.declared or os.path.realpath(path) in self.declared:
            return
        if os.path.isfile(path):  # noqa: PTH113
            self._tell(use, path)

    def _tell(self, use: Use, path: str) -> None:
        if self._is_own(path):
            return
        name, whose = self._whose(path)
        if whose is _Whose.NOBODY or (whose is _Whose.OTHER and use is Use.LIST):
            return
        is_of_project = whose is _Whose.PROJECT
        shown = os.path.relpath(name, self.watch.project) if is_of_project else name
        self._add(use, shown, is_of_project=is_of_project)

    def _whose(self, path: str) -> tuple[str, _Whose]:
        """Whose matter a path is, and the name that says so: a link is in the project, or what it leads to is."""
        real = os.path.realpath(path)
        if path != real and _whose(path, self.watch) is _Whose.PROJECT:
            return path, _Whose.PROJECT
        return real, _whose(real, self.watch)

    def _is_own(self, path: str) -> bool:
        return path in self._own or any(path.startswith(f"{one}{os.sep}") for one in self._own)

    def _add(self, use: Use, what: str, *, is_of_project: bool) -> None:
        if (use, what) in self._seen:
            return
        is_code = what.endswith(_CODE)
        place, is_import = _place(self.watch.project)
        if is_import and not is_code:
            return  # the import path is looked through, not the project's data
        if self.is_loading and (place is None or is_code):
            return
        if is_code and not is_import and use is Use.READ and place is None:
            return  # a traceback or a warning quotes a line of it
        self._seen.add((use, what))
        self.found.append(Undeclared(use, what, is_of_project, place, self.has_source))


def _words_of(text: str) -> list[str]:
    """The words of a line that a shell is to read."""
    try:
        return shlex.split(text) if any(c.isspace() for c in text) else []
    except ValueError:
        return text.split()


def _whose(path: str, watch: Watch) -> _Whose:
    if os.path.basename(os.path.dirname(path)) == "__pycache__" or _is_in(path, _OURS):  # noqa: PTH119, PTH120
        return _Whose.NOBODY
    if _is_in(path, watch.project):
        inner = (*watch.apart, *_toolchain())
        return _Whose.NOBODY if any(_is_in(path, one) for one in _within(inner, watch.project)) else _Whose.PROJECT
    if any(_is_in(path, one) for one in (*watch.apart, *_toolchain(), *_SYSTEM, *sys.path[1:])):
        return _Whose.NOBODY
    # Caches and settings of programs: `~/.cache`, `~/.config`, `~/.keras`.
    return _Whose.NOBODY if f"{os.sep}." in path else _Whose.OTHER


def _within(folders: Sequence[str], project: str) -> Iterator[str]:
    return (one for one in folders if one != project and _is_in(one, project))


def _is_in(path: str, folder: str) -> bool:
    return bool(folder) and (path == folder or path.startswith(folder.rstrip(os.sep) + os.sep))


@cache
def _toolchain() -> tuple[str, ...]:
    """Where Python, installed packages and temporary files are."""
    folders = [sys.prefix, sys.base_prefix, tempfile.gettempdir(), *sysconfig.get_paths().values()]
    with contextlib.suppress(AttributeError):  # some environments have no such function
        folders += [*site.getsitepackages(), site.getusersitepackages()]
    return tuple(dict.fromkeys(os.path.realpath(one) for one in folders))


def _place(project: str) -> tuple[str | None, bool]:
    """`FILE:LINE` of the project's own code that is at it, and whether Python looks for code meanwhile."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - what the hook interrupted stands above it
    is_import = False
    while frame is not None:
        file = frame.f_code.co_filename
        if _is_in(file, project) and not any(_is_in(file, one) for one in _within((*_toolchain(), _OURS), project)):
            return f"{os.path.relpath(file, project)}:{frame.f_lineno}", is_import
        is_import = is_import or file.startswith("<frozen importlib") or _looks_for_code(file)
        frame = frame.f_back
    return None, is_import


@cache
def _looks_for_code(file: str) -> bool:
    return any(f"{os.sep}{one}" in file for one in _LOOKS_FOR_CODE)
