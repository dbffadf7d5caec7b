"""Rules 27 and 28 before a real S3 server (moto's), with a proxy between that does what networks and servers do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.remote.clones import cloned, first, told
from tests.remote.faults import FaultProxy
from tests.remote.servers import s3_server

ALL = ("loud", "read", "twice")
FAULTS: list[str | int] = ["drop", "stall", "truncate", "garbage", "double", 500, 403]


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with s3_server() as port:
        yield port


@pytest.fixture
def proxy(server: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    made = FaultProxy("127.0.0.1", server)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{made.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests-canary")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("GRAPHBUILD_REMOTE_TIMEOUT", "2")
    yield made
    made.close()


@pytest.mark.filterwarnings("ignore")
def test_a_second_clone_has_all_from_s3(workspace: Workspace, proxy: FaultProxy, tmp_path: Path) -> None:
    done = first(workspace, "s3://team/plain").expect(*ALL)
    assert (told(done)["sent"], told(done)["troubles"]) == (3, [])
    other = cloned(workspace, tmp_path / "other")
    two = other.expect()
    assert told(two)["found"] == 3
    before = len(proxy.requests)
    assert other.build().up_to_date
    assert len(proxy.requests) == before


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fault", FAULTS)
def test_c27_whatever_happens_to_what_is_read_the_build_is_done(
    workspace: Workspace, proxy: FaultProxy, tmp_path: Path, fault: str | int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first(workspace, f"s3://team/read-{fault}").expect(*ALL)
    proxy.fault = lambda method, _: fault if method in ("GET", "HEAD") else None
    if fault == "stall":
        monkeypatch.setenv("GRAPHBUILD_REMOTE_TIMEOUT", "1")
    other = cloned(workspace, tmp_path / "other")
    done = other.expect(*ALL)
    assert told(done)["troubles"] or told(done)["refused"]
    store = other.open()
    for node in done.result.nodes.values():
        assert store.blobs.present(node.outputs.values()) == set(node.outputs.values())
    store.close()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fault", ["drop", "stall", 500, 403, 507])
def test_c27_whatever_happens_to_what_is_sent_the_build_is_done(
    workspace: Workspace, proxy: FaultProxy, fault: str | int, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.fault = lambda method, _: fault if method == "PUT" else None
    if fault == "stall":
        monkeypatch.setenv("GRAPHBUILD_REMOTE_TIMEOUT", "1")
    done = first(workspace, f"s3://team/write-{fault}").expect(*ALL)
    assert (told(done)["sent"], told(done)["left"]) == (0, 3)
    assert len(told(done)["troubles"]) == 1


@pytest.mark.filterwarnings("ignore")
def test_c27_a_remote_that_fails_now_and_then_is_used_all_the_same(
    workspace: Workspace, proxy: FaultProxy, tmp_path: Path
) -> None:
    count = iter(range(10_000))
    proxy.fault = lambda *_: ("drop", None, 500, None, None)[next(count) % 5]
    done = first(workspace, "s3://team/flaky").expect(*ALL)
    assert (told(done)["sent"], told(done)["troubles"]) == (3, [])
    two = cloned(workspace, tmp_path / "other").expect()
    assert told(two)["found"] == 3


@pytest.mark.filterwarnings("ignore")
def test_c28_a_download_that_breaks_off_begins_anew(workspace: Workspace, proxy: FaultProxy, tmp_path: Path) -> None:
    first(workspace, "s3://team/broken-off").expect(*ALL)
    seen: set[str] = set()

    def once(method: str, path: str) -> str | None:
        if method != "GET" or path in seen:
            return None
        seen.add(path)
        return "truncate"

    proxy.fault = once
    two = cloned(workspace, tmp_path / "other").expect()
    assert (told(two)["found"], told(two)["refused"]) == (3, {})
