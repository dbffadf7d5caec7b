"""Runs a program and measures it: wall seconds, peak memory, what it said. Knows nothing of what is run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

# A process starts with the peak memory of the one that starts it, so a small one has to do that. It cannot see less
# than its own size: FLOOR_MB, measured once.
_LAUNCHER = """\
import os, sys, time
out, err = (os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for path in sys.argv[1:3])
words = sys.argv[3:]
actions = [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, err, 2)]
start = time.perf_counter()
pid = os.posix_spawnp(words[0], words, os.environ, file_actions=actions)
_, status, usage = os.wait4(pid, 0)
print(time.perf_counter() - start, usage.ru_maxrss, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status))
"""
_PER_MB = 2**20 if sys.platform == "darwin" else 2**10


@dataclass(frozen=True)
class Measured:
    """One run. `peak_mb` is that of the largest single process, and never below the launcher's own few MB."""

    wall_s: float
    peak_mb: float
    status: int
    out: str
    err: str
    cpu_s: float = 0.0
    """Of the process and of those that it waited for."""


class OverTime(Exception):
    """A program did not end in time, and was killed with all that it had started."""


def run(
    words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, limit_s: float = 600.0
) -> Measured:
    """Runs a program in a folder, to its end. Raises OverTime after `limit_s` seconds."""
    with tempfile.TemporaryDirectory() as scratch:
        out, err = Path(scratch, "out"), Path(scratch, "err")
        launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(out), str(err), *words]
        process = subprocess.Popen(
            launcher, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            said, _ = process.communicate(timeout=limit_s)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise OverTime(f"{words[0]} took more than {limit_s:g} s") from error
            raise
        wall_s, peak, cpu_s, status = said.split()
        return Measured(float(wall_s), int(peak) / _PER_MB, int(status), out.read_text(), err.read_text(), float(cpu_s))


def floor_mb() -> float:
    """The least peak memory that can be told apart."""
    return run(["true"], Path.cwd()).peak_mb


def middle(runs: Sequence[Measured]) -> Measured:
    """The median of wall and of memory, with the output of the last run."""
    last = runs[-1]
    return Measured(
        median(one.wall_s for one in runs), median(one.peak_mb for one in runs), last.status, last.out, last.err
    )
