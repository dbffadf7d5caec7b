"""Rules C7, C9, C10, C11 of the store: collections beside builds, at every moment of them.

A store that is opened twice is two processes to the locks: each opening has its own lease. The seam lets a build act
before each single call of the collection that changes anything.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.store.interface import ActionResult, Doomed, Holder
from graphbuild.store.local import LocalStore, open_store
from graphbuild.store.maintenance import verify
from tests.store.seam import at_call, calls_of

DATA = (b"one", b"two", b"three")
BLOBS = tuple(map(digests.of_bytes, DATA))
KEYS = tuple(digests.of_value(["key", number]) for number in range(3))


CALLS = 8
"""At least so many calls a collection makes; threads do not always write in the same groups."""


def filled(folder: Path) -> Path:
    """Three results with a blob each; the first names the second's blob, too."""
    store = open_store(folder)
    for number, data in enumerate(DATA):
        names = {"output": store.blobs.put(data), "more": BLOBS[min(number + 1, 2)]}
        store.actions.record(KEYS[number], ActionResult(names, 1.0), {"number": number})
    store.close()
    return folder


def collect(folder: Path, doomed: Doomed | None = None) -> None:
    store = open_store(folder)
    collecting = store.collection.begin()
    assert not isinstance(collecting, Holder)
    with collecting:
        store.collection.take(doomed or Doomed(frozenset(KEYS), frozenset(BLOBS), frozenset(KEYS)))
    store.close()


def boundaries(tmp_path: Path) -> range:
    return range(1, len(calls_of(lambda: collect(filled(tmp_path / "scratch")))) + 2)


def check(folder: Path) -> None:
    store = open_store(folder)
    found = verify(store)
    assert (found.damaged, found.lost) == ((), ())
    store.close()
    assert not list((folder / "trash").glob("*"))


def test_c9_what_a_build_has_found_and_holds_stays_at_every_moment_of_a_collection(tmp_path: Path) -> None:
    for number in boundaries(tmp_path):
        folder = filled(tmp_path / str(number))
        builder = open_store(folder)
        assert builder.actions.lookup([KEYS[0]])
        assert builder.blobs.present(BLOBS[:2]) == set(BLOBS[:2])
        gone: list[Digest] = []
        with at_call(number, lambda builder=builder, gone=gone: gone.extend(builder.blobs.hold())):
            collect(folder)
        kept = set(BLOBS[:2]) - {*gone, *builder.blobs.hold()}
        for blob in kept:
            assert builder.blobs.get(blob)
        if kept == set(BLOBS[:2]):
            # Nothing was missed: the result that names both is there, with what it was made from, for the next build.
            other = open_store(folder)
            assert other.actions.lookup([KEYS[0]])
            other.close()
            assert builder.actions.manifest(KEYS[0]) == {"number": 0}
        builder.close()
        check(folder)


def test_c9_what_is_found_while_it_is_held_is_there_when_it_is_read(tmp_path: Path) -> None:
    """A build that had begun before, and comes to a node in the midst of a collection."""
    for number in boundaries(tmp_path):
        folder = filled(tmp_path / str(number))
        builder = open_store(folder)
        builder.blobs.hold()
        found: list[Digest] = []
        with at_call(number, lambda builder=builder, found=found: found.extend(builder.blobs.present(BLOBS))):
            collect(folder)
        for blob in found:
            assert builder.blobs.get(blob)
        builder.close()
        check(folder)


def test_c9_a_build_that_comes_and_goes_during_a_collection_loses_nothing(tmp_path: Path) -> None:
    """It makes bytes that were there as garbage, records them, and has ended before the collection has."""
    for number in boundaries(tmp_path):
        folder = filled(tmp_path / str(number))
        key = digests.of_value("new key")

        done: list[int] = []

        def build(folder: Path = folder, key: Digest = key, done: list[int] = done) -> None:
            done.append(1)
            store = open_store(folder)
            store.actions.record(key, ActionResult({"output": store.blobs.put(DATA[1])}, 1.0), {"new": True})
            store.close()

        with at_call(number, build):
            collect(folder)
        store = open_store(folder)
        assert done or number > CALLS
        if not done:
            store.close()
            continue
        assert store.actions.lookup([key]), f"the result is lost, at {number}"
        assert store.blobs.get(BLOBS[1]) == DATA[1]
        assert store.actions.manifest(key) == {"new": True}
        store.close()
        check(folder)
        assert not list((folder / "leases").glob("*"))


