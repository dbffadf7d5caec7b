"""Which remote a build has: an option, the environment, or the project's settings; and how it is used.

On the path of a build with nothing to do where there is a remote: imports no driver.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphbuild.errors import Problem, UsageError
from graphbuild.remote.address import Address, address_of

READ_ONLY_VARIABLE = "GRAPHBUILD_REMOTE_READ_ONLY"
TIMEOUT_VARIABLE = "GRAPHBUILD_REMOTE_TIMEOUT"
WAIT_VARIABLE = "GRAPHBUILD_REMOTE_WAIT"
TIMEOUT_S = 10.0
WAIT_S = 300.0
_KEYS = {"url": str, "read_only": bool}


@dataclass(frozen=True)
class Choice:
    """A remote, and how it is used."""

    address: Address
    reads_only: bool
    timeout_s: float
    """How long one answer may be waited for."""
    wait_s: float
    """How long the end of a build waits for what is on its way."""


def choose(url: str | None, settings: Path, *, reads_only: bool = False) -> Choice | None:
    """The remote of a URL, or else of a project's settings. Raises UsageError."""
    timeout_s, wait_s = _seconds(TIMEOUT_VARIABLE, TIMEOUT_S), _seconds(WAIT_VARIABLE, WAIT_S)
    reads_only = reads_only or os.environ.get(READ_ONLY_VARIABLE, "") not in ("", "0")
    if url:
        return Choice(address_of(url, Path.cwd()), reads_only, timeout_s, wait_s)
    known = _settings(settings)
    if not known.get("url"):
        return None
    address = address_of(known["url"], settings.parent.absolute())
    return Choice(address, reads_only or bool(known.get("read_only")), timeout_s, wait_s)


def _settings(path: Path) -> Mapping[str, Any]:
    """`[remote]` of a project's settings. Raises UsageError."""
    import tomllib

    try:
        found = tomllib.loads(path.read_text("utf-8")).get("remote", {})
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(Problem(f"{path.name} cannot be read: {error}", facts=(("file", str(path)),))) from error
    hint = '[remote] has url = "s3://bucket/folder" and read_only = true'
    if not isinstance(found, dict):
        raise UsageError(Problem(f"`remote` in {path.name} is no table", facts=(("file", str(path)),), hint=hint))
    for name, value in found.items():
        if name not in _KEYS or not isinstance(value, _KEYS[name]):
            what = f"`{name}` of [remote] in {path.name} is " + ("unknown" if name not in _KEYS else "of another type")
            raise UsageError(Problem(what, facts=(("file", str(path)),), hint=hint))
    return found


def _seconds(variable: str, default: float) -> float:
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
