"""The store on disk: what survives the end, the death and the company of processes, and damage to its files."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from graphbuild.contract import digest as digests
from graphbuild.errors import StoreError
from graphbuild.store.interface import ActionResult, BlobLost, Holder
from graphbuild.store.local import open_store
from graphbuild.store.maintenance import stats, verify

ROOT = Path(__file__).parents[2]
KEY = digests.of_bytes(b"key")

WRITER = """
import sys
from pathlib import Path
from graphbuild.contract import digest as digests
from graphbuild.store.interface import ActionResult
from graphbuild.store.local import open_store
store = open_store(Path(sys.argv[1]))
print("begun", flush=True)
for number in range(int(sys.argv[2])):
    data = b"%d" % number * (1 + number % 7 * 3000)
    digest = store.blobs.put(data)
    store.actions.record(digests.of_value(["key", number]), ActionResult({"output": digest}, 0.0), {"number": number})
    if number % 50 == 0:
        store.flush()
store.close()
print("done", flush=True)
"""

LOCKER = """
import sys
from pathlib import Path
from graphbuild.store.local import open_store
store = open_store(Path(sys.argv[1]))
lock = store.locks.try_acquire(sys.argv[2])
lock.__enter__()
print("locked", flush=True)
sys.stdin.read()
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of a folder, with what a write would change."""
    return {str(file.relative_to(folder)): (file.stat().st_size, file.stat().st_mtime_ns) for file in folder.rglob("*")}


def test_a_manifest_takes_no_page_of_its_own(tmp_path: Path) -> None:
    """Rows above a quarter of a page do, in a table without row numbers."""
    store = open_store(tmp_path)
    for number in range(1000):
        result = ActionResult({"output": digests.of_value(number)}, 0.0)
        store.actions.record(digests.of_value(["key", number]), result, {"config": "x" * 1000, "number": number})
    store.close()
    assert sum(file.stat().st_size for file in tmp_path.glob("*.sqlite*")) < 2_000_000


def test_after_a_flush_another_opening_sees_everything(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    digest = store.blobs.put(b"some bytes")
    source = tmp_path / "source.yml"
    source.write_text("a: 1")
    store.actions.record(KEY, ActionResult({"output": digest}, 2.5), {"config": {"a": 1}})
    store.actions.record(KEY, ActionResult({"output": KEY}, 2.5), {})
    store.history.remember("scope", {"node": KEY})
    store.memos.set("kind", "key", b"\x00\xff")
    known = store.sources.digests([source])
    store.flush()
    other = open_store(tmp_path)
    assert other.blobs.get(digest) == b"some bytes"
    assert other.blobs.present([digest]) == {digest}
    assert other.actions.lookup([KEY]) == {KEY: ActionResult({"output": digest}, 2.5)}
    assert other.actions.manifest(KEY) == {"config": {"a": 1}}
    assert [one.outputs for one in other.actions.divergences(KEY)] == [{"output": KEY}]
    assert other.history.last_keys("scope") == {"node": KEY}
    assert other.memos.get("kind", "key") == b"\x00\xff"
    assert other.sources.digests([source]) == known
    assert stats(other).blobs == stats(other).actions == stats(other).divergences == 1
    for one in (store, other):
        one.close()


def test_opening_and_asking_an_absent_store_makes_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path / "none")
    assert store.actions.lookup([KEY]) == {}
    assert store.blobs.present([KEY]) == set()
    with pytest.raises(BlobLost):
        store.blobs.get(KEY)
    assert store.history.last_keys("scope") == {}
    assert store.memos.get("kind", "key") is None
    store.flush()
    store.close()
    assert not (tmp_path / "none").exists()


def test_a_reading_opening_writes_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    digest = store.blobs.put(b"x")
    store.actions.record(KEY, ActionResult({"output": digest}, 0.0), {})
    store.close()
    before = listing(tmp_path)
    store = open_store(tmp_path)
    assert store.actions.lookup([KEY])
    assert store.blobs.present([digest])
    assert store.blobs.get(digest) == b"x"
    store.close()
    assert listing(tmp_path) == before


def test_c4_an_alteration_is_found_by_a_later_opening_without_being_read(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    digest = store.blobs.put(b"sound")
    store.close()
    file = store.blobs.path(digest)
    status = file.stat()
    file.chmod(0o600)
    file.write_bytes(b"soUnd")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    store = open_store(tmp_path)
    assert store.blobs.present([digest]) == set()
    assert stats(store).quarantined == 1
    store.close()


def test_a_copied_store_is_verified_by_content(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    digest = store.blobs.put(b"sound")
    store.close()
    file = store.blobs.path(digest)
    copy = file.with_name("copy")
    copy.write_bytes(file.read_bytes())
    copy.replace(file)
    store = open_store(tmp_path)
    assert store.blobs.present([digest]) == {digest}
    store.close()


def test_c6_blobs_are_read_only_and_private(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    digest = store.blobs.put(b"x")
    store.close()
    assert store.blobs.path(digest).stat().st_mode & 0o777 == 0o400
    assert (tmp_path / "store").stat().st_mode & 0o077 == 0
    assert (tmp_path / "store" / "format").read_text() == "1\n"


@pytest.mark.parametrize("damage", [b"not a database at all, and longer than a header is: " * 4, b"SQLite format 3\0"])
def test_a_damaged_database_is_set_aside_and_begun_anew(tmp_path: Path, damage: bytes) -> None:
    store = open_store(tmp_path)
    digest = store.blobs.put(b"x")
    store.actions.record(KEY, ActionResult({"output": digest}, 0.0), {})
    store.close()
    database = tmp_path / "actions.v1.sqlite"
    database.write_bytes(damage)
    store = open_store(tmp_path)
    assert store.actions.lookup([KEY]) == {}
    assert store.blobs.get(digest) == b"x"
    assert store.blobs.present([digest]) == {digest}
    assert store.actions.record(KEY, ActionResult({"output": digest}, 0.0), {})
    store.close()
    (aside,) = tmp_path.glob("actions.v1.sqlite.damaged-*")
    assert aside.read_bytes() == damage
    store = open_store(tmp_path)
    assert store.actions.lookup([KEY])
    store.close()


def test_c23_pages_torn_out_of_the_database_are_survived(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for number in range(500):
        digest = store.blobs.put(b"%d" % number)
        store.actions.record(digests.of_value(number), ActionResult({"output": digest}, 0.0), {"n": number})
    store.close()
    database = tmp_path / "actions.v1.sqlite"
    data = bytearray(database.read_bytes())
    data[4096:-4096] = b"\xa5" * (len(data) - 8192)
    database.write_bytes(data)
    store = open_store(tmp_path)
    store.actions.lookup([digests.of_value(number) for number in range(500)])
    store.actions.record(KEY, ActionResult({"output": digest}, 0.0), {})
    store.close()
    store = open_store(tmp_path)
    assert store.actions.lookup([KEY])
    store.close()


@pytest.mark.parametrize("text", ["2\n", "99", "one", ""])
def test_c30_another_format_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "format").write_text(text)
    with pytest.raises(StoreError, match="format"):
        open_store(tmp_path)
    assert (tmp_path / "format").read_text() == text


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = open_store(tmp_path / "file" / "store")
    store.blobs.put(b"x")
    with pytest.raises(StoreError, match="cannot be written"):
        store.flush()
    with pytest.raises(StoreError):
        store.blobs.put(b"y")
    with pytest.raises(StoreError):
        store.close()


@pytest.mark.slow
def test_c1_four_processes_write_at_once(tmp_path: Path) -> None:
    writers = [start(WRITER, str(tmp_path), "300") for _ in range(4)]
    for writer in writers:
        told, _ = writer.communicate()
        assert (writer.returncode, told) == (0, "begun\ndone\n")
    store = open_store(tmp_path)
    found = verify(store)
    assert (found.sound, found.damaged, found.lost) == (300, (), ())
    assert store.count("actions") == 300
    assert store.count("divergences") == 0
    store.close()
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.slow
def test_c1_a_killed_writer_leaves_nothing_half_done(tmp_path: Path) -> None:
    chance = random.Random(7)
    for _ in range(8):
        writer = start(WRITER, str(tmp_path), "100000")
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            writer.wait(chance.random() * 0.25)
        except subprocess.TimeoutExpired:
            writer.send_signal(signal.SIGKILL)
        writer.communicate()
        store = open_store(tmp_path)
        found = verify(store)
        assert found.damaged == ()
        assert found.lost == ()
        store.close()
        with sqlite3.connect(tmp_path / "actions.v1.sqlite") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
    assert found.sound


def test_c12_a_waiter_sees_the_owner_and_death_frees_the_lock(tmp_path: Path) -> None:
    owner = start(LOCKER, str(tmp_path), KEY)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "locked\n"
    store = open_store(tmp_path)
    holder = store.locks.try_acquire(KEY)
    assert isinstance(holder, Holder)
    assert holder.pid == owner.pid
    assert holder.since > 0
    owner.kill()
    owner.communicate()
    lock = store.locks.try_acquire(KEY)
    assert not isinstance(lock, Holder)
    lock.__exit__(None, None, None)
    store.close()
    assert not list((tmp_path / "locks").iterdir())


def test_a_lock_is_let_go_only_when_what_was_recorded_under_it_is_there_for_all(tmp_path: Path) -> None:
    store, other = open_store(tmp_path), open_store(tmp_path)
    for number in range(30):
        key = digests.of_value(number)
        lock = store.locks.try_acquire(key)
        assert not isinstance(lock, Holder)
        with lock:
            digest = store.blobs.put(b"%d" % number)
            store.actions.record(key, ActionResult({"output": digest}, 0.0), {})
        while isinstance(got := other.locks.try_acquire(key), Holder):
            pass
        assert other.actions.lookup([key])[key].outputs == {"output": digest}
        assert other.blobs.get(digest) == b"%d" % number
        got.__exit__(None, None, None)
    store.close()
    other.close()


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE actions SET outputs = '{'",
        "UPDATE actions SET outputs = '[]'",
        "UPDATE manifests SET manifest = '[]'",
        "DROP TABLE history",
        "DROP TABLE actions",
    ],
)
def test_what_was_damaged_in_the_database_is_as_if_it_had_never_been(tmp_path: Path, harm: str) -> None:
    store = open_store(tmp_path)
    blob = store.blobs.put(b"made")
    store.actions.record(KEY, ActionResult({"output": blob}, 1.0), {"a": 1})
    store.close()
    with sqlite3.connect(tmp_path / "actions.v1.sqlite") as connection:
        connection.execute(harm)
    store = open_store(tmp_path)
    assert store.actions.lookup([KEY]) in ({}, {KEY: ActionResult({"output": blob}, 1.0)})
    assert store.actions.manifest(KEY) in (None, {"a": 1})
    assert store.history.last_keys("scope") == {}
    store.close()
    store = open_store(tmp_path)
    store.actions.record(KEY, ActionResult({"output": blob}, 1.0), {"a": 1})
    store.close()
    store = open_store(tmp_path)
    assert store.actions.lookup([KEY]) == {KEY: ActionResult({"output": blob}, 1.0)}
    store.close()


def test_what_only_saves_time_may_fail_to_be_written(tmp_path: Path) -> None:
    """So that a plan can be made of a project that may only be read."""
    (tmp_path / "store").write_text("no folder")
    store = open_store(tmp_path / "store")
    store.memos.set("graph", "a", b"x")
    store.close()
    store = open_store(tmp_path / "store")
    store.blobs.put(b"this counts")
    with pytest.raises(StoreError):
        store.close()
