"""A build killed at any moment leaves a sound store, and the next build gives what an undisturbed one gives."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from graphbuild.store.maintenance import verify
from tests.conftest import Workspace
from tests.toys import calls

KILLS = 15


def recipe(nodes: int) -> str:
    lines = ["nodes:", '  read: {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}']
    for number in range(nodes):
        need = "read" if number < 3 else f"n{number - 3}"
        lines.append(
            f'  n{number}: {{uses: "tests.toys:Concat", needs: {{texts: [{need}]}}, '
            f'with: {{tag: n{number}, separator: "{number}"}}}}'
        )
    return "\n".join(lines)


def write(workspace: Workspace, text: str) -> None:
    workspace.recipe(recipe(80))
    workspace.write("a.txt", text)


@pytest.mark.slow
def test_c13_killed_at_random_moments(workspace: Workspace, tmp_path: Path) -> None:
    undisturbed = Workspace(tmp_path / "undisturbed")
    write(undisturbed, "text")
    write(workspace, "text")
    began = time.perf_counter()
    assert undisturbed.run("build", "--jobs", "1", "--fixed-model-name", "m").returncode == 0
    whole_s = time.perf_counter() - began
    chance = random.Random(11)
    killed = 0
    for _ in range(KILLS):
        running = workspace.start("build", "--jobs", "1", "--fixed-model-name", "m")
        try:
            # The first half of a build is Python's own beginning.
            running.wait(whole_s * (0.3 + 0.7 * chance.random()))
        except subprocess.TimeoutExpired:
            killed += 1
            running.send_signal(signal.SIGKILL)
        running.communicate()
        store = workspace.open()
        found = verify(store)
        assert (found.damaged, found.lost) == ((), ())
        store.close()
        if running.returncode == 0:
            for part in ("blobs.v1", "actions.v1.sqlite"):
                subprocess.run(["rm", "-rf", str(workspace.store / part)], check=True)
            subprocess.run(["rm", "-rf", *map(str, workspace.store.glob("actions.v1.sqlite-*"))], check=True)
    assert killed
    ended = workspace.run("build", "--jobs", "1", "--fixed-model-name", "m")
    assert ended.returncode == 0, ended.stderr
    assert (workspace.project / "models/m.tar.gz").read_bytes() == (
        undisturbed.project / "models/m.tar.gz"
    ).read_bytes()
    assert not [file for file in (workspace.project / "models").iterdir() if file.name != "m.tar.gz"] or killed
    workspace.ran()
    assert workspace.run("build").returncode == 0
    assert calls(workspace.log) == []
