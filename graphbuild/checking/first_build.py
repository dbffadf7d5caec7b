"""Building what a store lacks before it can be compared with: a build like any other, in a process of its own.

In this process Python orders sets of strings by one and the same chance: what depends on that would come out the same.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphbuild.clusters import DASK_VARIABLE
from graphbuild.errors import BuildFailed, ExitCode, Interrupted, Problem
from graphbuild.graph.graph import NodeId
from graphbuild.session import LIMIT_VARIABLE, REMOTE_VARIABLE, Session

FirstBuild = Callable[[Session, Sequence[NodeId]], None]
"""Builds what a session asks for into its store; told what is missing there."""
_SEED = "PYTHONHASHSEED"
_STOPPED = "the check was interrupted; nothing was changed"


@dataclass(frozen=True)
class InProcessOfItsOwn:
    """Runs `graphbuild build`; what it prints goes where this process's does, or nowhere."""

    is_quiet: bool = False

    def __call__(self, opened: Session, missing: Sequence[NodeId]) -> None:
        """Raises BuildFailed with the last that it said, Interrupted."""
        assert opened.command is not None  # a check is asked for by a command line
        request = opened.request
        words = [sys.executable, "-m", *opened.command, "--no-package", "--jobs", str(request.jobs), *request.targets]
        output = subprocess.DEVNULL if self.is_quiet else None
        try:
            ended = subprocess.run(  # noqa: S603 - our own command line
                words, env=_environment(), check=False, stdin=subprocess.DEVNULL, stdout=output
            )
        except KeyboardInterrupt:
            raise Interrupted(_STOPPED) from None
        if ended.returncode in (ExitCode.INTERRUPTED, -signal.SIGINT):
            raise Interrupted(_STOPPED)
        if ended.returncode:
            what = f"what is to be compared with cannot be built: {len(missing)} nodes are not in the store"
            error = BuildFailed(Problem(what, hint="graphbuild build says more of it"))
            error.exit_code = ExitCode(ended.returncode) if ended.returncode in (1, 2) else ExitCode.FAILED
            raise error


def _environment() -> dict[str, str]:
    environment = {**os.environ, REMOTE_VARIABLE: "", DASK_VARIABLE: ""}
    environment.pop(LIMIT_VARIABLE, None)  # what was made is compared with in a moment
    # One that was set for this process is another one there: what depends on it is to be found.
    given = environment.pop(_SEED, "")
    return {**environment, _SEED: "1" if given == "0" else "0"} if given.isdigit() else environment