def test_c7_children_come_before_parents_and_go_after_them(tmp_path: Path) -> None:
    """At every moment of a collection all that a record names is there, or comes back when it is asked for."""
    for number in boundaries(tmp_path):
        folder = filled(tmp_path / str(number))

        def look(folder: Path = folder) -> None:
            store = open_store(folder)
            for result in store.actions.lookup(KEYS).values():
                for blob in result.outputs.values():
                    store.blobs.get(blob)
            store.close()

        with at_call(number, look):
            collect(folder)
        check(folder)


def test_c10_pins_and_builds_lie_in_the_store_for_all_to_see(tmp_path: Path) -> None:
    from graphbuild.store.interface import Pin

    first, second = open_store(tmp_path), open_store(tmp_path)
    first.pins.add(Pin("name", "blob", 1.0, blobs=frozenset(BLOBS)))
    first.builds.add("scope of one project", "build", b"record", {}, keep=1)
    first.flush()
    assert [pin.blobs for pin in second.pins.all()] == [frozenset(BLOBS)]
    assert second.builds.scopes() == ["scope of one project"]
    first.close()
    second.close()


def test_c11_leases_are_not_broken_for_a_budget(tmp_path: Path) -> None:
    from graphbuild.upkeep.collect import collect as collect_all
    from graphbuild.upkeep.policy import Limits

    folder = filled(tmp_path)
    builder = open_store(folder)
    builder.blobs.present(BLOBS)
    builder.blobs.hold()
    store = open_store(folder)
    found = collect_all(store, Limits(max_size=0))
    assert found.blobs_taken == 0
    assert found.bytes_over == found.kept_for["running"] == sum(map(len, DATA))
    assert builder.actions.lookup(KEYS).keys() == set(KEYS)
    builder.close()
    assert collect_all(store, Limits(max_size=0)).blobs_taken == 3
    store.close()


class Life(RuleBasedStateMachine):
    """Builds, pins, crashes and collections in any order: live things never vanish, dead ones do."""

    builders = Bundle("builders")

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.top = tempfile.TemporaryDirectory()
        self.folder = Path(self.top.name)
        self.living: dict[int, tuple[LocalStore, set[Digest]]] = {}
        self.pinned: set[Digest] = set()
        self.count = 0

    @rule(target=builders)
    def begin(self) -> int:
        self.count += 1
        store = open_store(self.folder)
        store.blobs.hold()
        self.living[self.count] = (store, set())
        return self.count

    @rule(builder=builders, number=st.integers(0, 5))
    def make(self, builder: int, number: int) -> None:
        if builder in self.living:
            store, held = self.living[builder]
            blob = store.blobs.put(b"blob %d" % number)
            key = digests.of_value(["key", number])
            store.actions.record(key, ActionResult({"output": blob}, 1.0), {})
            store.flush()
            held.add(blob)

    @rule(builder=builders, number=st.integers(0, 5))
    def find(self, builder: int, number: int) -> None:
        if builder in self.living:
            store, held = self.living[builder]
            held |= store.blobs.present([digests.of_bytes(b"blob %d" % number)])

    @rule(builder=builders)
    def end(self, builder: int) -> None:
        if builder in self.living:
            self.living.pop(builder)[0].close()

    @rule(builder=builders)
    def die(self, builder: int) -> None:
        """As the system does it for a process that dies: its lock is gone, its lease is left."""
        if builder in self.living:
            import os

            store, _ = self.living.pop(builder)
            store.flush()
            lease = store.blobs._lease
            os.close(lease._descriptor)
            lease._descriptor = -1
            store.close()

    @rule(number=st.integers(0, 5))
    def pin(self, number: int) -> None:
        from graphbuild.store.interface import Pin

        blob = digests.of_bytes(b"blob %d" % number)
        store = open_store(self.folder)
        if blob in store.collection.inventory().blobs:
            store.pins.add(Pin(blob, "blob", 1.0, blobs=frozenset([blob])))
            self.pinned.add(blob)
        store.close()

    @rule()
    def collect(self) -> None:
        from graphbuild.upkeep.collect import collect
        from graphbuild.upkeep.policy import Limits

        store = open_store(self.folder)
        collect(store, Limits())
        left = store.collection.inventory().blobs.keys()
        held = {blob for _, one in self.living.values() for blob in one}
        named = {blob for made in store.actions.outputs().values() for blob in made}
        assert left - {digests.of_bytes(b"")} == held | self.pinned
        assert named <= left
        store.close()

    @invariant()
    def what_lives_is_there(self) -> None:
        for store, held in self.living.values():
            for blob in held:
                store.blobs.get(blob)

    def teardown(self) -> None:
        for store, _ in self.living.values():
            store.close()
        self.top.cleanup()


@pytest.mark.slow
class TestC9Life(Life.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
