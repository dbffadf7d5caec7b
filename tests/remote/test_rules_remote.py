"""Rules of the store that speak of remotes, each by its number, with a shared folder as the remote.

docs/store.md has the table of all.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.remote import encoding, layout, objects
from graphbuild.remote.documents import Document, from_object, to_object
from graphbuild.remote.encoding import Unreadable
from tests.conftest import Workspace, digest_of
from tests.remote.clones import LONG, cloned, first, told
from tests.remote.clones import objects as objects_of

ALL = ("loud", "read", "twice")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return tmp_path / "remote"


@pytest.fixture
def clone(workspace: Workspace, remote: Path, tmp_path: Path) -> Workspace:
    """A clone that has built nothing yet; the first one has."""
    first(workspace, str(remote)).expect(*ALL)
    return cloned(workspace, tmp_path / "other")


def at(remote: Path, name: str) -> Path:
    return remote / name


def rewrite(file: Path, change: Callable[[bytes], bytes]) -> None:
    file.write_bytes(change(file.read_bytes()))


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "flipped": flipped,
    "cut off": lambda data: data[: len(data) // 2],
    "empty": lambda _: b"",
    "twice as long": lambda data: data + data,
    "another thing": lambda _: b"<html>404</html>",
    "far too long": lambda data: data + b"x" * 200_000,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_c4_what_is_damaged_at_the_remote_is_a_miss_and_made_again(
    clone: Workspace, remote: Path, damage: str, tmp_path: Path
) -> None:
    for file in objects_of(remote, "blobs.v1"):
        rewrite(file, DAMAGES[damage])
    done = clone.build()
    assert clone.ran() == [*ALL]
    assert sum(told(done)["refused"].values()) >= 1
    store = clone.open()
    assert store.blobs.get(digest_of(done, "twice"))
    assert not list((clone.store / "quarantine").glob("*"))
    store.close()
    # And what was made is sent again, so that the next one has it.
    third = cloned(clone, tmp_path / "third")
    third.expect()


@pytest.mark.parametrize("damage", DAMAGES)
def test_c4_results_that_are_damaged_at_the_remote_are_misses(clone: Workspace, remote: Path, damage: str) -> None:
    for file in objects_of(remote, "actions.v1"):
        rewrite(file, DAMAGES[damage])
    done = clone.expect(*ALL)
    assert sum(told(done)["refused"].values()) == 3
    assert told(done)["sent"] == 3
    for file in objects_of(remote, "actions.v1"):
        key = Digest(digests.PREFIX + file.name)
        assert from_object(file.read_bytes(), key).key == key


def test_c3_a_result_of_another_action_is_refused(clone: Workspace, remote: Path) -> None:
    files = objects_of(remote, "actions.v1")
    texts = [file.read_bytes() for file in files]
    for file, other in zip(files, [*texts[1:], texts[0]], strict=True):
        file.write_bytes(other)
    assert told(clone.expect(*ALL))["refused"] == {"result of another action": 3}


def test_c5_what_was_lost_here_is_had_from_the_remote(workspace: Workspace, remote: Path) -> None:
    done = first(workspace, str(remote)).expect(*ALL)
    workspace.blob(digest_of(done, "loud")).unlink()
    file = workspace.blob(digest_of(done, "twice"))
    file.chmod(0o600)
    rewrite(file, flipped)
    workspace.expect()
    workspace.write("graphbuild.yml", (workspace.project / "graphbuild.yml").read_text().replace("d, loud]", "d]"))
    workspace.expect("twice")


def test_c5_what_is_damaged_here_and_there_is_made_again(workspace: Workspace, remote: Path) -> None:
    done = first(workspace, str(remote)).expect(*ALL)
    workspace.blob(digest_of(done, "loud")).unlink()
    for file in objects_of(remote, "blobs.v1"):
        rewrite(file, flipped)
    workspace.write("graphbuild.yml", (workspace.project / "graphbuild.yml").read_text().replace("d, loud]", "d]"))
    workspace.expect("loud", "twice")


def test_c7_no_result_is_at_the_remote_before_its_blobs(
    workspace: Workspace, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever write fails, what is there is whole: also of a sender that is killed then."""
    first(workspace, str(remote)).expect(*ALL)
    real = objects._FileObjects.write
    for last in range(8):
        shutil.rmtree(remote)
        written: list[str] = []

        def write(self: Any, name: str, data: bytes, last: int = last, written: list[str] = written) -> None:
            if len(written) >= last:
                raise OSError(errno.ENOSPC, "No space left on device")
            written.append(name)
            real(self, name, data)

        monkeypatch.setattr(objects._FileObjects, "write", write)
        clone = cloned(workspace, tmp_path / f"clone-{last}")
        clone.expect(*ALL)
        for file in objects_of(remote, "actions.v1"):
            document = from_object(file.read_bytes(), Digest(digests.PREFIX + file.name))
            for made, size in document.sizes.items():
                data = document.small.get(made) or encoding.content_of(
                    (remote / layout.blob_name(made)).read_bytes(), size
                )
                assert digests.of_bytes(data) == made
        if remote.exists():
            assert not list(remote.rglob(".new-*"))
        else:
            remote.mkdir()


