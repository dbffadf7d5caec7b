"""Deterministic archives: equal members give equal bytes, whatever the machine, the folder and the time.

ustar members in the order given, no owners, no times, fixed modes, gzip without name and time. Knows no package.
"""

from __future__ import annotations

import gzip
import io
import itertools
import os
import tarfile
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from graphbuild.errors import GraphbuildError, Problem

_LEVEL = 6
TOTAL_LIMIT_BYTES = 16 << 30
COUNT_LIMIT = 10_000
_FREE_BYTES = 256 << 20
_MOST_TIMES = 100
"""An archive is unpacked to so many bytes in any case, and to so many times its own: gzip promises a thousand times."""
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


def read_archive(path: Path, limits: Mapping[str, int] | None = None) -> Iterator[tuple[str, bytes]]:
    """The members of an archive, in order. `limits`: how many bytes those of some names may have.

    Nothing is unpacked beyond what is allowed, whatever it says of itself. Raises GraphbuildError for anything but
    plain files with safe names, for too many or too large ones, and for what is no archive or a damaged one.
    """
    try:
        with gzip.open(path) as zipped:
            left = min(TOTAL_LIMIT_BYTES, _FREE_BYTES + _MOST_TIMES * path.stat().st_size)
            for count in itertools.count():
                if (member := _next(zipped)) is None:
                    break
                limit = min(left, (limits or {}).get(member.name, left))
                _check(path, member, count, limit)
                left -= member.size
                yield member.name, _whole(zipped, member.size)
                _whole(zipped, -member.size % tarfile.BLOCKSIZE)
            # The check sum stands at the end, and is looked at only by those who read that far.
            while chunk := zipped.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise GraphbuildError(Problem(f"{path}: too large for a package"))
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise GraphbuildError(Problem(f"{path} cannot be read: {error}")) from error


def _next(zipped: gzip.GzipFile) -> tarfile.TarInfo | None:
    """The head of the next member; None at the end. tarfile itself would unpack longer heads without asking."""
    block = _whole(zipped, tarfile.BLOCKSIZE)
    return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape") if block.strip(b"\0") else None


def _whole(zipped: gzip.GzipFile, size: int) -> bytes:
    """So many bytes. Raises EOFError where there are fewer."""
    data = zipped.read(size)
    if len(data) < size:
        raise EOFError("it ends too soon")
    return data


def _member(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    return info


def _check(path: Path, member: tarfile.TarInfo, count: int, limit: int) -> None:
    name = PurePosixPath(member.name)
    is_plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and member.size >= 0
    if not is_plain or name.is_absolute() or ".." in name.parts:
        raise GraphbuildError(Problem(f"{path}: member {member.name!r} is not allowed in a package"))
    if member.size > limit:
        what = f"{path}: member {member.name!r} of {member.size:,} bytes is too large for a package of its size"
        raise GraphbuildError(Problem(what))
    if count >= COUNT_LIMIT:
        raise GraphbuildError(Problem(f"{path}: too many members for a package"))
