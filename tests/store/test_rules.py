"""Rules of the store that need no fault to be injected, each by its number: docs/store.md has the table of all."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from graphbuild.contract import digest as digests
from graphbuild.errors import StoreError
from graphbuild.store.interface import ActionResult
from graphbuild.store.local import FORMAT, open_store
from graphbuild.store.maintenance import verify
from graphbuild.upkeep.repair import repair
from tests.conftest import Workspace, digest_of

KEY = digests.of_bytes(b"key")
RECIPE = """
nodes:
  read: {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  loud: {uses: "tests.toys:Upper", needs: {text: read}, with: {tag: loud}}
targets: {model: [loud]}
"""


def damage(file: Path) -> None:
    file.chmod(0o600)
    file.write_bytes(b"rotten" + file.read_bytes())


def test_c5_repair_takes_blobs_out_of_packages_and_forgets_what_is_nowhere(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "text")
    first = workspace.expect("read", "loud")
    damage(workspace.blob(digest_of(first, "loud")))
    workspace.blob(digest_of(first, "read")).unlink()
    store = workspace.open()
    found = verify(store)
    assert found.damaged == (digest_of(first, "loud"),)
    assert set(found.lost) == {digest_of(first, "loud"), digest_of(first, "read")}
    done = repair(store, {*found.damaged, *found.lost})
    assert done.restored == (digest_of(first, "loud"),)
    assert done.forgotten == 1
    again = verify(store)
    assert (again.damaged, again.lost) == ((), ())
    store.close()
    (reason,) = (workspace.store / "quarantine").glob("*.reason")
    assert "store verify" in reason.read_text()
    workspace.expect("read")


def test_c5_a_damaged_package_restores_nothing(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "text")
    first = workspace.expect("read", "loud")
    data = bytearray(first.model.read_bytes())
    data[len(data) // 2] ^= 1
    first.model.write_bytes(data)
    workspace.blob(digest_of(first, "loud")).unlink()
    store = workspace.open()
    done = repair(store, set(verify(store).lost))
    assert (done.restored, done.forgotten) == ((), 1)
    store.close()


def test_c5_verify_with_a_budget_goes_on_where_it_ended(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "text")
    first = workspace.expect("read", "loud")
    ends = [workspace.run("store", "verify", "--budget", "1B") for _ in range(2)]
    assert all("1 blobs are sound" in one.stdout for one in ends)
    assert "goes on from there" in ends[0].stdout
    blobs = sorted(digest_of(first, node) for node in ("read", "loud"))
    damage(workspace.blob(blobs[0]))
    assert f"damaged  {blobs[0]}" in workspace.run("store", "verify", "--budget", "1B").stdout
    ended = workspace.run("store", "verify", "--budget", "100s", "--repair")
    assert ended.returncode == 0
    assert "1 came back out of packages" in ended.stdout or "1 results are forgotten" in ended.stdout
    assert workspace.run("store", "verify").returncode == 0


def test_c6_a_step_that_writes_to_its_input_does_not_alter_the_store(workspace: Workspace) -> None:
    """Run as root too, whom the mode of a file does not stop: a step gets a copy."""
    workspace.recipe(
        """
nodes:
  first:  {uses: Command, with: {command: "echo text > $out"}}
  second: {uses: Command, needs: {inputs: first}, with: {command: "cat $in > $out; chmod u+w $in; echo altered > $in"}}
"""
    )
    ended = workspace.run("build", "--no-package")
    assert ended.returncode == 0, ended.stderr
    store = workspace.open()
    found = verify(store)
    assert (found.damaged, found.lost) == ((), ())
    store.close()


def test_c19_nobody_but_the_owner_reads_or_writes_a_local_store(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "text")
    before = os.umask(0)
    try:
        workspace.expect("read", "loud")
    finally:
        os.umask(before)
    assert workspace.store.stat().st_mode & 0o077 == 0
    for file in (workspace.store / "blobs.v1").rglob("*"):
        assert file.stat().st_mode & 0o277 & ~0o700 == 0 or file.is_dir()
        assert file.stat().st_mode & 0o022 == 0


def test_c20_what_is_no_value_of_the_declared_type_is_an_error_and_executes_nothing(workspace: Workspace) -> None:
    """A pickle in the place of a blob: named by its digest, and recorded as what a node made."""
    import pickle

    class Harm:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {workspace.project}/harmed",)

    workspace.recipe(RECIPE)
    workspace.write("a.txt", "text")
    first = workspace.expect("read", "loud")
    store = workspace.open()
    harmful = store.blobs.put(pickle.dumps(Harm()))
    (read,) = [node for node in first.result.nodes if node.startswith("read")]
    key = first.result.nodes[read].key
    assert key is not None
    store.actions.forget(key)
    store.actions.record(key, ActionResult({"output": harmful}, 1.0), {})
    store.close()
    report = workspace.build()
    assert not report.result.succeeded
    assert "cannot be read" in report.problems[0].what
    assert not (workspace.project / "harmed").exists()


def test_c23_a_database_cut_off_at_any_page_of_its_log_is_whole(tmp_path: Path) -> None:
    """SQLite's write-ahead log has frames with check sums: a torn tail is dropped, what was before it stands."""
    store = open_store(tmp_path / "store")
    for number in range(12):
        blob = store.blobs.put(b"%d" % number)
        store.actions.record(digests.of_value(number), ActionResult({"output": blob}, 1.0), {"n": number})
        store.flush()
    log = tmp_path / "store" / "actions.v1.sqlite-wal"
    size = log.stat().st_size
    found_before = 13
    for cut in [*range(size, 32, -997), 31, 1, 0]:
        copy = tmp_path / "copy"
        shutil.copytree(tmp_path / "store", copy)
        (copy / "actions.v1.sqlite-shm").unlink()
        with (copy / log.name).open("r+b") as file:
            file.truncate(cut)
        other = open_store(copy)
        found = other.actions.lookup([digests.of_value(number) for number in range(12)])
        assert len(found) <= found_before
        found_before = len(found)
        for result in found.values():
            other.blobs.get(result.outputs["output"])
        other.actions.record(KEY, ActionResult({"output": digests.of_bytes(b"1")}, 1.0), {})
        other.close()
        other = open_store(copy)
        assert other.actions.lookup([KEY])
        assert other.is_sound()
        other.close()
        shutil.rmtree(copy)
    store.close()


def test_c29_no_secret_of_the_environment_is_in_the_store(workspace: Workspace) -> None:
    """Nor in the package, nor in what was said."""
    secret = "hunter2-" + "canary" * 3
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "text")
    ended = workspace.run("build", "--fixed-model-name", "m", API_TOKEN=secret, GRAPHBUILD_AUTH_TOKEN=secret)
    assert ended.returncode == 0
    assert secret not in ended.stdout + ended.stderr
    found = subprocess.run(["grep", "-rl", secret, str(workspace.project)], capture_output=True, text=True, check=False)
    assert found.stdout == ""


