"""A `graphbuild watch --json` in a process of its own, driven by edits: each line that it prints is one build."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.conftest import ROOT
from tests.toys import LOG_VARIABLE

KEYS = {
    *("build", "changed", "because", "superseded", "code", "model", "up_to_date"),
    *("wall_s", "nodes", "problems", "warnings", "notices"),
}
"""Of each document (docs/watch.md)."""
_LONGEST_S = 120
"""A test that waits so long fails."""


class Watcher:
    """The process, and the documents that it prints."""

    def __init__(self, project: Path, *options: str, log: Path | None = None, **variables: str) -> None:
        command = [sys.executable, "-m", "graphbuild", "-C", str(project), "watch", "--json", *options]
        paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": paths, **variables}
        if log is not None:
            environment[LOG_VARIABLE] = str(log)
        self._errors = (project.parent / "watch.err").open("w+")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._errors, text=True, env=environment, start_new_session=True
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        self._errors.close()

    def next(self) -> Any:
        """The document of the next build."""
        try:
            line = self._lines.get(timeout=_LONGEST_S)
        except queue.Empty:
            line = ""
        assert line, f"no more builds: {self.errors()}"
        found = json.loads(line)
        assert set(found) == KEYS, "every document has the same keys"
        return found

    def errors(self) -> str:
        """What it said beside."""
        self._errors.seek(0)
        return self._errors.read()

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ends it, and gives its exit code; nothing more was built."""
        self.process.send_signal(how)
        code = self.process.wait(_LONGEST_S)
        assert self._lines.get(timeout=_LONGEST_S) == "", "it built more than was asked for"
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put("")


def ran(document: Any) -> list[str]:
    """The nodes that ran in a build."""
    return sorted(node["node"] for node in document["nodes"] if node["decision"] == "run")
