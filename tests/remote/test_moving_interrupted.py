"""`store push` and `pull` by Ctrl-C, before a server that lets them wait: they end, say so, and go on next time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.remote.clones import cloned, first, objects
from tests.remote.faults import FaultProxy
from tests.remote.servers import dav_server

WAITS = {"GRAPHBUILD_REMOTE_TIMEOUT": "600"}
"""Far longer than a test: who ends was not waiting for it."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    with dav_server(tmp_path_factory.mktemp("nginx"), "builder", "canary-secret") as made:
        yield made


@pytest.fixture
def proxy(server: tuple[int, Path]) -> Iterator[FaultProxy]:
    made = FaultProxy("127.0.0.1", server[0])
    yield made
    made.close()


def started(workspace: Workspace, *arguments: str) -> subprocess.Popen[str]:
    """A command that hears Ctrl-C, also where these tests run in the background and do not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return workspace.start("store", *arguments, **WAITS)
    finally:
        signal.signal(signal.SIGINT, before)


def wait_for(proxy: FaultProxy, method: str, part: str, running: subprocess.Popen[str]) -> None:
    """Returns when a request has come."""
    while not any(asked == method and part in path for asked, path in tuple(proxy.requests)):
        assert running.poll() is None, running.communicate()
        os.sched_yield()


def interrupted(running: subprocess.Popen[str]) -> str:
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, (out, err)
    assert "Traceback" not in err
    assert out == ""
    return err


def url(proxy: FaultProxy, name: str, scheme: str = "webdav") -> str:
    return f"{scheme}://builder:canary-secret@127.0.0.1:{proxy.port}/{name}"


@pytest.mark.filterwarnings("ignore")
def test_a_push_of_a_build_ends_by_ctrl_c_and_goes_on(
    workspace: Workspace, proxy: FaultProxy, server: tuple[int, Path], tmp_path: Path
) -> None:
    first(workspace, "").expect("loud", "read", "twice")
    workspace.write("a.txt", "other")
    workspace.expect("loud", "read", "twice")
    (_, older) = json.loads(workspace.run("builds", "--json").stdout)["builds"]
    push = ("push", older["id"], "--remote", url(proxy, "pushed"))
    proxy.fault = lambda method, path: "stall" if method == "PUT" and "/blobs" in path else None
    running = started(workspace, *push)
    wait_for(proxy, "PUT", "/blobs", running)
    assert "what was not sent is sent by doing it again" in interrupted(running)
    proxy.fault = lambda *_: None
    done = workspace.run("store", *push, "--json")
    assert (done.returncode, json.loads(done.stdout)["results"]) == (0, 3)
    assert len(objects(server[1] / "pushed", "actions.v1")) == 3
    # Who has neither the build nor its record has it by its name.
    other = cloned(workspace, tmp_path / "other")
    pulled = other.run("store", "pull", older["id"], "--remote", url(proxy, "pushed"), "--json")
    assert (pulled.returncode, json.loads(pulled.stdout)["results"]) == (0, 3)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("scheme", ["webdav", "http"])
@pytest.mark.parametrize("part", ["/actions", "/blobs"])
def test_a_pull_ends_by_ctrl_c_and_goes_on(
    workspace: Workspace, proxy: FaultProxy, tmp_path: Path, scheme: str, part: str
) -> None:
    name = f"{scheme}-{part[1:]}"
    first(workspace, "").expect("loud", "read", "twice")
    assert workspace.run("store", "push", "last", "--remote", url(proxy, name)).returncode == 0
    (build,) = json.loads(workspace.run("builds", "--json").stdout)["builds"]
    other = cloned(workspace, tmp_path / "other")
    pull = ("pull", build["id"], "--remote", url(proxy, name, scheme))
    proxy.requests.clear()
    proxy.fault = lambda method, path: "stall" if method in ("GET", "HEAD") and part in path else None
    running = started(other, *pull)
    wait_for(proxy, "GET", part, running)
    assert "interrupted" in interrupted(running)
    proxy.fault = lambda *_: None
    done = other.run("store", *pull, "--json")
    assert (done.returncode, json.loads(done.stdout)["lost"]) == (0, 0)