@pytest.mark.parametrize("text", ["2\n", "99"])
def test_c30_a_newer_store_is_refused_with_the_remedy(workspace: Workspace, text: str) -> None:
    workspace.store.mkdir()
    (workspace.store / "format").write_text(text)
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "text")
    for arguments in (("build",), ("store", "gc"), ("store", "verify")):
        ended = workspace.run(*arguments)
        assert ended.returncode == 1
        assert f"format '{text.strip()}'" in ended.stderr
        assert "use a newer graphbuild, or another store" in ended.stderr
    assert sorted(file.name for file in workspace.store.iterdir()) == ["format"]


def test_c30_a_store_of_an_older_format_is_built_anew_beside_it(workspace: Workspace) -> None:
    (workspace.store / "blobs.v0").mkdir(parents=True)
    (workspace.store / "blobs.v0" / "old").write_text("old")
    (workspace.store / "format").write_text("0\n")
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "text")
    workspace.expect("read", "loud")
    assert (workspace.store / "format").read_text() == f"{FORMAT}\n"
    assert (workspace.store / "blobs.v0" / "old").exists()


def test_c30_a_store_of_an_earlier_release_gets_the_tables_that_it_lacks(workspace: Workspace) -> None:
    """And keeps all it has: without pins, records of builds and the times of memos it is one of the first."""
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "text")
    workspace.expect("read", "loud")
    connection = sqlite3.connect(workspace.store / "actions.v1.sqlite")
    connection.executescript(
        """
        DROP TABLE pins; DROP TABLE builds; DROP TABLE build_parts;
        CREATE TABLE old (kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
            PRIMARY KEY (kind, key)) WITHOUT ROWID;
        INSERT INTO old SELECT kind, key, value FROM memos; DROP TABLE memos; ALTER TABLE old RENAME TO memos;
        CREATE TABLE dense (key TEXT PRIMARY KEY, manifest TEXT NOT NULL) WITHOUT ROWID;
        INSERT INTO dense SELECT * FROM manifests; DROP TABLE manifests; ALTER TABLE dense RENAME TO manifests;
        """
    )
    connection.close()
    workspace.expect()
    store = workspace.open()
    assert {memo.written for memo in store.collection.memos()} == {None}
    store.close()
    ended = workspace.run("store", "gc")
    assert ended.returncode == 0, ended.stderr
    assert "removed: 0 blobs" in ended.stdout
    workspace.expect()


def test_c30_what_is_no_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "format").write_text("something else")
    with pytest.raises(StoreError, match="format"):
        open_store(tmp_path)
    assert (tmp_path / "format").read_text() == "something else"
