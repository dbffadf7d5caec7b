"""Two clones of a project with a shared folder behind both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphbuild.errors import ExitCode, UsageError
from graphbuild.execution.events import RemoteEnded
from graphbuild.remote import layout
from graphbuild.remote import objects as objects_module
from tests.cli.command_line import run
from tests.conftest import Workspace, digest_of
from tests.remote.clones import LONG, cloned, first, objects, told


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return tmp_path / "remote"


def test_a_second_clone_runs_nothing_and_has_the_same_package(
    workspace: Workspace, remote: Path, tmp_path: Path
) -> None:
    one = first(workspace, str(remote)).expect("read", "loud", "twice")
    assert told(one)["sent"] == 3
    assert told(one)["left"] == 0
    assert json.loads((remote / layout.MARKER).read_text()) == {"format": 1}
    other = cloned(workspace, tmp_path / "other")
    two = other.expect()
    assert told(two)["found"] == 3
    assert told(two)["sent"] == 0
    assert one.model is not None
    assert two.model is not None
    assert one.model.read_bytes() == two.model.read_bytes()
    assert any(isinstance(event, RemoteEnded) for event in other.events)


def test_only_what_is_packaged_or_read_is_fetched(workspace: Workspace, remote: Path, tmp_path: Path) -> None:
    one = first(workspace, str(remote)).expect("read", "loud", "twice")
    other = cloned(workspace, tmp_path / "other")
    two = other.expect()
    assert told(two)["fetched"] == 1
    assert other.blob(digest_of(one, "twice")).exists()
    assert not other.blob(digest_of(one, "read")).exists()
    # What runs gets what it reads, and no more.
    other.write("graphbuild.yml", (other.project / "graphbuild.yml").read_text().replace("[loud, loud]", "[loud]"))
    three = other.expect("twice")
    assert told(three)["fetched"] == 1
    assert other.blob(digest_of(one, "loud")).exists()
    assert not other.blob(digest_of(one, "read")).exists()


def test_what_is_had_with_two_jobs_reaches_the_worker_processes(
    workspace: Workspace, remote: Path, tmp_path: Path
) -> None:
    first(workspace, str(remote)).expect("read", "loud", "twice")
    other = cloned(workspace, tmp_path / "other")
    other.write("graphbuild.yml", (other.project / "graphbuild.yml").read_text().replace("[loud, loud]", "[loud]"))
    assert other.build(jobs=2).code is ExitCode.DONE
    assert other.ran() == ["twice"]


def test_a_build_with_nothing_to_do_asks_the_remote_nothing(workspace: Workspace, remote: Path, tmp_path: Path) -> None:
    first(workspace, str(remote)).expect("read", "loud", "twice")
    other = cloned(workspace, tmp_path / "other")
    other.expect()
    for clone in (workspace, other):
        # Also the one that has not got all the blobs.
        clone.request = replace(clone.request, remote=str(remote / "gone"))
        again = clone.build()
        if clone is workspace:
            assert (again.up_to_date, again.remote) == (True, None)
    other.request = replace(other.request, remote=str(remote))
    remote.rename(remote.with_name("elsewhere"))
    again = other.build()
    assert (again.up_to_date, again.remote) == (True, None)


def test_a_remote_that_is_only_read_gets_nothing(workspace: Workspace, remote: Path) -> None:
    first(workspace, str(remote))
    done = workspace.expect("read", "loud", "twice", remote_reads_only=True)
    assert told(done)["sent"] == 0
    assert not remote.exists()


def test_results_that_become_known_together_are_asked_for_side_by_side(
    workspace: Workspace, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one round trip after the other, when an input of many becomes known while the build runs."""
    first(workspace, str(remote))
    many = "".join(
        f'  n{number}: {{uses: "tests.toys:Concat", needs: {{texts: [read]}}, with: {{separator: "{number}"}}}}\n'
        for number in range(12)
    )
    workspace.recipe(
        'nodes:\n  read: {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}\n'
        f"{many}targets: {{model: [{', '.join(f'n{number}' for number in range(12))}]}}\n"
    )
    workspace.build()
    workspace.write("a.txt", "another text")
    together = threading.Barrier(12)
    asked: list[str] = []
    real = objects_module._FileObjects.read

    def counted(self: Any, name: str, limit: int) -> bytes | None:
        if name.startswith("actions.v1"):
            asked.append(name)
            if len(asked) > 1:  # the first one is the importer's
                together.wait(60)
        return real(self, name, limit)

    monkeypatch.setattr(objects_module._FileObjects, "read", counted)
    done = workspace.build(remote_reads_only=True)
    assert done.result.succeeded
    assert not together.broken
    assert len(asked) == len(set(asked)) == 13


