"""WebDAV by Debian's nginx, and reading the same by plain HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.remote.clones import cloned, first, objects, told
from tests.remote.servers import dav_server

ALL = ("loud", "read", "twice")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    with dav_server(tmp_path_factory.mktemp("nginx"), "builder", "canary-secret") as made:
        yield made


@pytest.mark.filterwarnings("ignore")
def test_a_second_clone_has_all_from_webdav_and_by_http(
    workspace: Workspace, server: tuple[int, Path], tmp_path: Path
) -> None:
    port, served = server
    url = f"webdav://builder:canary-secret@127.0.0.1:{port}/team/store"
    done = first(workspace, url).expect(*ALL)
    assert (told(done)["sent"], told(done)["troubles"]) == (3, [])
    assert len(objects(served / "team" / "store", "actions.v1")) == 3
    two = cloned(workspace, tmp_path / "other").expect()
    assert told(two)["found"] == 3
    first(workspace, url.replace("webdav", "http"))
    three = cloned(workspace, tmp_path / "third").expect()
    assert (told(three)["found"], told(three)["troubles"]) == (3, [])
    assert "canary" not in str([told(done), told(two), told(three)])
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not [file for file in files if b"canary" in file.read_bytes()]


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_password_is_told_once(workspace: Workspace, server: tuple[int, Path]) -> None:
    port, _ = server
    done = first(workspace, f"webdav://builder:canary-wrong@127.0.0.1:{port}/team/store").expect(*ALL)
    assert len(told(done)["troubles"]) in (1, 2)
    assert "401" in told(done)["troubles"][0]
    assert "canary" not in str(told(done))


@pytest.mark.filterwarnings("ignore")
def test_http_is_read_and_never_written(workspace: Workspace, server: tuple[int, Path]) -> None:
    port, served = server
    before = sorted(os.walk(served))
    done = first(workspace, f"http://builder:canary-secret@127.0.0.1:{port}/nothing").build()
    assert done.result.succeeded
    assert done.remote is None or (done.remote["sent"], done.remote["left"]) == (0, 0)
    assert sorted(os.walk(served)) == before