def test_c8_a_blob_lost_at_the_remote_is_made_again_in_the_same_build(clone: Workspace, remote: Path) -> None:
    for file in objects_of(remote, "blobs.v1"):
        file.unlink()
    done = clone.build()
    assert clone.ran() == [*ALL]
    assert told(done)["refused"]["lost blob"] >= 1
    assert len(objects_of(remote, "blobs.v1")) == 3
    clone.expect()


def test_c8_a_blob_that_a_later_build_finds_lost_is_made_again(clone: Workspace, remote: Path) -> None:
    clone.expect()
    shutil.rmtree(remote / "blobs.v1")
    clone.write("graphbuild.yml", (clone.project / "graphbuild.yml").read_text().replace("d, loud]", "d]"))
    assert clone.build().result.succeeded
    assert clone.ran() == [*ALL]


def test_c18_another_result_at_the_remote_changes_nothing_on_either_side(workspace: Workspace, remote: Path) -> None:
    done = first(workspace, str(remote)).expect(*ALL)
    key = next(one.key for one in done.result.nodes.values() if digest_of(done, "twice") in one.outputs.values())
    assert key is not None
    file = remote / layout.action_name(key)
    known = from_object(file.read_bytes(), key)
    other = digests.of_bytes(b"other")
    changed = to_object(replace(known, outputs={"output": other}, sizes={other: 5}, small={other: b"other"}))
    file.write_bytes(changed)
    again = workspace.build(force=True)
    assert told(again)["diverged"] == 1
    assert digest_of(again, "twice") == digest_of(done, "twice")
    assert file.read_bytes() == changed


def test_c20_private_blobs_are_never_sent_and_never_had(workspace: Workspace, remote: Path, tmp_path: Path) -> None:
    first(workspace, str(remote))
    workspace.recipe(
        """
nodes:
  read: {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  hide: {uses: "tests.remote.private_toys:Hide", needs: {text: read}, with: {tag: hide}}
  show: {uses: "tests.remote.private_toys:Show", needs: {hidden: hide}, with: {tag: show}}
targets: {model: [show]}
"""
    )
    done = workspace.expect("hide", "read", "show")
    assert told(done)["sent"] == 2
    hidden = digest_of(done, "hide")
    assert not (remote / layout.blob_name(hidden)).exists()
    assert len(objects_of(remote, "actions.v1")) == 2
    cloned(workspace, tmp_path / "other").expect("hide")
    # Nor where somebody has put one there.
    key = next(one.key for one in done.result.nodes.values() if hidden in one.outputs.values())
    assert key is not None
    poison = b"cos\nsystem\n(S'touch /tmp/poisoned'\ntR."
    name = digests.of_bytes(poison)
    made = to_object(Document(key, {"output": name}, {name: len(poison)}, 0.1, {}, {name: poison}))
    file = remote / layout.action_name(key)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(made)
    third = cloned(workspace, tmp_path / "third")
    again = third.expect("hide")
    assert digest_of(again, "hide") == hidden
    assert not third.blob(name).exists()
    # Nor where somebody has pulled it: it is forgotten when it is known whose it is.
    assert done.model is not None
    fourth = cloned(workspace, tmp_path / "fourth")
    models = fourth.project / "models"
    models.mkdir()
    shutil.copy(done.model, models / "x.tar.gz")
    pulled = fourth.run("store", "pull", str(models / "x.tar.gz"), "--remote", str(remote))
    assert pulled.returncode == 0, pulled.stderr
    assert fourth.blob(name).exists()
    again = fourth.expect("hide")
    assert digest_of(again, "hide") == hidden


def test_c21_nothing_is_unpacked_beyond_what_a_result_says(clone: Workspace, remote: Path) -> None:
    bomb = encoding.PACKED + zstandard.ZstdCompressor().compress(bytes(1 << 28))
    assert len(bomb) < 20_000
    with pytest.raises(Unreadable, match="longer than it may be"):
        encoding.content_of(bomb, 1000)
    for file in objects_of(remote, "blobs.v1"):
        file.write_bytes(bomb)
    for file in objects_of(remote, "actions.v1")[:1]:
        file.write_bytes(bomb)
    done = clone.build()
    assert clone.ran() == [*ALL]
    assert sum(told(done)["refused"].values()) >= 2


