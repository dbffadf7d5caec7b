"""Where things are at a remote: docs/store-format.md. A change of any of it raises FORMAT.

graphbuild-remote.json      {"format": 1}
actions.v1/ab/<hex>         the document of a result, named by its action key
blobs.v1/ab/<hex>           a blob, named by the digest of its content
names.v1/<hex>              what a package or build is made of, named by the digest of its name
"""

from __future__ import annotations

import json

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest

FORMAT = 1
MARKER = "graphbuild-remote.json"
MARKER_LIMIT = 4096


def action_name(key: Digest) -> str:
    """The object of a result."""
    return _shelved("actions.v1", key)


def blob_name(digest: Digest) -> str:
    """The object of a blob."""
    return _shelved("blobs.v1", digest)


def closure_name(name: str) -> str:
    """The object of a package or a build."""
    return f"names.v1/{digests.of_value(['name', name])[len(digests.PREFIX) :]}"


def marker() -> bytes:
    """What the first to write leaves there."""
    return json.dumps({"format": FORMAT}).encode() + b"\n"


def format_of(data: bytes) -> int:
    """The format that a marker tells. Raises ValueError."""
    found = json.loads(data)
    known = found.get("format") if isinstance(found, dict) else None
    if not isinstance(known, int) or isinstance(known, bool) or known < 1:
        raise ValueError("its marker tells no format")
    return known


def _shelved(folder: str, digest: Digest) -> str:
    figures = digest[len(digests.PREFIX) :]
    return f"{folder}/{figures[:2]}/{figures}"
