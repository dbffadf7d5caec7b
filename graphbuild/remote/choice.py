"""Which remote a build has: an option, the environment, or the project's settings; and how it is used.

On the path of a build with nothing to do where there is a remote: imports no driver.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphbuild.contract.settings import seconds_of, table_of
from graphbuild.errors import Problem, UsageError
from graphbuild.remote.address import Address, address_of
from graphbuild.remote.keys import SecretKey, secret_key
from graphbuild.remote.trust import Trust, trust_of

READ_ONLY_VARIABLE = "GRAPHBUILD_REMOTE_READ_ONLY"
SIGNING_KEY_VARIABLE = "GRAPHBUILD_SIGNING_KEY"
TIMEOUT_VARIABLE = "GRAPHBUILD_REMOTE_TIMEOUT"
WAIT_VARIABLE = "GRAPHBUILD_REMOTE_WAIT"
TIMEOUT_S = 10.0
WAIT_S = 300.0
_KEYS = {"url": str, "read_only": bool, "signed": bool, "keys": dict}
_HINT = '[remote] has url = "s3://bucket/folder", read_only, signed, and a table of keys: docs/remote.md'


@dataclass(frozen=True)
class Choice:
    """A remote, and how it is used."""

    address: Address
    reads_only: bool
    timeout_s: float
    """How long one answer may be waited for."""
    wait_s: float
    """How long the end of a build waits for what is on its way."""
    trust: Trust = field(default_factory=Trust)
    signing_key: SecretKey | None = None
    """Signs what is sent; None where nothing is signed."""


def choose(
    url: str | None, settings: Path, *, reads_only: bool = False, signing_key: str | None = None
) -> Choice | None:
    """The remote of a URL, or of a project's settings, which say whom to trust in both cases. Raises UsageError."""
    timeout_s, wait_s = seconds_of(TIMEOUT_VARIABLE, TIMEOUT_S), seconds_of(WAIT_VARIABLE, WAIT_S)
    reads_only = reads_only or os.environ.get(READ_ONLY_VARIABLE, "") not in ("", "0")
    known = _settings(settings)
    trust = _trust(known, settings)
    if url:
        address = address_of(url, Path.cwd())
    elif known.get("url"):
        address = address_of(known["url"], settings.parent.absolute())
        reads_only = reads_only or bool(known.get("read_only"))
    else:
        return None
    named = os.environ.get(SIGNING_KEY_VARIABLE) if signing_key is None else signing_key
    key = secret_key(named, settings.parent) if named and not reads_only else None
    return Choice(address, reads_only, timeout_s, wait_s, trust, key)


def trusted_keys(settings: Path) -> Trust:
    """Whom the settings of a project trust, whether they name a remote or not. Raises UsageError."""
    return _trust(_settings(settings), settings)


def _trust(settings: Mapping[str, Any], path: Path) -> Trust:
    try:
        return trust_of(settings)
    except ValueError as error:
        raise UsageError(Problem(f"{path.name}: {error}", facts=(("file", str(path)),), hint=_HINT)) from None


def _settings(path: Path) -> Mapping[str, Any]:
    """`[remote]` of a project's settings. Raises UsageError."""
    return table_of(path, "remote", _KEYS, _HINT)
