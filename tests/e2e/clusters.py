"""A Dask cluster for tests: one scheduler and some workers, each a real process on the loopback interface."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests import toys
from tests.conftest import ROOT

_WAIT_S = 60.0


class Cluster:
    """One scheduler, and workers by name. To be closed."""

    def __init__(self, folder: Path, log: Path, *workers: str) -> None:
        self.folder = folder
        self._log = log
        self._file = folder / "scheduler.json"
        self.scheduler = self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(self._file),
            "--dashboard-address", "127.0.0.1:0", "--no-dashboard",
        )  # fmt: skip
        until(lambda: self._file.exists() and self._file.read_text().endswith("}"))
        self.address: str = json.loads(self._file.read_text())["address"]
        self.workers = {name: self.begin(name) for name in workers}
        for name in workers:
            self.wait_for(name)

    def begin(
        self, name: str, *options: str, cwd: Path | None = None, within: Sequence[str] = (), **environment: str
    ) -> subprocess.Popen[bytes]:
        """Starts one more worker; `within`: a program that starts it."""
        local = self.folder / name
        local.mkdir()
        return self._start(
            "dask_worker", self.address, "--name", name, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny",
            "--no-dashboard", "--local-directory", str(local), *options, cwd=cwd, within=within, **environment,
        )  # fmt: skip

    @contextlib.contextmanager
    def worker(
        self, name: str, *options: str, cwd: Path | None = None, within: Sequence[str] = (), **environment: str
    ) -> Iterator[None]:
        """One more worker, for a while."""
        process = self.begin(name, *options, cwd=cwd, within=within, **environment)
        try:
            self.wait_for(name)
            yield
        finally:
            process.kill()
            process.wait()

    def wait_for(self, name: str) -> None:
        """Waits until the scheduler knows a worker."""
        register = re.compile(rf"Register worker.*\b{name}\b")
        until(lambda: register.search((self.folder / "output").read_text(errors="replace")))

    def kill_scheduler(self) -> None:
        """It dies without a word."""
        self.scheduler.kill()
        self.scheduler.wait()

    def close(self) -> None:
        """Ends all of it."""
        for process in (*self.workers.values(), self.scheduler):
            process.kill()
            process.wait()

    def _start(
        self, module: str, *arguments: str, cwd: Path | None = None, within: Sequence[str] = (), **more: str
    ) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), toys.LOG_VARIABLE: str(self._log), **more}
        words = [*within, sys.executable, "-m", f"distributed.cli.{module}", *arguments]
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(words, env=environment, cwd=cwd, stdout=output, stderr=output)


def until(is_so: object) -> None:
    """Waits until something is so."""
    assert callable(is_so)
    deadline = time.monotonic() + _WAIT_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
