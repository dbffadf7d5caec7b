"""Collections of stores that builds have filled: what stays, what goes, and that the next build knows no difference."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.contract import digest as digests
from graphbuild.errors import ExitCode, StoreError, UsageError
from graphbuild.history.read import read_builds
from graphbuild.session import scope_of
from graphbuild.store.interface import ActionResult, Doomed, Holder
from graphbuild.store.local import LocalStore, open_store
from graphbuild.store.maintenance import verify
from graphbuild.upkeep.collect import Collected, collect
from graphbuild.upkeep.limits import age_of, size_of
from graphbuild.upkeep.naming import find_pin, make_pin
from graphbuild.upkeep.policy import Limits
from graphbuild.upkeep.why import why_kept
from tests.conftest import Workspace, digest_of

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  loud:  {uses: "tests.toys:Upper", needs: {text: read}, with: {tag: loud}}
targets: {model: [loud]}
"""
DAY = 86400.0
NONE = Limits()


@contextmanager
def opened(workspace: Workspace) -> Iterator[LocalStore]:
    store = workspace.open()
    try:
        yield store
    finally:
        store.close()


def gc(workspace: Workspace, limits: Limits = NONE, keep_builds: int = 1, *, dry_run: bool = False) -> Collected:
    with opened(workspace) as store:
        return collect(store, limits, keep_builds, dry_run=dry_run)


def build_three(workspace: Workspace) -> None:
    """Three states of one source, the packages of the first two gone again."""
    workspace.recipe(RECIPE)
    for number, text in enumerate(("one", "two", "three")):
        workspace.write("a.txt", text)
        made = workspace.expect("read", "loud")
        if number < 2:
            made.model.unlink()
    age(workspace)


def age(workspace: Workspace) -> None:
    """All blobs were written an hour ago: what nothing names is no longer young."""
    for file in (workspace.store / "blobs.v1").glob("*/*"):
        os.utime(file, (time.time() - 3600, time.time() - 3600))


def test_the_last_builds_stay_and_older_ones_go(workspace: Workspace) -> None:
    build_three(workspace)
    would = gc(workspace, dry_run=True)
    assert (would.blobs_before, would.blobs_taken, would.actions_taken) == (6, 4, 4)
    done = gc(workspace)
    assert replace(done, is_dry=True) == would
    workspace.expect()
    with opened(workspace) as store:
        found = verify(store)
        assert (found.sound, found.damaged, found.lost) == (2, (), ())
    assert gc(workspace).blobs_taken == 0
    workspace.write("a.txt", "one")
    workspace.expect("read", "loud")


def test_builds_that_are_asked_for_stay(workspace: Workspace) -> None:
    build_three(workspace)
    assert gc(workspace, keep_builds=3).blobs_taken == 0
    assert gc(workspace, keep_builds=2).blobs_taken == 2
    workspace.write("a.txt", "two")
    workspace.expect()


