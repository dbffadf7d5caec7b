"""What every store promises: the same tests over the one on disk, that with a remote behind it, and that in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.remote.address import address_of
from graphbuild.remote.choice import Choice
from graphbuild.remote.layered import LayeredStore
from graphbuild.remote.opening import open_remote
from graphbuild.store.interface import ActionResult, BlobLost, Doomed, Holder, Pin
from graphbuild.store.local import LocalStore, open_store
from graphbuild.store.memory import MemoryStore


class WithRemote(LayeredStore):
    """A store on disk with a remote behind it, where nothing is."""

    def __init__(self, folder: Path) -> None:
        self.local = open_store(folder / "store")
        self.folder = self.local.folder
        opened = open_remote(self.local, Choice(address_of(str(folder / "remote"), folder), True, 1.0, 1.0))
        super().__init__(self.local, opened.line, opened.farther, opened.reader, None, opened.counts, 1.0)


AnyStore = LocalStore | MemoryStore | WithRemote
KEY, OTHER = digests.of_bytes(b"key"), digests.of_bytes(b"other key")
A, B = digests.of_bytes(b"a"), digests.of_bytes(b"b")
SIZES = (0, 1, 4096, 1 << 20)


@pytest.fixture(params=["local", "memory", "remote"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    made = _made(request.param, tmp_path)
    yield made
    made.close()


def _made(kind: str, folder: Path) -> AnyStore:
    if kind == "remote":
        return WithRemote(folder)
    return open_store(folder / "store") if kind == "local" else MemoryStore()


def flip(store: AnyStore, digest: Digest) -> None:
    """Flips one bit of a blob behind the store's back; on disk its size and mtime stay."""
    store.flush()
    if isinstance(store, MemoryStore):
        store.blobs.held[digest] = flipped(store.blobs.held[digest])
        return
    file = (store.local if isinstance(store, WithRemote) else store).blobs.path(digest)
    status = file.stat()
    data = flipped(file.read_bytes())
    file.chmod(0o600)
    file.write_bytes(data)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def remove(store: AnyStore, digest: Digest) -> None:
    store.flush()
    if isinstance(store, MemoryStore):
        del store.blobs.held[digest]
    else:
        (store.local if isinstance(store, WithRemote) else store).blobs.path(digest).unlink()


def quarantined(store: AnyStore) -> int:
    if isinstance(store, MemoryStore):
        return len(store.blobs.quarantine)
    return len(list((store.folder / "quarantine").glob("*.reason")))


def flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


# Blobs


