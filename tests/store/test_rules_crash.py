"""Rules C1, C2, C3, C7, C13, C16, C25 of the store under faults: deaths, full disks, read-only folders, clock jumps."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphbuild.contract import digest as digests
from graphbuild.errors import StoreError
from graphbuild.store import files
from graphbuild.store.database import Database
from graphbuild.store.interface import ActionResult
from graphbuild.store.local import open_store
from graphbuild.store.maintenance import verify
from tests.conftest import ROOT, Workspace
from tests.store.kill_driver import KEYS, sound, work
from tests.store.seam import calls_of, failing_at

NOBODY = 65534
RECIPE = """
nodes:
  read: {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  loud: {uses: "tests.toys:Upper", needs: {text: read}, with: {tag: loud}}
"""


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("what", ["write", "collect"])
def test_c1_killed_at_every_boundary_everything_visible_is_whole(tmp_path: Path, what: str) -> None:
    """Before, in the midst of, and after every call that changes a file, each in a process of its own."""
    ended = python("-m", "tests.store.kill_driver", what, str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) >= 15


def test_c2_no_record_is_durable_before_the_blobs_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replays the calls: a disk that keeps only what was flushed has, at each commit, all that the rows name."""
    events: list[tuple[str, str]] = []
    names: dict[int, str] = {}
    real = {name: getattr(files, name) for name in ("create", "flush", "rename", "flush_folder")}
    commit = Database.write

    def create(name: str, mode: int) -> int:
        descriptor = real["create"](name, mode)
        names[descriptor] = name
        return descriptor

    def write(database: Database, statements: object) -> None:
        listed = list(statements)  # type: ignore[call-overload]
        events.extend(("commit", row[1]) for sql, row in listed if sql.startswith("INSERT OR IGNORE INTO actions"))
        commit(database, listed)

    monkeypatch.setattr(files, "create", create)
    monkeypatch.setattr(files, "flush", lambda one: (real["flush"](one), events.append(("flush", names[one]))))
    monkeypatch.setattr(
        files, "rename", lambda old, new: (real["rename"](old, new), events.append(("rename", f"{old}\0{new}")))
    )
    monkeypatch.setattr(
        files, "flush_folder", lambda name: (real["flush_folder"](name), events.append(("flush_folder", name)))
    )
    monkeypatch.setattr(Database, "write", write)
    work(tmp_path / "store")
    flushed: set[str] = set()
    renamed: set[str] = set()
    durable: set[str] = set()
    commits = 0
    for kind, about in events:
        if kind == "flush":
            flushed.add(about)
        elif kind == "rename":
            old, new = about.split("\0")
            if "/blobs.v1/" in new:
                assert old in flushed, "a name was given to bytes that were not on the disk"
                renamed.add(new)
        elif kind == "flush_folder":
            durable |= {name for name in renamed if name.rpartition("/")[0] == about}
        else:
            commits += 1
            for figures in about.split('"')[3::4]:
                assert any(name.endswith(figures.removeprefix("blake3:")) for name in durable), (
                    "named before it was there"
                )
    assert commits == len(KEYS)
    # The folders that were made have their own names flushed.
    flushed_folders = {about for kind, about in events if kind == "flush_folder"}
    assert str(tmp_path / "store" / "blobs.v1") in flushed_folders
    assert str(tmp_path / "store") in flushed_folders


def said(told: StoreError, error: int) -> bool:
    return "cannot be written" in str(told) and os.strerror(error) in str(told)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EMFILE, errno.EIO])
def test_c16_a_full_disk_at_every_write_records_nothing_and_says_so(tmp_path: Path, error: int) -> None:
    count = len(calls_of(lambda: work(tmp_path / "scratch")))
    failed = 0
    for number in range(1, count + 1):
        folder = tmp_path / str(number)
        try:
            with failing_at(number, error):
                work(folder)
        except StoreError as told:
            failed += said(told, error)
        sound(folder)
        work(folder)
        sound(folder)
    assert failed > count // 3


MOUNTED = """
set -e
mkdir -p "$1" && mount -t tmpfs -o size=$3k tmpfs "$1"
"$2" -m graphbuild --store "$1/store" -C "$4" build --no-package || echo "code $?"
if [ "$5" = ro ]; then
  mount -o remount,ro "$1"
  "$2" -m graphbuild --store "$1/store" -C "$4" build --no-package || echo "second code $?"
  "$2" -m graphbuild --store "$1/store" -C "$4" plan || echo "plan code $?"
  echo changed > "$4/a.txt"
  "$2" -m graphbuild --store "$1/store" -C "$4" build --no-package || echo "third code $?"
  "$2" -m graphbuild --store "$1/store" store gc || echo "gc code $?"
fi
"""


def mounted(workspace: Workspace, size_kb: int, then: str = "") -> subprocess.CompletedProcess[str]:
    """Builds on a file system of its own. Skips where this user may not mount one."""
    arguments = [str(workspace.project.parent / "disk"), sys.executable, str(size_kb), str(workspace.project), then]
    if python("-c", "import subprocess; subprocess.run(['unshare', '-m', 'true'], check=True)").returncode:
        pytest.skip("file systems cannot be mounted here: no right to")
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", MOUNTED, "sh", *arguments],
        env=workspace.environment({}),
        capture_output=True,
        text=True,
        check=False,
    )


