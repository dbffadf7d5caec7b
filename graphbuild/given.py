"""Given values: what a program hands over instead of a file (a domain, a configuration) as a file that a build reads.

The file is named by its content and lies in the store, so that the same value is the same file, and a hit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphbuild.contract import digest
from graphbuild.contract.temporaries import beside
from graphbuild.errors import StoreError, UsageError

_FOLDER = "given"


def given_file(store: Path, value: Mapping[str, Any], what: str) -> Path:
    """The file that says what a plain mapping says. `what` names it in errors: UsageError, StoreError."""
    return given_text(store, json_text(value, what), what)


def json_text(value: Mapping[str, Any], what: str) -> str:
    """What a plain mapping says, as a text. Raises UsageError."""
    try:
        return json.dumps(dict(value), ensure_ascii=False, indent=1, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{what} must be made of mappings with texts as keys, lists and plain values: {error}"
        ) from error


def given_text(store: Path, text: str, what: str) -> Path:
    """The file that holds a YAML text."""
    data = text.encode("utf-8", "surrogatepass")
    path = store / _FOLDER / f"{what}-{digest.short(digest.of_bytes(data), 16)}.yml"
    try:
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = beside(path)
            temporary.write_bytes(data)
            temporary.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    return path