@pytest.mark.parametrize("size", SIZES)
def test_c3_what_was_put_comes_back_under_the_digest_of_its_bytes(store: AnyStore, size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    digest = store.blobs.put(data)
    assert digest == digests.of_bytes(data)
    assert store.blobs.get(digest) == data
    store.flush()
    assert store.blobs.get(digest) == data
    assert store.blobs.put(data) == digest


def test_a_blob_is_a_copy_of_what_was_put(store: AnyStore) -> None:
    data = bytearray(b"before")
    digest = store.blobs.put(data)  # type: ignore[arg-type]
    data[:] = b"after!"
    store.flush()
    assert store.blobs.get(digest) == b"before"


def test_present_tells_those_that_are_there(store: AnyStore) -> None:
    digest = store.blobs.put(b"here")
    missing = digests.of_bytes(b"not here")
    assert store.blobs.present([digest, missing]) == {digest}
    store.flush()
    assert store.blobs.present([digest, missing, digest]) == {digest}
    assert store.blobs.present([]) == set()


def test_present_takes_more_than_a_query_can_hold(store: AnyStore) -> None:
    wanted = [store.blobs.put(b"%d" % number) for number in range(1201)]
    store.flush()
    assert store.blobs.present(wanted) == set(wanted)


def test_c8_a_missing_blob_is_lost(store: AnyStore) -> None:
    digest = store.blobs.put(b"soon gone")
    remove(store, digest)
    with pytest.raises(BlobLost, match=digests.short(digest)):
        store.blobs.get(digest)
    assert store.blobs.present([digest]) == set()
    assert store.blobs.put(b"soon gone") == digest
    store.flush()
    assert store.blobs.get(digest) == b"soon gone"


def test_c4_a_flipped_bit_is_found_by_reading(store: AnyStore) -> None:
    digest = store.blobs.put(b"sound")
    flip(store, digest)
    with pytest.raises(BlobLost):
        store.blobs.get(digest)
    assert quarantined(store) == 1
    assert store.blobs.present([digest]) == set()
    store.blobs.put(b"sound")
    store.flush()
    assert store.blobs.get(digest) == b"sound"


# Actions


def test_a_recorded_result_is_found_with_its_manifest(store: AnyStore) -> None:
    result = ActionResult({"state": A}, 1.5)
    manifest = {"config": {"epochs": 3, "rate": 0.5, "name": "café", "none": None}, "inputs": [["x", A]]}
    assert store.actions.lookup([KEY]) == {}
    assert store.actions.manifest(KEY) is None
    assert store.actions.record(KEY, result, manifest)
    for _ in range(2):
        assert store.actions.lookup([KEY, OTHER]) == {KEY: result}
        assert store.actions.manifest(KEY) == manifest
        store.flush()


def test_the_same_result_again_is_a_success(store: AnyStore) -> None:
    assert store.actions.record(KEY, ActionResult({"output": A}, 1.0), {})
    assert store.actions.record(KEY, ActionResult({"output": A}, 2.0), {})
    assert store.actions.divergences(KEY) == []
    assert store.actions.lookup([KEY])[KEY].seconds == 1.0


def test_c18_another_result_is_evidence_and_changes_nothing(store: AnyStore) -> None:
    store.actions.record(KEY, ActionResult({"output": A}, 1.0), {})
    assert not store.actions.record(KEY, ActionResult({"output": B}, 2.0), {})
    assert store.actions.lookup([KEY])[KEY].outputs == {"output": A}
    assert [one.outputs for one in store.actions.divergences(KEY)] == [{"output": B}]
    assert store.actions.divergences(OTHER) == []


def test_a_forgotten_result_may_be_another_the_next_time(store: AnyStore) -> None:
    store.actions.record(KEY, ActionResult({"output": A}, 1.0), {"a": 1})
    store.actions.forget(KEY)
    assert store.actions.lookup([KEY]) == {}
    assert store.actions.manifest(KEY) == {"a": 1}
    assert store.actions.record(KEY, ActionResult({"output": B}, 1.0), {"a": 1})
    store.flush()
    assert store.actions.lookup([KEY])[KEY].outputs == {"output": B}


def test_many_keys_are_looked_up_at_once(store: AnyStore) -> None:
    keys = [digests.of_value(number) for number in range(1201)]
    for key in keys[::2]:
        store.actions.record(key, ActionResult({"output": A}, 0.0), {})
    assert set(store.actions.lookup(keys)) == set(keys[::2])
    store.flush()
    assert set(store.actions.lookup(keys)) == set(keys[::2])


# History


def test_history_is_kept_by_scope(store: AnyStore) -> None:
    store.history.remember("one", {"a": A, "b": B})
    store.history.remember("two", {"a": B})
    store.history.remember("one", {"b": A}, forget=["a", "never there"])
    assert store.history.last_keys("one") == {"b": A}
    assert store.history.last_keys("two") == {"a": B}
    assert store.history.last_keys("three") == {}


# Locks


def test_c12_one_holder_at_a_time_and_the_others_are_told_who(store: AnyStore) -> None:
    lock = store.locks.try_acquire(KEY)
    assert not isinstance(lock, Holder)
    with lock:
        holder = store.locks.try_acquire(KEY)
        assert isinstance(holder, Holder)
        assert holder.pid == os.getpid()
        assert holder.host
        other = store.locks.try_acquire(OTHER)
        assert not isinstance(other, Holder)
        other.__exit__(None, None, None)
    store.flush()
    again = store.locks.try_acquire(KEY)
    assert not isinstance(again, Holder)
    again.__exit__(None, None, None)


def test_an_error_under_a_lock_lets_go_of_it(store: AnyStore) -> None:
    lock = store.locks.try_acquire(KEY)
    assert not isinstance(lock, Holder)
    with pytest.raises(RuntimeError), lock:
        raise RuntimeError
    store.flush()
    assert not isinstance(store.locks.try_acquire(KEY), Holder)


# Memos


def test_memos_are_replaced(store: AnyStore) -> None:
    assert store.memos.get("graph", "a") is None
    store.memos.set("graph", "a", b"\x00one")
    store.memos.set("package", "a", b"other kind")
    store.memos.set("graph", "a", b"\xfftwo")
    assert store.memos.get("graph", "a") == b"\xfftwo"
    store.flush()
    assert store.memos.get("package", "a") == b"other kind"


# Sources


def test_sources_are_digests_of_content(store: AnyStore, tmp_path: Path) -> None:
    file, missing = tmp_path / "a.yml", tmp_path / "missing.yml"
    file.write_bytes(b"one")
    assert store.sources.digests([file, missing]) == {file: digests.of_bytes(b"one")}


def test_c24_edits_of_equal_size_one_upon_the_other_are_all_seen(store: AnyStore, tmp_path: Path) -> None:
    """The racy rule: within the clock's grain a stat says nothing."""
    file = tmp_path / "a.yml"
    for number in range(200):
        file.write_text(f"{number:03}")
        store.flush()
        assert store.sources.digests([file])[file] == digests.of_bytes(b"%03d" % number)


def test_c24_an_edit_with_its_mtime_put_back_is_seen(store: AnyStore, tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_bytes(b"one")
    os.utime(file, ns=(10**18, 10**18))
    status = file.stat()
    assert store.sources.digests([file])[file] == digests.of_bytes(b"one")
    store.flush()
    file.write_bytes(b"two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert store.sources.digests([file])[file] == digests.of_bytes(b"two")


def test_c24_a_file_moved_over_another_with_its_times_is_seen(store: AnyStore, tmp_path: Path) -> None:
    file, new = tmp_path / "a.yml", tmp_path / "b.yml"
    for path, data in ((file, b"one"), (new, b"two")):
        path.write_bytes(data)
        os.utime(path, ns=(10**18, 10**18))
    store.sources.digests([file, new])
    store.flush()
    new.replace(file)
    assert store.sources.digests([file, new]) == {file: digests.of_bytes(b"two")}


def test_a_touch_changes_no_digest(store: AnyStore, tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_bytes(b"one")
    before = store.sources.digests([file])
    store.flush()
    file.touch()
    assert store.sources.digests([file]) == before


def test_a_tree_is_its_paths_and_contents(store: AnyStore, tmp_path: Path) -> None:
    names = ("a.txt", "sub/b.txt")
    for name in (*names, "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name.replace("c", "a"))
    first = store.sources.tree(tmp_path, names)
    assert store.sources.tree(tmp_path, ("c.txt", "sub/b.txt")) != first
    assert store.sources.tree(tmp_path, ("a.txt",)) != first
    seen = {first}
    for number in range(50):
        (tmp_path / "sub/b.txt").write_text(f"{number:09}")
        store.flush()
        seen.add(store.sources.tree(tmp_path, names))
    assert len(seen) == 51
    (tmp_path / "sub/b.txt").write_text("sub/b.txt")
    assert store.sources.tree(tmp_path, names) == first


def test_c26_the_empty_blob_is_always_there(store: AnyStore) -> None:
    empty = digests.of_bytes(b"")
    assert store.blobs.get(empty) == b""
    assert store.blobs.present([empty]) == {empty}


# Records of builds


def test_records_come_back_in_order_and_the_oldest_go(store: AnyStore) -> None:
    assert store.builds.records("scope") == {}
    for number in range(5):
        store.builds.add("scope", f"name-{9 - number}", b"%d" % number, {A: b"a"}, keep=3)
        store.flush()
    store.builds.add("other", "name-9", b"else", {B: b"b"}, keep=3)
    assert list(store.builds.records("scope").items()) == [("name-7", b"2"), ("name-6", b"3"), ("name-5", b"4")]
    assert store.builds.records("other") == {"name-9": b"else"}


def test_parts_are_kept_while_a_record_names_them(store: AnyStore) -> None:
    store.builds.add("scope", "first", b"1", {A: b"a", B: b"b"}, keep=1)
    store.flush()
    assert store.builds.parts([A, B, KEY]) == {A: b"a", B: b"b"}
    store.builds.add("scope", "second", b"2", {A: b"a"}, keep=1)
    assert store.builds.parts([A, B]) == {A: b"a"}


def test_sizes_are_known_of_blobs_that_are_there(store: AnyStore) -> None:
    small, large = store.blobs.put(b"small"), store.blobs.put(b"large" * 100)
    assert store.blobs.sizes([small, large, A]) == {small: 5, large: 500}
    store.flush()
    assert store.blobs.sizes([small, large, A]) == {small: 5, large: 500}


# Pins


def test_pins_are_kept_by_name(store: AnyStore) -> None:
    assert store.pins.all() == []
    second, first = Pin("b", "blob", 2.0, blobs=frozenset([A])), Pin("a", "action", 1.0, frozenset([KEY, OTHER]))
    store.pins.add(second)
    store.pins.add(first)
    assert store.pins.all() == [first, second]
    store.pins.add(Pin("b", "blob", 3.0, blobs=frozenset([B])))
    assert store.pins.all()[1].blobs == {B}
    assert store.pins.remove("a")
    assert not store.pins.remove("a")
    assert [pin.name for pin in store.pins.all()] == ["b"]


def test_the_record_of_a_pinned_build_outlives_the_others(store: AnyStore) -> None:
    for number in range(4):
        store.builds.add("scope", f"build-{number}", b"%d" % number, {A: b"a"}, keep=2)
        store.flush()
        if number == 0:
            store.pins.add(Pin("build-0", "build", 1.0))
    assert list(store.builds.records("scope")) == ["build-0", "build-2", "build-3"]
    assert store.builds.scopes() == ["scope"]


# Collections


def collected(store: AnyStore, doomed: Doomed) -> tuple[int, int, int]:
    collecting = store.collection.begin()
    assert not isinstance(collecting, Holder)
    with collecting:
        taken = store.collection.take(doomed)
    return taken.blobs, taken.actions, taken.spared


def again(store: AnyStore, tmp_path: Path) -> AnyStore:
    """The store as another process finds it, which relies on nothing yet."""
    store.close()
    if isinstance(store, MemoryStore):
        return store
    return _made("remote" if isinstance(store, WithRemote) else "local", tmp_path)


def test_the_inventory_is_all_there_is(store: AnyStore) -> None:
    blob = store.blobs.put(b"some bytes")
    store.actions.record(KEY, ActionResult({"output": blob}, 1.0), {"code": "c", "none": None})
    store.actions.record(KEY, ActionResult({"output": B}, 1.0), {})
    store.history.remember("scope", {"node": KEY})
    store.memos.set("kind", "key", b"12345")
    found = store.collection.inventory()
    assert found.blobs[blob][0] == 10
    assert found.actions == store.actions.outputs() == {KEY: (blob,)}
    assert found.evidence == {KEY: (B,)}
    assert found.manifests == {KEY}
    assert store.actions.facts("code") == {KEY: "c"}
    assert store.actions.facts("none") == {}
    assert found.histories == {"scope": {KEY}}
    assert [(memo.kind, memo.key, memo.size) for memo in found.memos] == [("kind", "key", 5)]
    assert store.collection.size() == 10
    assert blob in found.leased


def test_what_is_doomed_goes_and_the_rest_stays(store: AnyStore, tmp_path: Path) -> None:
    old, new = store.blobs.put(b"old"), store.blobs.put(b"new")
    for key, blob in ((KEY, old), (OTHER, new)):
        store.actions.record(key, ActionResult({"output": blob}, 1.0), {"a": 1})
        store.history.remember(key, {"node": key})
        store.memos.set("kind", key, b"x")
        store.builds.add(key, "name", b"record", {digests.of_bytes(key.encode()): key.encode()}, keep=3)
    store = again(store, tmp_path)
    doomed = Doomed(
        actions=frozenset([KEY]),
        blobs=frozenset([old]),
        manifests=frozenset([KEY]),
        scopes=frozenset([KEY]),
        builds=frozenset([(KEY, "name")]),
        memos=frozenset([("kind", KEY)]),
    )
    assert collected(store, doomed) == (1, 1, 0)
    store = again(store, tmp_path)
    assert store.blobs.present([old, new]) == {new}
    assert set(store.actions.lookup([KEY, OTHER])) == {OTHER}
    assert store.actions.manifest(KEY) is None
    assert store.actions.manifest(OTHER) == {"a": 1}
    assert store.history.last_keys(KEY) == {}
    assert store.memos.get("kind", KEY) is None
    assert store.memos.get("kind", OTHER) == b"x"
    assert store.builds.scopes() == [OTHER]
    parts = [digests.of_bytes(key.encode()) for key in (KEY, OTHER)]
    assert list(store.builds.parts(parts)) == parts[1:]
    store.close()


def test_c9_what_is_held_is_spared_with_the_results_that_name_it(store: AnyStore, tmp_path: Path) -> None:
    held, sibling, free = (store.blobs.put(one) for one in (b"held", b"sibling", b"free"))
    store.actions.record(KEY, ActionResult({"a": held, "b": sibling}, 1.0), {"a": 1})
    store.actions.record(OTHER, ActionResult({"a": free}, 1.0), {})
    store = again(store, tmp_path)
    assert store.blobs.present([held]) == {held}
    assert store.blobs.hold() == set()
    inventory = store.collection.inventory()
    assert inventory.leased == {held}
    everything = Doomed(
        frozenset(inventory.actions), frozenset(inventory.blobs) - {digests.of_bytes(b"")}, inventory.manifests
    )
    assert collected(store, everything) == (1, 1, 2)
    assert store.actions.lookup([KEY, OTHER]) == {KEY: ActionResult({"a": held, "b": sibling}, 1.0)}
    assert store.actions.manifest(KEY) == {"a": 1}
    assert store.blobs.get(sibling) == b"sibling"


def test_holding_tells_what_was_collected_before(store: AnyStore, tmp_path: Path) -> None:
    blob, other = store.blobs.put(b"here a moment ago"), store.blobs.put(b"stays")
    store = again(store, tmp_path)
    assert store.blobs.present([blob, other]) == {blob, other}
    remove(store, blob)
    assert store.blobs.hold() == {blob}
    assert store.blobs.hold() == set()
    assert store.blobs.present([blob, other]) == {other}
    store.blobs.put(b"here a moment ago")
    store.flush()
    assert store.blobs.get(blob) == b"here a moment ago"


def test_what_is_put_is_held(store: AnyStore) -> None:
    blob = store.blobs.put(b"mine")
    assert collected(store, Doomed(blobs=frozenset([blob]))) == (0, 0, 1)
    store.flush()
    assert collected(store, Doomed(blobs=frozenset([blob]))) == (0, 0, 1)
    assert store.blobs.get(blob) == b"mine"


def test_c9_one_collection_at_a_time(store: AnyStore) -> None:
    store.blobs.put(b"x")
    store.flush()
    first = store.collection.begin()
    assert not isinstance(first, Holder)
    with first:
        holder = store.collection.begin()
        assert isinstance(holder, Holder)
        assert holder.pid == os.getpid()
    second = store.collection.begin()
    assert not isinstance(second, Holder)
    second.__exit__(None, None, None)


def test_the_newest_checkpoint_of_an_action_is_kept_until_its_result_is(store: AnyStore) -> None:
    assert store.checkpoints.newest(KEY) is None
    assert store.checkpoints.put(KEY, 1, 5, [b"one", memoryview(b" state")])
    assert store.checkpoints.put(KEY, 2, 5, [b"another"])
    assert store.checkpoints.put(OTHER, 4, 5, [b""])
    assert store.checkpoints.newest(KEY) == (2, 5, b"another")
    assert store.checkpoints.look(OTHER) == (4, 5)
    assert {(one.key, one.done, one.size, one.is_running) for one in store.checkpoints.all()} == {
        (KEY, 2, 7, False),
        (OTHER, 4, 0, False),
    }
    store.checkpoints.forget(KEY)
    store.checkpoints.forget(KEY)
    assert store.checkpoints.look(KEY) is None
    assert store.checkpoints.newest(KEY) is None
    assert [one.key for one in store.checkpoints.all()] == [OTHER]


def test_c9_the_lock_of_an_action_is_the_lease_of_its_checkpoints(store: AnyStore) -> None:
    for key in (KEY, OTHER):
        assert store.checkpoints.put(key, 1, 2, [b"state"])
    lock = store.locks.try_acquire(KEY)
    assert not isinstance(lock, Holder)
    with lock:
        assert {one.key: one.is_running for one in store.checkpoints.all()} == {KEY: True, OTHER: False}
        running = store.collection.begin()
        assert not isinstance(running, Holder)
        with running:
            assert {one.key for one in store.collection.inventory().checkpoints} == {KEY, OTHER}
            store.collection.take(Doomed(checkpoints=frozenset([KEY, OTHER])))
        assert [one.key for one in store.checkpoints.all()] == [KEY]
    store.flush()
    store.collection.take(Doomed(checkpoints=frozenset([KEY, OTHER])))
    assert store.checkpoints.all() == []
