"""Kills processes at every boundary of the store's writes, and looks at what they leave.

    python -m tests.store.kill_driver write|collect FOLDER

Each boundary is one process of its own, forked from this one, which ends by SIGKILL. Run by test_rules_crash.py.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from graphbuild.contract import digest as digests
from graphbuild.store.interface import ActionResult, Doomed, Holder
from graphbuild.store.local import open_store
from graphbuild.store.maintenance import verify
from tests.store.seam import calls_of, dying_at

HOW = ("before", "middle", "after")
BLOBS = {number: b"%d " % number * (1 + number * 700) for number in range(4)}
KEYS = {number: digests.of_value(["key", number]) for number in BLOBS}
OLD = {0, 1}
"""What the collection takes."""


def work(folder: Path) -> None:
    """A build's writes: blobs, results that name one or two of them, and all else."""
    store = open_store(folder)
    for done in (1, 2):
        store.checkpoints.put(KEYS[3], done, 3, [b"state ", b"%d" % done * 5000])
    for number, data in BLOBS.items():
        names = {"output": store.blobs.put(data), "state": store.blobs.put(BLOBS[max(0, number - 2)])}
        store.actions.record(KEYS[number], ActionResult(names, 1.0), {"number": number})
        store.flush()
        store.checkpoints.forget(KEYS[number])
    store.history.remember("scope", {"node": KEYS[3]})
    store.builds.add("scope", "build", b"record", {digests.of_bytes(b"part"): b"part"}, keep=3)
    store.close()


def collect(folder: Path) -> None:
    """Takes the first two results and their own blobs."""
    store = open_store(folder)
    collecting = store.collection.begin()
    assert not isinstance(collecting, Holder)
    with collecting:
        store.collection.take(doomed())
    store.close()


def doomed() -> Doomed:
    keys = frozenset(KEYS[number] for number in OLD)
    # Blobs 0 and 1 are outputs of results 2 and 3 as well; those of no other are none, so two extra ones are doomed.
    return Doomed(actions=keys, blobs=frozenset(map(digests.of_bytes, EXTRA)), manifests=keys)


EXTRA = (b"extra", b"leased")


def check_written(folder: Path) -> None:
    """Whatever is recorded is there and whole; the same work again ends as if nothing had been."""
    sound(folder)
    store = open_store(folder)
    found = store.checkpoints.newest(KEYS[3])
    assert found is None or found == (found[0], 3, b"state " + b"%d" % found[0] * 5000)
    assert found is not None or not store.checkpoints.all(), "what is visible is whole"
    store.close()
    work(folder)
    store = open_store(folder)
    found = store.actions.lookup(list(KEYS.values()))
    assert set(found) == set(KEYS.values()), found
    for result in found.values():
        for digest in result.outputs.values():
            store.blobs.get(digest)
    store.close()
    left = [
        file for name in ("tmp", "leases", "locks", "trash", "checkpoints.v1") for file in (folder / name).glob("*")
    ]
    assert not left, left


def sound(folder: Path) -> None:
    store = open_store(folder)
    found = verify(store)
    assert (found.damaged, found.lost) == ((), ()), found
    assert store.is_sound()
    store.close()


def check_collected(folder: Path) -> None:
    """The next collection ends the work, and takes nothing that is held."""
    sound(folder)
    collect(folder)
    sound(folder)
    store = open_store(folder)
    assert not store.blobs.present([digests.of_bytes(b"extra")])
    assert store.actions.lookup(list(KEYS.values())).keys() == {KEYS[2], KEYS[3]}
    store.close()
    assert not list((folder / "trash").glob("*"))
    assert not (folder / "collecting").exists()


class Builder:
    """A process that has found a blob, relies on it, and looks again when it is asked to."""

    def __init__(self, folder: Path) -> None:
        self._asked, ask = os.pipe()
        ready, self._ready = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                self._hold(folder)
            except BaseException as error:  # noqa: BLE001
                print(f"the builder: {error!r}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        os.close(self._asked)
        os.close(self._ready)
        self._ask, self._told = ask, ready
        assert os.read(ready, 1) == b"r"

    def _hold(self, folder: Path) -> None:
        blob = digests.of_bytes(b"leased")
        store = open_store(folder)
        # As a build does: its plan finds it there, and it is held before anything runs.
        assert store.blobs.present([blob]) == {blob}
        assert store.blobs.hold() == set()
        os.write(self._ready, b"r")
        for _ in range(2):
            os.read(self._asked, 1)
            assert store.blobs.get(blob) == b"leased"
            assert store.actions.lookup([KEYS[2], KEYS[3]]).keys() == {KEYS[2], KEYS[3]}
            os.write(self._ready, b"r")
        store.close()

    def look(self) -> None:
        """Whether all is there."""
        os.write(self._ask, b"a")
        assert os.read(self._told, 1) == b"r", "the builder missed something"

    def end(self) -> None:
        os.close(self._ask)
        os.close(self._told)
        _, status = os.waitpid(self._pid, 0)
        assert status == 0


def killed_at(number: int, how: str, task: Callable[[Path], None], folder: Path) -> bool:
    """Runs a task in a process that dies at a boundary; False where it ended by itself: there is no such boundary."""
    child = os.fork()
    if child == 0:
        with dying_at(number, how):
            try:
                task(folder)
            except BaseException as error:  # noqa: BLE001
                print(f"{how} {number}: {error!r}", file=sys.stderr, flush=True)
                os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"{how} {number} failed"
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def main(what: str, top: Path) -> None:
    boundaries = 0
    task, prepared = (work, None) if what == "write" else (collect, top / "prepared")
    if prepared is not None:
        work(prepared)
        store = open_store(prepared)
        for data in EXTRA:
            store.blobs.put(data)
        store.close()
    scratch = top / "scratch"
    if prepared is not None:
        shutil.copytree(prepared, scratch)
    names = calls_of(lambda: task(scratch))
    for how in HOW:
        # A few more than it takes undisturbed: threads do not always write in the same groups.
        for number, name in enumerate([*names, *["more"] * 3], 1):
            if how == "middle" and name != "write":
                continue
            folder = top / f"{how}-{number}"
            if prepared is not None:
                shutil.copytree(prepared, folder)
                builder = Builder(folder)
            boundaries += killed_at(number, how, task, folder)
            if prepared is None:
                check_written(folder)
            else:
                builder.look()
                check_collected(folder)
                builder.look()
                builder.end()
            shutil.rmtree(folder)
    print(boundaries)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
