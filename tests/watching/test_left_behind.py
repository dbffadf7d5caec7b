"""What a killed process would leave behind: nothing that stays."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.conftest import Workspace
from tests.watching.watcher import Watcher

HOLDS = '''
import time
from dataclasses import dataclass
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option
from graphbuild.contract.temporaries import temporary_folder

class Holds(Component):
    """Holds a pipe open and a folder, and never ends."""
    kind = "toy"

    @dataclass(frozen=True)
    class Config(Options):
        pipe: str = option("", "The pipe.")

    def apply(self) -> JsonValue:
        with temporary_folder() as folder, open(self.config.pipe, "w") as pipe:
            print(folder, file=pipe, flush=True)
            while True:
                time.sleep(0.1)
'''


def test_workers_end_with_the_process_that_was_killed(workspace: Workspace, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    workspace.write("holds.py", HOLDS)
    workspace.recipe(f'nodes: {{on: {{uses: "holds:Holds", with: {{pipe: "{pipe}"}}}}}}')
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with Watcher(workspace.project, "--jobs", "2", TMPDIR=str(temporary)) as watcher, pipe.open() as told:
        folder = Path(told.readline().strip())
        assert folder.is_dir()
        assert folder.parent == temporary
        os.kill(watcher.process.pid, signal.SIGKILL)
        assert told.read() == "", "the pipe ends when the last that holds it has ended"
    os.utime(folder, (0, 0))
    with Watcher(workspace.project, "--jobs", "2", TMPDIR=str(temporary)) as watcher, pipe.open() as told:
        assert Path(told.readline().strip()) != folder
        assert not folder.exists(), "the next one sweeps what is old"
