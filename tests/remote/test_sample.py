"""What the remote store is for: a second clone of the sample assistant runs nothing, and receives little."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from graphbuild.builder import BuildReport, build
from graphbuild.execution.result import Outcome
from graphbuild.inspecting import build_named
from graphbuild.remote import objects
from graphbuild.report.builds import build_lines
from graphbuild.session import BuildRequest
from tests.trained import SAMPLE


def built(folder: Path, remote: Path) -> BuildReport:
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    request = BuildRequest(
        folder, "recipe:light", variables={"epochs": 5}, store=folder / ".graphbuild", remote=str(remote)
    )
    return build(request)


@pytest.mark.slow
def test_a_second_clone_of_the_sample_assistant_runs_nothing_and_receives_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = tmp_path / "remote"
    one = built(tmp_path / "one", remote)
    assert one.model is not None, one.problems
    assert one.remote is not None
    assert (one.remote["left"], one.remote["troubles"]) == (0, [])
    received = []
    real = objects._FileObjects.read

    def read(self: Any, name: str, limit: int) -> bytes | None:
        found = real(self, name, limit)
        received.append(len(found or b""))
        return found

    monkeypatch.setattr(objects._FileObjects, "read", read)
    two = built(tmp_path / "two", remote)
    assert two.model is not None
    assert {node.outcome for node in two.result.nodes.values()} == {Outcome.HIT}
    assert two.model.read_bytes() == one.model.read_bytes()
    size = two.model.stat().st_size
    print(f"received {sum(received):,} bytes in {len(received)} answers for a package of {size:,}")
    assert sum(received) < 1.2 * size + 1_000_000
    assert two.remote is not None
    assert two.remote["bytes_received"] == sum(received)
    for name, told in (("one", "sent"), ("two", "had")):
        folder = tmp_path / name
        record = build_named(BuildRequest(folder, "recipe:light", store=folder / ".graphbuild"), "last")
        (line,) = [line for line in build_lines(record, folder) if line.startswith("  remote   ")]
        assert line.startswith(f"  remote   {remote.as_uri()}: "), line
        assert told in line
