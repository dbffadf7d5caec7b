"""Deterministic archives: equal members give equal bytes, whatever the machine, the folder and the time.

ustar members in the order given, no owners, no times, fixed modes, gzip without name and time. Knows no package.

Numbers of a network hardly repeat: looking for repetitions in them takes most of the time of packing, and saves a
tenth. So each member is deflated by itself, with or without that, as a sample tells; together they are one gzip stream.
"""

from __future__ import annotations

import gzip
import itertools
import os
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from graphbuild.contract.temporaries import beside
from graphbuild.errors import GraphbuildError, Problem

_LEVEL = 6
_SAMPLE = 1 << 16
_WORTH = 0.75
"""Repetitions are looked for where a sample becomes at most so much of what it is without."""
_GZIP_HEAD = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
"""Deflated, without name and time, of no system."""
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
    temporary = beside(path)
    try:
        with temporary.open("wb") as file:
            for part in _zipped(_tar(members)):
                file.write(part)
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


def _tar(members: Iterable[tuple[str, bytes]]) -> Iterator[tuple[bytes, ...]]:
    """The parts of a tar archive: of each member its head, its bytes, and what fills its last block; then the end."""
    size = 0
    for name, data in members:
        info = _member(name, len(data))
        part = (info.tobuf(tarfile.USTAR_FORMAT), data, bytes(-len(data) % tarfile.BLOCKSIZE))
        size += sum(map(len, part))
        yield part
    yield (bytes(2 * tarfile.BLOCKSIZE + -(size + 2 * tarfile.BLOCKSIZE) % tarfile.RECORDSIZE),)


def _zipped(parts: Iterable[tuple[bytes, ...]]) -> Iterator[bytes]:
    """One gzip stream, of which each part is deflated without a look at those before it."""
    yield _GZIP_HEAD
    check = size = 0
    for part in parts:
        strategy = zlib.Z_DEFAULT_STRATEGY if _repeats(max(part, key=len)) else zlib.Z_HUFFMAN_ONLY
        deflater = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS, strategy=strategy)
        for piece in part:
            check, size = zlib.crc32(piece, check), size + len(piece)
            yield deflater.compress(piece)
        yield deflater.flush(zlib.Z_FULL_FLUSH)
    yield zlib.compressobj(wbits=-zlib.MAX_WBITS).flush()
    yield struct.pack("<LL", check, size & 0xFFFFFFFF)


def _repeats(data: bytes) -> bool:
    """Whether it is worth while to look for repetitions: in text it is, in the numbers of a network it is not."""
    middle = max(0, len(data) - _SAMPLE) // 2
    sample = data[middle : middle + _SAMPLE]
    if len(sample) < _SAMPLE:
        return True
    return _deflated(sample, zlib.Z_DEFAULT_STRATEGY) <= _WORTH * _deflated(sample, zlib.Z_HUFFMAN_ONLY)


def _deflated(data: bytes, strategy: int) -> int:
    deflater = zlib.compressobj(_LEVEL, strategy=strategy)
    return len(deflater.compress(data)) + len(deflater.flush())


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
