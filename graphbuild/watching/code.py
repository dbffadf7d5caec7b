"""Whether a process has loaded code that is no longer what the files say: then it must not build with it.

Python keeps modules for the life of a process; a helper that is imported within a function is on nobody's list, and a
class may be registered anywhere. So nothing is loaded anew: the process has to begin again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from graphbuild.contract.toolchain import site_folders
from graphbuild.watching.folders import state_of

_STANDARD = str(PurePath(os.__file__).parent) + os.sep
_State = tuple[int, ...]


class LoadedCode:
    """Modules as they were when they were loaded, or just before."""

    def __init__(self) -> None:
        self._states: dict[str, _State] = {}
        self._sites = _sites()
        self.look((), ())

    def changed(self, read: Iterable[str]) -> tuple[str, ...]:
        """Modules that are loaded, or are among `read` (what nodes reach), and are no longer as they were.

        Also folders in which distributions were installed or removed.
        """
        now = _sites()
        found = {file for file in (*_loaded(), *read) if file in self._states and self._states[file] != state_of(file)}
        return (*sorted(found), *(folder for folder, state in self._sites.items() if now.get(folder) != state))

    def look(self, files: Iterable[str], read: Iterable[str]) -> None:
        """Before a build, which may load any of `files`: those that nothing was made of yet are as they are now."""
        kept = {*_loaded(), *read}
        states = {file: state for file, state in self._states.items() if file in kept}
        for file in (*files, *kept):
            if file not in states:
                states[file] = state_of(file)
        self._states = states


def _loaded() -> Iterator[str]:
    """The files of loaded modules, without those of installed distributions and of Python: their folders tell."""
    for module in tuple(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and "site-packages" not in file and not file.startswith(_STANDARD):
            yield file


def _sites() -> dict[str, _State]:
    return {str(folder): state_of(str(folder))[:3] for folder in site_folders()}
