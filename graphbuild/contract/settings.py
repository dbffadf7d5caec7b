"""What the environment and a project's settings file say, with errors that name the place and the mend."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphbuild.errors import Problem, UsageError

TABLES = ("dask", "remote")
"""All that a settings file may have."""


def seconds_of(variable: str, default: float) -> float:
    """A number of seconds above 0 out of the environment. Raises UsageError."""
    text = os.environ.get(variable)
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise UsageError(Problem(f"${variable} is a number of seconds above 0, not `{text}`"))
    return seconds


def table_of(path: Path, name: str, kinds: Mapping[str, type], hint: str) -> Mapping[str, Any]:
    """A table of a settings file (TOML); empty where there is none. `kinds`: its keys, and the types of their values.

    Raises UsageError.
    """
    if not path.is_file():
        return {}
    import tomllib

    facts = (("file", str(path)),)
    try:
        whole = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(Problem(f"{path.name} cannot be read: {error}", facts=facts)) from error
    for other in whole:
        if other not in TABLES:  # keys to trust may stand in it: passing it over would mean to trust everybody
            what = f"`{other}` in {path.name} is unknown"
            raise UsageError(Problem(what, facts=facts, hint=f"there is {', '.join(f'[{one}]' for one in TABLES)}"))
    found = whole.get(name, {})
    if not isinstance(found, dict):
        raise UsageError(Problem(f"`{name}` in {path.name} is no table", facts=facts, hint=hint))
    for key, value in found.items():
        if key not in kinds or not isinstance(value, kinds[key]):
            what = f"`{key}` of [{name}] in {path.name} is " + ("unknown" if key not in kinds else "of another type")
            raise UsageError(Problem(what, facts=facts, hint=hint))
    return found
