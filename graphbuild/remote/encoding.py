"""How objects at a remote are written: a header of five bytes, then the bytes, compressed where that pays.

    GBR1r  as it is
    GBR1z  one frame of zstd

Whoever reads says how long the content may be; nothing is unpacked beyond that. The only user of zstandard.
"""

from __future__ import annotations

RAW = b"GBR1r"
PACKED = b"GBR1z"
HEADER_BYTES = len(RAW)
_LEVEL = 3
_LEAST = 512
"""Shorter content is not worth the trouble."""
_PAYS = 0.9
"""Compressed, it is to be shorter by a tenth at least: reading it again costs time, too."""


class Unreadable(ValueError):
    """Some bytes are no object of ours, or are longer than they may be."""


def stored(content: bytes) -> bytes:
    """The object of some content."""
    if len(content) >= _LEAST:
        import zstandard

        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(content)
        if len(packed) < len(content) * _PAYS:
            return PACKED + packed
    return RAW + content


def longest(limit: int) -> int:
    """How long an object with so much content can be: what is compressed is shorter than what is not."""
    return limit + HEADER_BYTES


def content_of(data: bytes, limit: int) -> bytes:
    """The content of an object, of `limit` bytes at most. Raises Unreadable."""
    head, body = data[:HEADER_BYTES], data[HEADER_BYTES:]
    if head == RAW:
        content = body
    elif head == PACKED:
        content = _unpacked(body, limit)
    else:
        raise Unreadable("it does not begin as an object of graphbuild")
    if len(content) > limit:
        raise Unreadable("it is longer than it may be")
    return content


def _unpacked(body: bytes, limit: int) -> bytes:
    import zstandard

    try:
        # Its size as the frame says it is not believed: memory is taken as bytes come, and no more than may be.
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body) as reader:
            found = bytearray()
            while len(found) <= limit and (chunk := reader.read(min(1 << 20, limit + 1 - len(found)))):
                found += chunk
        return bytes(found)
    except zstandard.ZstdError as error:
        raise Unreadable(f"it cannot be unpacked: {error}") from error
