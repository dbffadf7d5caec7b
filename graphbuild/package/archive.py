"""Deterministic archives: equal members give equal bytes, whatever the machine, the folder and the time.

ustar members in the order given, no owners, no times, fixed modes, gzip without name and time. Knows no package.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import uuid
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from graphbuild.errors import GraphbuildError, Problem

_LEVEL = 6
MEMBER_LIMIT_BYTES = 16 << 30
COUNT_LIMIT = 1_000_000
_CHUNK = 1 << 20


def write_archive(path: Path, members: Iterable[tuple[str, bytes]]) -> None:
    """Writes a .tar.gz beside its place, flushes it and moves it there, so that nobody ever sees half of one.

    Raises OSError; an earlier file of that name is then untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as file:
            with (
                gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0) as zipped,
                tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
            ):
                for name, data in members:
                    tar.addfile(_member(name, len(data)), io.BytesIO(data))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """The members of an archive, in order.

    Raises GraphbuildError for anything but plain files with safe names, and for what is no archive or a damaged one.
    """
    try:
        with gzip.open(path) as zipped, tarfile.open(fileobj=zipped, mode="r:") as tar:
            for count, member in enumerate(tar):
                _check(path, member, count)
                file = tar.extractfile(member)
                assert file is not None
                yield member.name, file.read()
            # The check sum stands at the end, and is looked at only by those who read that far.
            while zipped.read(_CHUNK):
                pass
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise GraphbuildError(Problem(f"{path} cannot be read: {error}")) from error


def _member(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    return info


def _check(path: Path, member: tarfile.TarInfo, count: int) -> None:
    name = PurePosixPath(member.name)
    if not member.isfile() or name.is_absolute() or ".." in name.parts or member.size > MEMBER_LIMIT_BYTES:
        raise GraphbuildError(Problem(f"{path}: member {member.name!r} is not allowed in a package"))
    if count > COUNT_LIMIT:
        raise GraphbuildError(Problem(f"{path}: too many members for a package"))
