"""In what two artifacts differ, in a few lines for people. Reads bytes; knows no component."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice, zip_longest
from typing import Any

_SHOWN = 5
_LONGEST = 60
_AROUND = 8
_HEADER = 8
_Missing = object()


def difference(before: bytes, after: bytes) -> tuple[str, ...]:
    """Places where two artifacts differ; the last line says how many more there are."""
    for read in (_json, _columns):
        places = read(before, after)
        if places is not None and (found := [*islice(places, _SHOWN + 1)]):
            if len(found) <= _SHOWN:
                return tuple(found)
            more = sum(1 for _ in places) + 1
            return (*found[:_SHOWN], f"and {more:,} more places")
    return (_bytes(before, after),)


def _json(before: bytes, after: bytes) -> Iterator[str] | None:
    """By path, where both are JSON."""
    if not (before[:1] == b"{" == after[:1]):
        return None
    try:
        return _plain("", json.loads(before), json.loads(after))
    except ValueError:
        return None


def _plain(path: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            inner = f"{path}.{key}" if path else key
            yield from _plain(inner, before.get(key, _Missing), after.get(key, _Missing))
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{path}: {len(before):,} -> {len(after):,} items"
        for number, (one, other) in enumerate(zip_longest(before, after, fillvalue=_Missing)):
            if one is not _Missing and other is not _Missing:
                yield from _plain(f"{path}[{number}]", one, other)
    elif type(before) is not type(after) or before != after:
        yield f"{path}: {_shown(before)} -> {_shown(after)}"


def _shown(value: Any) -> str:
    if value is _Missing:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _columns(before: bytes, after: bytes) -> Iterator[str] | None:
    """By name, shape and largest difference, where both are arrays in safetensors."""
    plain, new_plain = _head(before), _head(after)
    if plain is None or new_plain is None:
        return None
    from safetensors.numpy import load

    return _arrays(load(before), load(after), plain, new_plain)


def _head(data: bytes) -> dict[str, Any] | None:
    """The plain data beside the arrays."""
    length = int.from_bytes(data[:_HEADER], "little")
    if not _HEADER < length <= len(data) - _HEADER:
        return None
    try:
        head = json.loads(data[_HEADER : _HEADER + length])
        return {name: json.loads(text) for name, text in head.get("__metadata__", {}).items()}
    except (ValueError, AttributeError):
        return None


def _arrays(
    before: Mapping[str, Any], after: Mapping[str, Any], plain: dict[str, Any], new_plain: dict[str, Any]
) -> Iterator[str]:
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            yield f"array `{name}` {'is new' if one is None else 'is gone'}"
        elif one.shape != other.shape or one.dtype != other.dtype:
            yield f"array `{name}`: {one.dtype}{list(one.shape)} -> {other.dtype}{list(other.shape)}"
        elif one.tobytes() != other.tobytes():
            yield f"array `{name}`, {one.dtype}{list(one.shape)}: {_largest(one, other)}"
    for name in sorted({*plain, *new_plain}):
        yield from _plain("", plain.get(name, _Missing), new_plain.get(name, _Missing))


def _largest(one: Any, other: Any) -> str:
    import numpy as np

    differs = one != other
    count = f"{int(differs.sum()):,} of {one.size:,} differ"
    if one.dtype.kind not in "fiu":
        return count
    with np.errstate(all="ignore"):
        away = np.abs(one.astype(np.float64) - other.astype(np.float64))
    if not np.isfinite(away).any() or not differs.any():
        return f"{count}, only in signs of zero or in what is no number"
    at = np.unravel_index(int(np.nanargmax(np.where(np.isfinite(away), away, -1))), one.shape)
    place = f"[{', '.join(map(str, at))}]"
    return f"{count}, by {away[at]:.3g} at most (at {place}: {one[at]:.6g} -> {other[at]:.6g})"


def _bytes(before: bytes, after: bytes) -> str:
    """Sizes, and the first byte that differs."""
    at = next((number for number, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), None)
    sizes = f"{len(before):,} -> {len(after):,} bytes" if len(before) != len(after) else f"{len(before):,} bytes"
    if at is None:
        return f"{sizes}, one begins with all of the other"
    seen = [bytes(data[at : at + _AROUND]) for data in (before, after)]
    return f"{sizes}, the first that differs is {at:,}: {seen[0]!r} -> {seen[1]!r}"
