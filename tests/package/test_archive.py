"""Archives: equal members, equal bytes; hostile members are refused; nobody sees half of one."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.contract.digest import of_bytes
from graphbuild.errors import GraphbuildError
from graphbuild.package import archive
from graphbuild.package.archive import read_archive, write_archive
from graphbuild.package.package import read_package

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


def test_repetitions_are_looked_for_where_there_are_some(tmp_path: Path) -> None:
    """Text becomes small; numbers of a network are as small as they get without."""
    text = b"\n".join(f"this is line {number}".encode() for number in range(30_000))
    numbers = np.random.default_rng(1).normal(0, 0.1, 200_000).astype(np.float32).tobytes()
    for data, most in ((text, 0.25), (numbers, 0.95)):
        write_archive(tmp_path / "a.tar.gz", [("data", data)])
        plain = gzip.decompress((tmp_path / "a.tar.gz").read_bytes())
        assert (tmp_path / "a.tar.gz").stat().st_size < most * len(plain)
        with tarfile.open(tmp_path / "a.tar.gz") as tar:
            member = tar.extractfile("data")
            assert member is not None
            assert member.read() == data


@settings(max_examples=30)
@given(st.lists(st.tuples(st.text("abcdé/", min_size=1, max_size=8), st.binary(max_size=600)), max_size=5))
def test_any_bytes_survive(tmp_path_factory: pytest.TempPathFactory, members: list[tuple[str, bytes]]) -> None:
    safe = [(f"m{number}{name}x", data) for number, (name, data) in enumerate(members)]
    path = tmp_path_factory.mktemp("archive") / "a.tar.gz"
    write_archive(path, safe)
    assert list(read_archive(path)) == safe


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "a/.."])
def test_c22_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    path = hostile(tmp_path / "a.tar.gz", tarfile.TarInfo(name), b"evil")
    with pytest.raises(GraphbuildError, match="not allowed in a package"):
        list(read_archive(path))
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_c22_only_plain_files_are_taken(tmp_path: Path, kind: bytes) -> None:
    path = hostile(tmp_path / "a.tar.gz", link("manifest.json", kind, "/etc/passwd"))
    with pytest.raises(GraphbuildError, match="not allowed in a package"):
        list(read_archive(path))


def bomb(path: Path, members: list[tuple[bytes, str, int]]) -> Path:
    """An archive of zeros: (type, name, size) of each member."""
    with gzip.open(path, "wb", compresslevel=9) as zipped:
        for kind, name, size in members:
            head = tarfile.TarInfo(name)
            head.type, head.size = kind, size
            zipped.write(head.tobuf(tarfile.USTAR_FORMAT))
            for begin in range(0, size, 1 << 20):
                zipped.write(bytes(min(1 << 20, size - begin)))
            zipped.write(bytes(-size % tarfile.BLOCKSIZE))
        zipped.write(bytes(2 * tarfile.BLOCKSIZE))
    return path


MIB = 1 << 20


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([(tarfile.REGTYPE, "manifest.json", 65 * MIB)], "'manifest.json' of 68,157,440 bytes is too large"),
        ([(tarfile.REGTYPE, "artifacts/a", 33 * MIB)], "is too large"),
        ([(tarfile.REGTYPE, "artifacts/a", 20 * MIB), (tarfile.REGTYPE, "artifacts/b", 20 * MIB)], "/b' .* too large"),
        ([(tarfile.XHDTYPE, "pax", 33 * MIB), (tarfile.REGTYPE, "a", 0)], "not allowed"),
        ([(tarfile.GNUTYPE_LONGNAME, "long", 33 * MIB), (tarfile.REGTYPE, "a", 0)], "not allowed"),
        ([(tarfile.REGTYPE, f"artifacts/{number}", 0) for number in range(11)], "too many members"),
    ],
)
def test_c21_nothing_is_unpacked_beyond_what_is_allowed(
    tmp_path: Path, members: list[tuple[bytes, str, int]], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "COUNT_LIMIT", 10)
    if "manifest" not in members[0][1]:
        monkeypatch.setattr(archive, "_FREE_BYTES", 24 * MIB)
    path = bomb(tmp_path / "a.tar.gz", members)
    tracemalloc.start()
    with pytest.raises(GraphbuildError, match=words):
        read_package(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * MIB


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
