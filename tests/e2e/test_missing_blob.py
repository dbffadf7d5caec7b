"""Blobs that were deleted or went rotten: found before they do harm, and made again by running no more than needed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphbuild.execution.events import BlobHealed
from graphbuild.package.package import read_package
from graphbuild.plan.decision import ReasonKind
from graphbuild.store.maintenance import verify
from tests.conftest import Workspace, digest_of

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  first: {uses: "tests.toys:FirstLine", needs: {text: read}, with: {tag: first}}
  loud:  {uses: "tests.toys:Upper", needs: {text: first}, with: {tag: loud}}
targets: {model: [loud]}
"""


def delete(file: Path) -> None:
    file.unlink()


def rot(file: Path) -> None:
    """Flips a bit; size and mtime stay as they were."""
    status = file.stat()
    data = bytearray(file.read_bytes())
    data[-3] ^= 1
    file.chmod(0o600)
    file.write_bytes(data)
    file.chmod(status.st_mode)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def truncate(file: Path) -> None:
    file.chmod(0o600)
    os.truncate(file, 3)


DAMAGES = pytest.mark.parametrize("damage", [delete, rot, truncate])


@DAMAGES
@pytest.mark.parametrize("node", ["read", "first", "loud"])
def test_c8_only_the_node_of_the_lost_blob_runs(workspace: Workspace, node: str, damage: object) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one\ntwo")
    first = workspace.expect("read", "first", "loud")
    damage(workspace.blob(digest_of(first, node)))
    healed = workspace.expect(node)
    assert {name: one.outputs for name, one in healed.result.nodes.items()} == {
        name: one.outputs for name, one in first.result.nodes.items()
    }
    (ran,) = [one for one in healed.result.nodes.values() if one.reasons]
    assert ran.reasons[0].kind is ReasonKind.LOST
    assert [event for event in workspace.events if isinstance(event, BlobHealed)]
    workspace.expect()
    store = workspace.open()
    assert not verify(store).damaged
    assert not verify(store).lost
    store.close()


@DAMAGES
def test_a_damaged_blob_never_reaches_a_package(workspace: Workspace, damage: object) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one\ntwo")
    first = workspace.expect("read", "first", "loud")
    damage(workspace.blob(digest_of(first, "loud")))
    first.model.unlink()
    again = workspace.expect("loud")
    assert again.is_new
    assert read_package(again.model).artifacts[digest_of(first, "loud")]


@DAMAGES
def test_all_blobs_at_once(workspace: Workspace, damage: object) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one\ntwo")
    first = workspace.expect("read", "first", "loud")
    for node in ("read", "first", "loud"):
        damage(workspace.blob(digest_of(first, node)))
    workspace.expect("read", "first", "loud")
    workspace.expect()


@DAMAGES
def test_c8_damage_while_the_build_runs_is_healed_by_the_producer(workspace: Workspace, damage: object) -> None:
    """The input vanishes between the plan and the read: its producer runs again, then the reader."""
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one\ntwo")
    first = workspace.expect("read", "first", "loud")
    workspace.recipe(RECIPE.replace("Upper", "Split"))
    blob = workspace.blob(digest_of(first, "first"))

    def harm(event: object) -> None:
        if type(event).__name__ == "NodeStarted" and blob.exists() and not done:
            damage(blob)
            done.append(event)

    done: list[object] = []
    from graphbuild.builder import build

    workspace.ran()
    report = build(workspace.request, harm)
    assert report.result.succeeded
    assert done
    assert workspace.ran() == ["first", "loud"]
    assert workspace.value(report, "loud", "head") == "one"


def test_an_emptied_store_is_built_again(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one\ntwo")
    first = workspace.expect("read", "first", "loud")
    for file in (workspace.store / "blobs.v1").glob("*/*"):
        file.unlink()
    again = workspace.expect("read", "first", "loud")
    assert again.model == first.model
