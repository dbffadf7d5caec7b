"""A checkpoint as bytes and back: a safetensors file, with JSON of what it is in its header. Nothing is pickled.

Written part by part, so that the arrays are not copied once more: a state is three times as large as its weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from graphbuild.contract.checkpoints import Checkpoint
from graphbuild.contract.digest import Digest

_TYPE = "Checkpoint.v1"
_METADATA, _OURS = "__metadata__", "graphbuild"
_PART_BYTES = 4 << 20
_ALIGNED = 8
_NAMES = {"f2": "F16", "f4": "F32", "f8": "F64", "b1": "BOOL"}
_NAMES |= {f"{kind}{size}": f"{kind.upper()}{8 * size}" for kind in "iu" for size in (1, 2, 4, 8)}
"""numpy's names of types and those of the format."""


def parts(key: Digest, checkpoint: Checkpoint, seconds: float) -> Iterator[bytes | memoryview]:
    """The bytes of a checkpoint of an action that has taken so many seconds.

    Raises ValueError for arrays of other types, and for plain data that is not finite.
    """
    solid = {name: np.asarray(checkpoint.arrays[name], order="C") for name in sorted(checkpoint.arrays)}
    about = {"type": _TYPE, "key": key, "seconds": seconds, "plain": checkpoint.plain}
    about |= {"done": checkpoint.done, "total": checkpoint.total}
    header: dict[str, Any] = {_METADATA: {_OURS: json.dumps(about, sort_keys=True, allow_nan=False)}}
    end = 0
    for name, array in solid.items():
        code = _NAMES.get(array.dtype.str[1:])
        if code is None or array.dtype.str[0] == ">":
            raise ValueError(f"{name} has numbers of type {array.dtype}")
        header[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNED)
    yield len(text).to_bytes(8, "little") + text
    for array in solid.values():
        raw = array.reshape(-1).view(np.uint8).data
        for start in range(0, len(raw), _PART_BYTES):
            yield raw[start : start + _PART_BYTES]


def read(key: Digest, data: bytes) -> tuple[Checkpoint, float] | None:
    """The checkpoint and the seconds that it took; None where it is none, or another action's."""
    try:
        length = int.from_bytes(data[:8], "little")
        about = json.loads(json.loads(data[8 : 8 + length])[_METADATA][_OURS])
        if about["type"] != _TYPE or about["key"] != key:
            return None
        checkpoint = Checkpoint(int(about["done"]), int(about["total"]), dict(about["plain"]), load(data))
        return checkpoint, float(about["seconds"])
    except (ValueError, KeyError, TypeError, SafetensorError):
        return None