def test_small_blobs_travel_with_the_result(workspace: Workspace, remote: Path, tmp_path: Path) -> None:
    first(workspace, str(remote), text="short").expect("read", "loud", "twice")
    assert len(objects(remote, "actions.v1")) == 3
    assert objects(remote, "blobs.v1") == []
    two = cloned(workspace, tmp_path / "other").expect()
    assert told(two)["fetched"] == 0


def test_what_is_repeated_travels_compressed(workspace: Workspace, remote: Path) -> None:
    first(workspace, str(remote)).expect("read", "loud", "twice")
    assert len(objects(remote, "blobs.v1")) == 3
    assert all(file.stat().st_size < len(LONG) / 10 for file in objects(remote, "blobs.v1"))


def test_the_settings_of_a_project_name_its_remote(workspace: Workspace, remote: Path) -> None:
    first(workspace, "")
    workspace.request = replace(workspace.request, remote=None)
    workspace.write("graphbuild.toml", '[remote]\nurl = "../remote"\n')
    assert told(workspace.expect("read", "loud", "twice"))["sent"] == 3
    assert (remote / layout.MARKER).exists()
    workspace.write("graphbuild.toml", "[remote]\nulr = 1\n")
    with pytest.raises(UsageError, match=r"`ulr` of \[remote\] in graphbuild\.toml is unknown"):
        workspace.build()


def test_the_command_line_tells_of_the_remote(workspace: Workspace, remote: Path, tmp_path: Path) -> None:
    first(workspace, str(remote))
    ended = workspace.run("build", "--remote", str(remote))
    assert ended.returncode == 0, ended.stderr
    assert "3 results sent" in ended.stdout
    other = cloned(workspace, tmp_path / "other")
    ended = other.run("--remote", str(remote), "build", "--json")
    document = json.loads(ended.stdout)
    assert {node["decision"] for node in document["nodes"] if node["node"] != "package"} == {"hit"}
    assert document["remote"]["found"] == 3
    shown = json.loads(other.run("build", "--json", GRAPHBUILD_REMOTE=str(remote)).stdout)
    assert shown["up_to_date"]
    assert "remote" not in shown
    ended = cloned(workspace, tmp_path / "third").run("build", "--no-remote", "--json", GRAPHBUILD_REMOTE=str(remote))
    assert "remote" not in json.loads(ended.stdout)


def test_nothing_of_it_is_imported_by_a_build_with_nothing_to_do(workspace: Workspace, remote: Path) -> None:
    first(workspace, str(remote)).expect("read", "loud", "twice")
    code = (
        "import sys\nfrom graphbuild.cli.main import main\n"
        f"try: main(['-C', {str(workspace.project)!r}, *sys.argv[1:], 'build', '--json'])\n"
        "except SystemExit as left: assert not left.code, left.code\n"
        "print('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    )
    for options in ([], ["--remote", str(remote)]):
        ran = subprocess.run(
            [sys.executable, "-c", code, *options],
            check=True,
            capture_output=True,
            text=True,
            env=workspace.environment({}),
        )
        assert json.loads(ran.stdout.splitlines()[0])["up_to_date"]
        loaded = set(ran.stderr.splitlines()[-1].split())
        assert not loaded & {"fsspec", "zstandard", "aiohttp", "tomllib"} - set(options)
        assert any(name.startswith("graphbuild.remote") for name in loaded) is bool(options)


def test_a_relative_folder_is_below_that_of_the_project(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the option stands; a URL is one wherever a command runs."""
    first(workspace, "")
    monkeypatch.chdir(tmp_path)
    project = ("-C", workspace.project.relative_to(tmp_path))
    before, after = (
        run("--remote", "../one", *project, "build", "--json"),
        run(*project, "build", "--force", "--json", "--remote", "../two"),
    )
    for ended, name in ((before, "one"), (after, "two")):
        assert ended.document["remote"]["sent"] == 3
        assert objects(tmp_path / name, "actions.v1")
    assert not (tmp_path.parent / "one").exists()
    assert run("-C", workspace.project, "store", "push", "--remote", f"file://{tmp_path}/three").code == 0
    assert objects(tmp_path / "three", "actions.v1")
    assert run("--remote", "../four", *project, "--no-remote", "build", "--force").code == 0
    assert not (tmp_path / "four").exists()
    assert "GRAPHBUILD_REMOTE" not in os.environ
