"""Archives: equal members, equal bytes; hostile members are refused; nobody sees half of one."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.contract.digest import of_bytes
from graphbuild.errors import GraphbuildError
from graphbuild.package.archive import read_archive, write_archive

MEMBERS = [("manifest.json", b"{}"), ("artifacts/" + "a" * 64, bytes(range(256)) * 40), ("empty", b"")]
GOLDEN = "blake3:6566254f614e755dc22ed1271e730c11633b37372954880b58ca72f8f4dba170"


def hostile(path: Path, member: tarfile.TarInfo, data: bytes = b"") -> Path:
    member.size = len(data)
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(member, io.BytesIO(data))
    return path


def link(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_what_was_written_comes_back_in_order(tmp_path: Path) -> None:
    write_archive(tmp_path / "deep/er/a.tar.gz", MEMBERS)
    assert list(read_archive(tmp_path / "deep/er/a.tar.gz")) == MEMBERS


def test_equal_members_give_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_archive(tmp_path / "a.tar.gz", MEMBERS)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    before = os.umask(0o077)
    try:
        write_archive(tmp_path / "another name.tar.gz", iter(MEMBERS))
    finally:
        os.umask(before)
        monkeypatch.undo()
        time.tzset()
    first, second = ((tmp_path / name).read_bytes() for name in ("a.tar.gz", "another name.tar.gz"))
    assert first == second
    flags, mtime = first[3], first[4:8]
    assert (flags, mtime) == (0, bytes(4)), "no name and no time in the header"


def test_the_tar_inside_is_golden(tmp_path: Path) -> None:
    """The layout of members, whatever the compressor of this Python makes of it."""
    write_archive(tmp_path / "a.tar.gz", MEMBERS)
    plain = gzip.decompress((tmp_path / "a.tar.gz").read_bytes())
    assert of_bytes(plain) == GOLDEN


@settings(max_examples=30)
@given(st.lists(st.tuples(st.text("abcdé/", min_size=1, max_size=8), st.binary(max_size=600)), max_size=5))
def test_any_bytes_survive(tmp_path_factory: pytest.TempPathFactory, members: list[tuple[str, bytes]]) -> None:
    safe = [(f"m{number}{name}x", data) for number, (name, data) in enumerate(members)]
    path = tmp_path_factory.mktemp("archive") / "a.tar.gz"
    write_archive(path, safe)
    assert list(read_archive(path)) == safe


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "a/.."])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    path = hostile(tmp_path / "a.tar.gz", tarfile.TarInfo(name), b"evil")
    with pytest.raises(GraphbuildError, match="not allowed in a package"):
        list(read_archive(path))
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_only_plain_files_are_taken(tmp_path: Path, kind: bytes) -> None:
    path = hostile(tmp_path / "a.tar.gz", link("manifest.json", kind, "/etc/passwd"))
    with pytest.raises(GraphbuildError, match="not allowed in a package"):
        list(read_archive(path))


@pytest.mark.parametrize("damage", ["not an archive", "cut", "flipped"])
def test_damage_is_told_as_an_error_of_ours(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.tar.gz"
    write_archive(path, [("a", os.urandom(5000))])
    data = bytearray(path.read_bytes())
    if damage == "not an archive":
        data = bytearray(b"hello")
    elif damage == "cut":
        del data[len(data) // 2 :]
    else:
        data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(GraphbuildError, match=r"a\.tar\.gz"):
        list(read_archive(path))


def test_a_missing_archive_is_told_as_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(GraphbuildError, match=r"none\.tar\.gz"):
        list(read_archive(tmp_path / "none.tar.gz"))


def test_a_failing_member_leaves_the_earlier_archive_and_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    write_archive(path, MEMBERS)
    before = path.read_bytes()

    def failing() -> Iterator[tuple[str, bytes]]:
        yield MEMBERS[0]
        raise OSError("no more room")

    with pytest.raises(OSError, match="no more room"):
        write_archive(path, failing())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
