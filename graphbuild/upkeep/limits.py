"""Sizes and ages as people write them: 10GB, 512MiB, 30d, 12h. Pure."""

from __future__ import annotations

import re

from graphbuild.errors import Problem, UsageError

_SIZES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZES |= {"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_AGES = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)")


def size_of(text: str) -> int:
    """Bytes. Raises UsageError."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None or found[2].upper() not in _SIZES:
        raise UsageError(Problem(f"`{text}` is no size", hint="write 500MB, 10GB or 2GiB"))
    return int(float(found[1]) * _SIZES[found[2].upper()])


def age_of(text: str) -> float:
    """Seconds. Raises UsageError."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None or found[2] not in _AGES:
        raise UsageError(Problem(f"`{text}` is no age", hint="write 12h, 30d or 8w"))
    return float(found[1]) * _AGES[found[2]]
