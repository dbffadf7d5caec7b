"""Sizes and durations in words. Pure; imports nothing."""

from __future__ import annotations

_STEP = 1024


def in_bytes(size: int) -> str:
    """1536 -> "1.5 KiB"."""
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if amount < _STEP:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= _STEP
    return f"{amount:.1f} TiB"


def in_seconds(seconds: float | None) -> str:
    """0.0123 -> "12 ms", 3.14 -> "3.1 s", 75 -> "1 min 15 s"; nothing for None. Integers stay whole."""
    if seconds is None:
        return ""
    if round(seconds) >= 60:
        return f"{round(seconds) // 60} min {round(seconds) % 60} s"
    if seconds < 0.0005:
        return "<1 ms"
    if isinstance(seconds, int):
        return f"{seconds} s"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