def test_c16_a_disk_that_is_really_full(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "x" * 100_000)
    ended = mounted(workspace, 300)
    assert "code 1" in ended.stdout
    assert "the store cannot be" in ended.stderr
    assert "No space left on device" in ended.stderr or "disk is full" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_store_that_may_only_be_read_serves_what_it_has(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "some text")
    ended = mounted(workspace, 10_000, "ro")
    assert "done: 2 reused" in ended.stdout, ended.stderr
    assert "nothing to do" in ended.stdout
    assert "second code" not in ended.stdout
    assert "plan code" not in ended.stdout
    assert "third code 1" in ended.stdout
    assert "gc code 1" in ended.stdout
    assert ended.stderr.count("the store cannot be written") == 2
    assert "Traceback" not in ended.stderr


SHIFTED = """
import sys, time
shift, real, real_ns = float(sys.argv[1]), time.time, time.time_ns
time.time = lambda: real() + shift
time.time_ns = lambda: real_ns() + int(shift * 1e9)
from graphbuild.cli.main import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("years", [1, -1])
def test_c25_clocks_that_jump_do_no_harm(workspace: Workspace, years: int) -> None:
    """Builds and collections by turns, under the real clock and one that is a year off."""
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one")

    def run(shift_s: float, *arguments: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-c", SHIFTED, str(shift_s), "-C", str(workspace.project), *arguments],
            env=workspace.environment({}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    away = years * 365 * 86400.0
    assert "2 ran" in run(0, "build")
    assert "up to date" in run(away, "build")
    assert "removed: 0 blobs" in run(away, "store", "gc", "--max-age", "30d")
    workspace.write("a.txt", "two")
    assert "2 ran" in run(away, "build")
    assert "removed: 0 blobs" in run(0, "store", "gc", "--max-age", "30d")
    workspace.write("a.txt", "two!")
    assert "2 ran" in run(0, "build")
    workspace.write("a.txt", "one")
    assert "ran" not in run(0, "build").replace("0 ran", "")
    store = workspace.open()
    found = verify(store)
    assert (found.damaged, found.lost) == ((), ())
    store.close()


def test_c25_a_lease_is_judged_by_its_lock_and_not_by_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = open_store(tmp_path)
    blob = builder.blobs.put(b"held")
    builder.flush()
    (lease,) = (tmp_path / "leases").iterdir()
    os.utime(lease, (0, 0))
    monkeypatch.setattr(time, "time", lambda: 4e9)
    other = open_store(tmp_path)
    with other.collection.begin():  # type: ignore[union-attr]
        assert blob in other.collection.inventory().leased
    builder.close()
    with other.collection.begin():  # type: ignore[union-attr]
        assert blob not in other.collection.inventory().leased
    other.close()


def test_c9_a_lease_of_another_machine_expires_by_the_clock_of_the_folder(tmp_path: Path) -> None:
    """Its lock cannot be seen here: as long as it is renewed it lives."""
    from graphbuild.store import owned

    store = open_store(tmp_path)
    blob = store.blobs.put(b"there")
    store.close()
    lease = tmp_path / "leases" / ("f" * 32)
    lease.parent.mkdir(exist_ok=True)
    head = b'{"pid": 7, "host": "elsewhere", "boot": "another", "since": 1}'.ljust(owned.HEAD_BYTES)
    lease.write_bytes(head + bytes.fromhex(blob.removeprefix("blake3:")))
    for age_s, is_alive in ((0.0, True), (owned.EXPIRY_S - 60, True), (owned.EXPIRY_S + 60, False)):
        lease.touch()
        now = lease.stat().st_mtime
        os.utime(lease, (now - age_s, now - age_s))
        store = open_store(tmp_path)
        with store.collection.begin():  # type: ignore[union-attr]
            assert (blob in store.collection.inventory().leased) == is_alive
        store.close()
    assert not lease.exists()


def test_c13_what_a_killed_writer_left_is_swept_and_never_trusted(tmp_path: Path) -> None:
    work(tmp_path)
    left = tmp_path / "tmp" / f"{'0' * 32}-1-abc"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"half")
    store = open_store(tmp_path)
    living = store.blobs.put(b"something new")
    store.actions.record(digests.of_bytes(b"k"), ActionResult({"output": living}, 0.0), {})
    store.close()
    assert not left.exists()
    sound(tmp_path)


def test_c16_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    """A full disk at every call: nothing is raised, nothing half-done is visible, and no file is left over."""
    key = digests.of_bytes(b"key")
    store = open_store(tmp_path)
    assert store.checkpoints.put(key, 1, 3, [b"state"])
    count = len(calls_of(lambda: store.checkpoints.put(key, 1, 3, [b"state"])))
    for number in range(1, count + 1):
        with failing_at(number):
            is_kept = store.checkpoints.put(key, 2, 3, [b"more ", b"of it"])
        found = store.checkpoints.newest(key)
        assert found in ((1, 3, b"state"), (2, 3, b"more of it"))
        assert not is_kept or found == (2, 3, b"more of it")
        assert not list(tmp_path.glob("checkpoints.v1/*/.*"))
    assert count >= 5
    store.close()


def test_a_checkpoint_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"state"
        raise ValueError("numbers that cannot be written")

    store = open_store(tmp_path)
    with pytest.raises(ValueError, match="numbers"):
        store.checkpoints.put(digests.of_bytes(b"key"), 1, 3, parts())
    assert not list(tmp_path.glob("checkpoints.v1/*/*"))
    assert not list(tmp_path.glob("checkpoints.v1/*/.*"))
    assert store.checkpoints.all() == []
    store.close()
