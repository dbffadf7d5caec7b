"""`graphbuild shell` in a terminal: a pseudo-terminal, somebody who types."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.trained import Trained

LIMIT_S = 300
UP, ENTER = b"\x1b[A", b"\r"


class Typist:
    """The other end of a terminal."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.seen = b""

    def type(self, keys: bytes) -> None:
        os.write(self._descriptor, keys)

    def wait_for(self, words: bytes, count: int = 1) -> None:
        """Reads until the words were shown so many times."""
        end = time.monotonic() + LIMIT_S
        while self.seen.count(words) < count:
            assert time.monotonic() < end, self.seen
            self.seen += os.read(self._descriptor, 65536)


@pytest.mark.slow
def test_somebody_types_and_goes_back_in_history(trained: Trained, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "graphbuild", "-C", str(tmp_path), "shell", str(trained.package())],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    typist = Typist(ours)
    try:
        typist.wait_for(b"is loaded. Type a text")
        typist.wait_for(b"you>")
        typist.type(b"/greet" + ENTER)
        typist.wait_for(b"Spoke & Saddle")
        typist.type(UP + ENTER)
        typist.wait_for(b"Spoke & Saddle", 2)
        typist.type(b"/stop" + ENTER)
        assert process.wait(LIMIT_S) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)
