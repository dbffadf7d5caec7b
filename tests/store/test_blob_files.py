"""The blobs of a store for processes that must not open its database, and where builds and their workers meet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graphbuild.contract import digest as digests
from graphbuild.errors import StoreError
from graphbuild.store import files, meetings
from graphbuild.store.blob_files import BlobFiles
from graphbuild.store.interface import BlobLost
from graphbuild.store.local import open_store
from graphbuild.store.meetings import Meeting

KEY = digests.of_bytes(b"key")


def test_blobs_come_and_go_without_a_database(tmp_path: Path) -> None:
    there = BlobFiles(tmp_path)
    digest = there.blobs.put(b"made there")
    written = there.flush()
    assert written.keys() == {digest}
    assert there.flush() == {}
    assert there.blobs.get(digest) == b"made there"
    assert not list(tmp_path.glob("*.sqlite*"))
    assert len(list((tmp_path / "leases").iterdir())) == 1
    store = open_store(tmp_path)
    store.blobs.learn(written)
    assert store.blobs.present([digest]) == {digest}
    there.close()
    assert len(list((tmp_path / "leases").iterdir())) == 1, "who learns of a blob relies on it"
    store.close()
    assert not list((tmp_path / "leases").iterdir())


def test_what_was_learnt_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = BlobFiles(tmp_path)
    digest = there.blobs.put(b"made there")
    store = open_store(tmp_path)
    store.blobs.learn(there.flush())
    store.close()
    monkeypatch.setattr(digests, "of_file", lambda _: pytest.fail("it was read"))
    again = open_store(tmp_path)
    assert again.blobs.present([digest]) == {digest}
    again.close()
    there.close()


def test_a_file_that_looks_otherwise_here_is_read(tmp_path: Path) -> None:
    """As on another machine whose file system has other numbers; or altered between there and here."""
    there = BlobFiles(tmp_path)
    good, bad = there.blobs.put(b"good"), there.blobs.put(b"bad!")
    written = there.flush()
    store = open_store(tmp_path)
    path = store.blobs.path(bad)
    path.chmod(0o600)
    path.write_bytes(b"odd!")
    inode, size, mtime_ns, ctime_ns = written[good]
    store.blobs.learn({**written, good: (inode + 1, size, mtime_ns, ctime_ns)})
    assert store.blobs.present([good, bad]) == {good}
    with pytest.raises(BlobLost):
        store.blobs.get(bad)
    store.close()
    there.close()


def test_a_blob_that_is_there_is_told_of_too(tmp_path: Path) -> None:
    first, second = BlobFiles(tmp_path), BlobFiles(tmp_path)
    digest = first.blobs.put(b"twice")
    first.flush()
    assert second.blobs.put(b"twice") == digest
    assert second.flush().keys() == {digest}
    first.close()
    second.close()


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    there = BlobFiles(tmp_path)
    monkeypatch.setattr(files, "write", full)
    there.blobs.put(b"too much")
    with pytest.raises(StoreError, match="No space left"):
        there.flush()


def test_builds_and_workers_meet(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path)
    assert meetings.is_here(tmp_path, meeting.name)
    assert meetings.is_open(tmp_path, meeting.name)
    assert not meetings.is_here(tmp_path / "other", meeting.name)
    meetings.begin(tmp_path, meeting.name, KEY, "w0")
    meetings.begin(tmp_path, meeting.name, KEY, "w1")
    assert meeting.began(KEY) == ["w0", "w1"]
    meetings.end(tmp_path, meeting.name, KEY)
    assert meeting.began(KEY) == []
    meeting.renew()
    meeting.close()
    meeting.close()
    assert not meetings.is_open(tmp_path, meeting.name)
    meetings.begin(tmp_path, meeting.name, KEY, "too late")
    assert not list((tmp_path / meetings.FOLDER).iterdir())


def test_what_a_killed_build_left_is_swept(tmp_path: Path) -> None:
    code = "import os, sys\nfrom pathlib import Path\nfrom graphbuild.store.meetings import Meeting\n"
    killed = f"{code}Meeting(Path(sys.argv[1]))\nos.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False)
    (left,) = (tmp_path / meetings.FOLDER).iterdir()
    assert meetings.is_here(tmp_path, left.name)
    assert not meetings.is_open(tmp_path, left.name)
    living = Meeting(tmp_path)
    assert [path.name for path in (tmp_path / meetings.FOLDER).iterdir()] == [living.name]
    other = Meeting(tmp_path)
    assert meetings.is_open(tmp_path, living.name)
    living.close()
    other.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError):
        Meeting(tmp_path)
