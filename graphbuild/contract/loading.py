"""Importing a class by `module:Class`, also from the user's project, also after its source was edited.

Python keeps an imported module for the life of the process, so a second build in one process would run stale code;
modules of the project whose files changed are dropped first, together with all others of the project. Python also
keeps bytecode on disk, and trusts it by size and whole seconds; an edit within one second would run the old code, and
its result be recorded as the new one's. So modules of the project are always compiled from their source.
"""

from __future__ import annotations

import importlib
import sys
import threading
import traceback
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

from graphbuild.errors import ComponentError, Problem


@dataclass(frozen=True)
class _Loaded:
    """A module of a user's project that we imported: from which file, of which state, for which project."""

    file: str
    stat: tuple[int, ...]
    project: Path


_ADAPTS = "__graphbuild_component__"
_loaded: dict[str, _Loaded] = {}
_read: dict[str, tuple[int, ...]] = {}
"""Files as they were when they were read last."""
_projects: list[Path] = []
"""Projects whose modules are compiled from source."""
_ONE_AT_A_TIME = threading.RLock()
"""A page plans in one thread while another one builds: no module is dropped while it is imported."""


class _FromSource(SourceFileLoader):
    """Compiles a module from its source, and neither reads nor writes bytecode."""

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        _read[path] = _stat(path)  # before it is read: what is saved from now on is another state
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def load_class(reference: str, project: Path | None = None) -> Any:
    """The attribute that `module:Class` names. `project` is put at the head of the import path.

    A class that was written for another host says itself which component it is (`__graphbuild_component__`).
    Raises ComponentError naming the module or the class that is missing.
    """
    with _ONE_AT_A_TIME:
        return _load(reference, project)


def _load(reference: str, project: Path | None) -> Any:
    module_name, _, attribute = reference.partition(":")
    if project is not None:
        project = project.resolve()
        _forget_stale(project)
        _compile_from_source(project)
        _put_first(str(project))
    before = set(sys.modules)
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # a module of the user's does not end this program
        what = f"cannot import `{module_name}`: {type(error).__name__}: {error}"
        line = _raising_line(error, project)
        if line is not None:
            raise ComponentError(Problem(what, facts=(("raised at", line),))) from error
        hint = f"modules of your own are looked for in {project}" if project else None
        raise ComponentError(Problem(what, hint=hint)) from error
    finally:
        if project is not None:
            _remember(set(sys.modules) - before, project)
    try:
        found = getattr(module, attribute)
    except AttributeError:
        raise ComponentError(Problem(f"module `{module_name}` has no `{attribute}`")) from None
    adapted = getattr(found, _ADAPTS, None)
    return found if adapted is None else adapted()


def _raising_line(error: BaseException, project: Path | None) -> str | None:
    """`FILE:LINE: CODE` of the statement that raised: the project's innermost, else any but ours.

    None where no module was begun: it is not there, or none of its parents is.
    """
    frames = traceback.extract_tb(error.__traceback__)
    lines = [(one.filename, one.lineno or 0, one.line) for one in frames if Path(one.filename).is_file()]
    if isinstance(error, SyntaxError) and error.filename is not None and Path(error.filename).is_file():
        # The line that is no Python was not run: no frame is of it.
        lines.append((error.filename, error.lineno or 0, (error.text or "").strip()))
    importing = (__file__, importlib.__file__)
    lines = [line for line in lines if line[0] not in importing]
    own = [line for line in lines if project is not None and _is_own(Path(line[0]), project)]
    if not lines:
        return None
    file, number, code = (own or lines)[-1]
    short = Path(file).relative_to(project).as_posix() if own and project is not None else file
    return f"{short}:{number}: {code}" if code else f"{short}:{number}"


def _forget_stale(project: Path) -> None:
    # Modules of another project would shadow ours where they share a name.
    if all(known.project == project and _stat(known.file) == known.stat for known in _loaded.values()):
        return
    for name in _loaded:
        sys.modules.pop(name, None)
    _loaded.clear()
    importlib.invalidate_caches()


def _compile_from_source(project: Path) -> None:
    if project in _projects:
        return
    if not _projects:
        sys.path_hooks.insert(0, _finder_in_project)
    _projects.append(project)
    for folder in [folder for folder in sys.path_importer_cache if Path(folder).is_relative_to(project)]:
        del sys.path_importer_cache[folder]


def _finder_in_project(folder: str) -> FileFinder:
    """The finder of a project's folder; ImportError for any other, whose bytecode is trusted as ever."""
    path = Path(folder)
    for project in _projects:
        if _is_own(path, project):
            return FileFinder(folder, (ExtensionFileLoader, EXTENSION_SUFFIXES), (_FromSource, SOURCE_SUFFIXES))
    raise ImportError(folder)


def _is_own(path: Path, project: Path) -> bool:
    """Whether a file or folder is of a project, and not installed in it."""
    inner = [place for place in _INSTALLED if place.is_relative_to(project)]
    return path.is_relative_to(project) and not any(path.is_relative_to(place) for place in inner)


_INSTALLED = (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[1])
"""What is no project's code even when it lies in the project's folder: a virtual environment, graphbuild itself."""


def _put_first(folder: str) -> None:
    if sys.path[:1] != [folder]:
        sys.path[:] = [folder, *(entry for entry in sys.path if entry != folder)]
        importlib.invalidate_caches()


def _remember(names: set[str], project: Path) -> None:
    for name in names:
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and Path(file).is_relative_to(project) and "site-packages" not in file:
            _loaded[name] = _Loaded(file, _read.get(file) or _stat(file), project)


def _stat(file: str) -> tuple[int, ...]:
    try:
        status = Path(file).stat()
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