def test_c27_a_remote_that_cannot_be_written_is_told_once(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = first(workspace, str(tmp_path / "file" / "remote")).expect(*ALL)
    assert told(done)["left"] == 3
    assert len(told(done)["troubles"]) == 1


@pytest.mark.parametrize(("number", "word"), [(errno.ENOSPC, "is full"), (errno.EROFS, "may not be written")])
def test_c27_a_full_or_read_only_remote_is_told_once_and_still_read(
    clone: Workspace, remote: Path, number: int, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(objects._FileObjects, "write", write)
    clone.write("graphbuild.yml", (clone.project / "graphbuild.yml").read_text().replace("d, loud]", "d]"))
    done = clone.expect("twice")
    assert told(done)["left"] == 1
    (trouble,) = told(done)["troubles"]
    assert word in trouble
    assert told(done)["found"] == 2


def test_c27_a_missing_driver_is_told_with_its_extra(workspace: Workspace) -> None:
    done = first(workspace, "gs://bucket/folder").expect(*ALL)
    (trouble,) = told(done)["troubles"]
    assert "pip install 'graphbuild[gs]'" in trouble
    assert told(done)["left"] == 3


def test_c28_what_comes_in_parts_appears_whole_or_not_at_all(
    clone: Workspace, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = objects._FileObjects.read
    asked: dict[str, int] = {}

    def read(self: Any, name: str, limit: int) -> bytes | None:
        asked[name] = asked.get(name, 0) + 1
        data = real(self, name, limit)
        if data is None or name == layout.MARKER:
            return data
        if asked[name] == 1:
            raise ConnectionResetError("the other side is gone")
        return data[: len(data) // 2] if asked[name] == 2 else data

    monkeypatch.setattr(objects._FileObjects, "read", read)
    done = clone.expect()
    assert told(done)["found"] == 3
    assert told(done)["refused"] == {}
    store = clone.open()
    assert LONG.upper().encode() in store.blobs.get(digest_of(done, "twice"))
    store.close()


def test_c29_no_secret_of_the_url_or_of_the_environment_is_kept_or_shown(
    workspace: Workspace, remote: Path, tmp_path: Path
) -> None:
    first(workspace, "")
    log = tmp_path / "build.log"
    url = "https://builder:canary-in-url@127.0.0.1:9/store?sig=canary-in-query"
    ended = workspace.run(
        *("build", "--remote", url, "--log", str(log)),
        AWS_SECRET_ACCESS_KEY="canary-in-environment",
        GRAPHBUILD_REMOTE_TIMEOUT="1",
    )
    assert ended.returncode == 0, ended.stderr
    assert "https://127.0.0.1:9/store" in ended.stdout
    ended_too = workspace.run(
        *("build", "--force", "--json"),
        GRAPHBUILD_REMOTE=f"file://{remote}?canary-in-query",
        AWS_SECRET_ACCESS_KEY="canary-in-environment",
    )
    assert ended_too.returncode == 0, ended_too.stderr
    texts = [ended.stdout, ended.stderr, ended_too.stdout, ended_too.stderr, log.read_text()]
    assert not [text for text in texts if "canary" in text]
    files = [file for folder in (workspace.project, tmp_path) for file in folder.rglob("*") if file.is_file()]
    assert not [file for file in files if b"canary" in file.read_bytes()]


def test_c30_a_newer_remote_is_refused_with_the_remedy(clone: Workspace, remote: Path) -> None:
    (remote / layout.MARKER).write_text(json.dumps({"format": layout.FORMAT + 1}))
    done = clone.expect(*ALL)
    (trouble,) = told(done)["troubles"]
    assert "is of format 2" in trouble
    assert "use a newer graphbuild" in trouble
    assert (told(done)["sent"], told(done)["left"]) == (0, 3)


@pytest.mark.parametrize("text", ["", "garbage", "[]", '{"format": "1"}', "[" * 4000])
def test_c30_what_is_no_remote_store_is_told_once_and_left_alone(clone: Workspace, remote: Path, text: str) -> None:
    (remote / layout.MARKER).write_text(text)
    before = {file: file.stat().st_mtime_ns for file in remote.rglob("*")}
    done = clone.expect(*ALL)
    (trouble,) = told(done)["troubles"]
    assert "holds something else" in trouble
    assert before == {file: file.stat().st_mtime_ns for file in remote.rglob("*")}
