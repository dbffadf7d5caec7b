"""Which Dask cluster runs the actions of a request: an option, the environment, or the project's settings.

Asked only where something is to run; imports no Dask.
"""

from __future__ import annotations

import os

from graphbuild.contract.settings import table_of
from graphbuild.errors import Problem, UsageError
from graphbuild.session import SETTINGS_FILE, BuildRequest

DASK_VARIABLE = "GRAPHBUILD_DASK"
_HINT = '[dask] has address = "tcp://HOST:8786", or "local:N", and nothing else: docs/scaling.md'


def dask_of(request: BuildRequest) -> str | None:
    """The Dask cluster of a request, if it has one. Raises UsageError."""
    if request.dask and (request.jobs > 1 or request.calls is not None):
        other = "--jobs" if request.jobs > 1 else "--profile-calls"
        hint = "a cluster has as many jobs as workers" if request.jobs > 1 else "calls are counted in this process"
        raise UsageError(Problem(f"--dask and {other} do not go together", hint=hint))
    if request.jobs > 1 or request.calls is not None:
        return None
    named = os.environ.get(DASK_VARIABLE) if request.dask is None else request.dask
    if named is None:
        named = table_of(request.project / SETTINGS_FILE, "dask", {"address": str}, _HINT).get("address")
    return named or None