def test_what_a_package_was_made_of_stays_while_it_is_there(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one")
    first = workspace.expect("read", "loud")
    workspace.write("a.txt", "two")
    workspace.expect("read", "loud")
    age(workspace)
    found = gc(workspace, keep_builds=0)
    assert found.blobs_taken == 0
    assert found.kept_for["package"] == found.bytes_before
    workspace.write("a.txt", "one")
    assert workspace.expect().model == first.model
    workspace.write("a.txt", "two")
    workspace.expect()
    first.model.unlink()
    assert gc(workspace).blobs_taken == 2


def test_a_package_that_cannot_be_read_is_named(workspace: Workspace) -> None:
    build_three(workspace)
    (damaged,) = (workspace.project / "models").iterdir()
    damaged.write_bytes(b"no archive")
    found = gc(workspace, keep_builds=0)
    assert found.unreadable == (str(damaged),)
    assert found.blobs_taken == 6


def test_limits_keep_the_latest_used(workspace: Workspace) -> None:
    build_three(workspace)
    sizes = [file.stat().st_size for file in (workspace.store / "blobs.v1").glob("*/*")]
    assert gc(workspace, Limits(max_size=sum(sizes))).blobs_taken == 0
    one_less = gc(workspace, Limits(max_size=sum(sizes) - 1))
    assert 0 < one_less.blobs_taken < 4
    assert one_less.bytes_over == 0
    workspace.write("a.txt", "two")
    workspace.expect()


def test_c11_a_budget_below_what_roots_keep_breaks_none(workspace: Workspace) -> None:
    build_three(workspace)
    found = gc(workspace, Limits(max_size=1))
    assert found.blobs_taken == 4
    assert found.bytes_over == found.bytes_left - 1 > 0
    workspace.expect()


def test_age_is_counted_from_the_last_use_and_builds_are_forgotten(workspace: Workspace) -> None:
    build_three(workspace)
    assert gc(workspace, Limits(max_age_s=DAY), keep_builds=0).blobs_taken == 0
    found = gc(workspace, Limits(max_age_s=0.001), keep_builds=5)
    assert found.blobs_taken == 4
    assert found.builds_forgotten == 2
    with opened(workspace) as store:
        heads = read_builds(store, scope_of(workspace.project, "graphbuild.yml")).heads
        assert len(heads) == 1
        assert store.count("manifests") == store.count("actions") == 2
    workspace.expect()


def test_c25_a_clock_that_jumps_ahead_makes_nothing_old(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    build_three(workspace)
    real = time.time
    for years in (1, -1):
        monkeypatch.setattr(time, "time", lambda years=years: real() + years * 365 * DAY)
        assert gc(workspace, Limits(max_age_s=DAY)).blobs_taken == 0
        workspace.expect()


def test_c10_two_projects_on_one_store_keep_their_own(workspace: Workspace, tmp_path: Path) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one")
    workspace.expect("read", "loud").model.unlink()
    other = Workspace(tmp_path / "other")
    other.store, other.log = workspace.store, workspace.log
    other.request = replace(other.request, store=workspace.store)
    other.recipe(RECIPE)
    other.write("a.txt", "two")
    other.expect("read", "loud").model.unlink()
    age(workspace)
    assert gc(other).blobs_taken == 0
    for one in (workspace, other):
        one.expect()


def test_pins_outlive_builds_and_packages(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one")
    first = workspace.expect("read", "loud")
    with opened(workspace) as store:
        store.pins.add(make_pin(store, str(first.model), workspace.project))
    first.model.unlink()
    workspace.write("a.txt", "two")
    second = workspace.expect("read", "loud")
    with opened(workspace) as store:
        store.pins.add(make_pin(store, "last", workspace.project))
        store.pins.add(make_pin(store, digest_of(second, "loud")[:20], workspace.project))
        assert [pin.kind for pin in store.pins.all()] == ["package", "build", "blob"]
    second.model.unlink()
    age(workspace)
    assert gc(workspace, keep_builds=0).blobs_taken == 0
    with opened(workspace) as store:
        store.pins.remove(find_pin(store, first.model.name, workspace.project / "models"))
    assert gc(workspace, keep_builds=0).blobs_taken == 2
    with opened(workspace) as store:
        store.pins.remove(find_pin(store, digest_of(second, "loud")[7:15], workspace.project))
        assert len(store.pins.all()) == 1
    assert gc(workspace, keep_builds=0).blobs_taken == 0


@pytest.mark.parametrize("name", ["none.tar.gz", "lats", "abc", "abcdef12"])
def test_what_is_not_there_cannot_be_pinned(workspace: Workspace, name: str) -> None:
    build_three(workspace)
    with opened(workspace) as store, pytest.raises(UsageError, match=r"there is no|nothing in the store"):
        make_pin(store, name, workspace.project)


def test_why_kept_names_what_keeps_it(workspace: Workspace) -> None:
    build_three(workspace)
    workspace.write("a.txt", "one")
    first = workspace.expect()
    workspace.write("a.txt", "two")
    second = workspace.expect()
    first.model.unlink()
    with opened(workspace) as store:
        kept = why_kept(store, digest_of(second, "read"), 1)
        assert [(why.kind, why.detail) for why in kept.reasons] == [
            ("package", "read@a.txt"),
            ("build", "read@a.txt"),
        ]
        assert why_kept(store, digest_of(first, "read"), 1).reasons == ()
        key = first.result.nodes[next(one for one in first.result.nodes if one.startswith("loud"))].key
        assert key is not None
        kept = why_kept(store, key.removeprefix("blake3:")[:10], 2)
        assert kept.is_action
        assert [why.kind for why in kept.reasons] == ["build"]
        store.blobs.present([digest_of(first, "read")])
        store.blobs.hold()
        assert [why.kind for why in why_kept(store, digest_of(first, "read"), 1).reasons] == ["running"]


def test_memos_of_what_is_gone_go(workspace: Workspace) -> None:
    build_three(workspace)
    with opened(workspace) as store:
        before = store.collection.memos()
        store.memos.set("package.v1", "gone", b'{"path": "/nowhere/model.tar.gz", "size": 1, "mtime_ns": 1}')
        store.memos.set("ran.v1", "another scope/node", b"{}")
        store.memos.set("state.v1", "another scope", b"")
        store.memos.set("rows.v2", "gone", b'[["blake3:table", "blake3:output"]]')
    gc(workspace)
    with opened(workspace) as store:
        left = {(memo.kind, memo.key) for memo in store.collection.memos()}
        assert left < {(memo.kind, memo.key) for memo in before}
        assert not {key for _, key in left} & {"gone", "another scope/node", "another scope"}
    workspace.expect()


def test_the_database_gives_back_what_it_does_not_need(workspace: Workspace) -> None:
    build_three(workspace)
    with opened(workspace) as store:
        for number in range(400):
            store.memos.set("state.v1", f"scope {number}", os.urandom(10_000))
    database = workspace.store / "actions.v1.sqlite"
    assert database.stat().st_size > 4_000_000
    gc(workspace)
    assert database.stat().st_size < 400_000
    workspace.expect()


def test_a_collection_that_runs_is_named(workspace: Workspace) -> None:
    build_three(workspace)
    with opened(workspace) as store:
        running = store.collection.begin()
        assert not isinstance(running, Holder)
        with running, pytest.raises(StoreError, match=f"process {os.getpid()}"):
            gc(workspace)
    assert gc(workspace).blobs_taken == 4


def test_an_empty_and_an_absent_store_are_collected(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert collect(store, Limits()).blobs_taken == 0
    assert collect(store, Limits(), dry_run=True).blobs_before == 0
    store.close()


def test_a_build_above_the_limit_collects(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    build_three(workspace)
    monkeypatch.setenv("GRAPHBUILD_STORE_MAX_SIZE", "60B")
    workspace.expect()
    assert len(list((workspace.store / "blobs.v1").glob("*/*"))) == 6  # with nothing to do nothing is collected
    (workspace.project / "models").rename(workspace.project / "elsewhere")
    workspace.write("a.txt", "four")
    ended = workspace.run("build")
    assert ended.returncode == 0
    assert "over 60B" in ended.stdout
    monkeypatch.setenv("GRAPHBUILD_STORE_MAX_SIZE", "many")
    workspace.write("a.txt", "five")
    ended = workspace.run("build")
    assert ended.returncode == ExitCode.DONE
    assert "`many` is no size" in ended.stdout


@pytest.mark.parametrize(("text", "size"), [("10", 10), ("1.5KB", 1500), ("2 MiB", 2 << 20), ("3gb", 3 * 10**9)])
def test_sizes(text: str, size: int) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize(("text", "age_s"), [("90s", 90), ("2h", 7200), ("30d", 30 * DAY), ("1.5w", 10.5 * DAY)])
def test_ages(text: str, age_s: float) -> None:
    assert age_of(text) == age_s


@pytest.mark.parametrize("text", ["", "GB", "10 apples", "-1", "1e9"])
def test_what_is_neither(text: str) -> None:
    for read in (size_of, age_of):
        with pytest.raises(UsageError):
            read(text)


def test_of_a_large_table_what_stays_is_as_it_was(tmp_path: Path) -> None:
    """With results that come back meanwhile, as of a small one."""
    store = open_store(tmp_path)
    keys = [digests.of_value(number) for number in range(3000)]
    for number, key in enumerate(keys):
        store.actions.record(key, ActionResult({"output": key}, 1.0), {"number": number})
    store.flush()
    for key in keys[:5]:
        store.actions.forget(key)
    store.close()
    store = open_store(tmp_path)
    running = store.collection.begin()
    assert not isinstance(running, Holder)
    with running:
        store.collection.take(Doomed(actions=frozenset(keys[100:]), manifests=frozenset(keys)))
    assert store.actions.lookup(keys).keys() == set(keys[5:100])
    assert store.actions.manifest(keys[50]) == {"number": 50}
    assert store.actions.facts("number").keys() == set(keys[5:100])
    store.actions.record(keys[0], ActionResult({"output": keys[0]}, 1.0), {"number": 0})
    store.close()
    store = open_store(tmp_path)
    assert store.actions.lookup(keys).keys() == {keys[0], *keys[5:100]}
    assert store.is_sound()
    store.close()
