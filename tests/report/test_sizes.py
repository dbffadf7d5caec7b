from __future__ import annotations

import pytest

from graphbuild.report.sizes import in_bytes, in_seconds


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (1 << 20, "1.0 MiB"), (5 << 40, "5.0 TiB")],
)
def test_sizes(size: int, words: str) -> None:
    assert in_bytes(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.0, "<1 ms"),
        (0.0123, "12 ms"),
        (3.14, "3.1 s"),
        (59.4, "59.4 s"),
        (59.6, "1 min 0 s"),
        (75.0, "1 min 15 s"),
    ],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert in_seconds(seconds) == words
