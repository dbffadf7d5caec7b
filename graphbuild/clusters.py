"""Which Dask cluster runs the actions of a request: an option, the environment, or the project's settings.

Asked only where something is to run; imports no Dask.
"""

from __future__ import annotations

import os
from pathlib import Path

from graphbuild.errors import Problem, UsageError
from graphbuild.session import SETTINGS_FILE, BuildRequest

DASK_VARIABLE = "GRAPHBUILD_DASK"


def dask_of(request: BuildRequest) -> str | None:
    """The Dask cluster of a request, if it has one. Raises UsageError."""
    if request.dask and (request.jobs > 1 or request.calls is not None):
        other = "--jobs" if request.jobs > 1 else "--profile-calls"
        hint = "a cluster has as many jobs as workers" if request.jobs > 1 else "calls are counted in this process"
        raise UsageError(Problem(f"--dask and {other} do not go together", hint=hint))
    if request.jobs > 1 or request.calls is not None:
        return None
    named = os.environ.get(DASK_VARIABLE) if request.dask is None else request.dask
    settings = request.project / SETTINGS_FILE
    if named is None and settings.is_file():
        named = _setting(settings, "dask", "address")
    return named or None


def _setting(path: Path, table: str, key: str) -> str | None:
    """One text of a project's settings. Raises UsageError."""
    import tomllib

    facts = (("file", str(path)),)
    try:
        found = tomllib.loads(path.read_text("utf-8")).get(table, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(Problem(f"{path.name} cannot be read: {error}", facts=facts)) from error
    if not isinstance(found, dict) or found.keys() - {key} or not isinstance(found.get(key, ""), str):
        raise UsageError(Problem(f"[{table}] in {path.name} has `{key}`, a text, and nothing else", facts=facts))
    return found.get(key)
