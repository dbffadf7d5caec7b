"""Fixtures of the engine's tests: a workspace to write files in, build, and say which toys ran.

    workspace.recipe("...")            the project's graphbuild.yml
    workspace.write("data/a.txt", "")  a source
    workspace.expect("a", "b")         builds, and fails unless exactly the toys tagged a and b ran

The tags are the recipe's own (`with: {tag: a}`), so that a test reads as a story of edits and what they cost.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from graphbuild.builder import BuildReport, build
from graphbuild.contract.artifact import decode_json
from graphbuild.contract.digest import Digest
from graphbuild.errors import ExitCode
from graphbuild.execution.events import Event
from graphbuild.session import BuildRequest
from graphbuild.store.local import LocalStore, open_store
from tests import toys
from tests.trained import Trained

# No test reads wall time: machines are shared.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

ROOT = Path(__file__).parents[1]


class Workspace:
    """A project folder with its own store, and the log of the toys."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.project.mkdir(parents=True)
        self.log = folder / "log"
        self.store = self.project / ".graphbuild"
        self.request = BuildRequest(self.project, "graphbuild.yml", store=self.store)
        self.events: list[Event] = []

    def write(self, name: str, text: str) -> Path:
        """Writes a file of the project, at once: nobody who looks meanwhile sees it empty."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.project.with_name(f".{uuid4().hex}")
        beside.write_text(text, "utf-8")
        beside.replace(path.resolve())
        return path

    def recipe(self, text: str) -> None:
        """Writes the recipe; `nodes:` and what comes after."""
        self.write("graphbuild.yml", f"graphbuild: 1\n{text}")

    def build(self, *targets: str, **options: Any) -> BuildReport:
        """Builds in this process; the events are kept."""
        self.events = []
        return build(replace(self.request, targets=targets, **options), self.events.append)

    def ran(self) -> list[str]:
        """Tags of the toys that ran since this was last asked, sorted."""
        found = toys.tags(self.log)
        self.log.unlink(missing_ok=True)
        return found

    def expect(self, *tags: str, **options: Any) -> BuildReport:
        """A build that succeeds and runs exactly the toys of these tags."""
        self.ran()
        report = self.build(**options)
        assert report.code is ExitCode.DONE, report.problems
        assert self.ran() == sorted(tags)
        return report

    def open(self) -> LocalStore:
        """The store; to be closed by the caller."""
        return open_store(self.store)

    def value(self, report: BuildReport, node: str, port: str = "output") -> Any:
        """The plain value that a build gave at a node."""
        store = self.open()
        try:
            return decode_json(store.blobs.get(digest_of(report, node, port)))["value"]
        finally:
            store.close()

    def blob(self, digest: Digest) -> Path:
        """The file of a blob."""
        figures = digest.removeprefix("blake3:")
        return self.store / "blobs.v1" / figures[:2] / figures

    def command(self, *arguments: str) -> list[str]:
        """A command line for this project's folder."""
        return [sys.executable, "-m", "graphbuild", "-C", str(self.project), *arguments]

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts a command line in a process of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command line in a process of its own."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(environment),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """What a process of this workspace gets to see."""
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "GRAPHBUILD_STORE": str(self.store),
            toys.LOG_VARIABLE: str(self.log),
            **more,
        }


def digest_of(report: BuildReport, node: str, port: str = "output") -> Digest:
    """The digest that a build gave at a node: of the recipe's name, or of the graph's."""
    for node_id, result in report.result.nodes.items():
        if node in (node_id, node_id.partition(":")[0], node_id.partition("@")[0]) and port in result.outputs:
            return result.outputs[port]
    raise KeyError(node)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An empty project with a store of its own."""
    made = Workspace(tmp_path)
    monkeypatch.setenv(toys.LOG_VARIABLE, str(made.log))
    # Builds put the project at the head of the import path.
    monkeypatch.setattr(sys, "path", list(sys.path))
    return made


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Packages of the sample assistant, trained once."""
    return Trained(tmp_path_factory.mktemp("trained"))
