"""Which Dask cluster a build runs on: `tcp://HOST:PORT`, `tls://HOST:PORT`, `local:N`. Imports no Dask."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graphbuild.contract.settings import seconds_of
from graphbuild.errors import Problem, UsageError

WAIT_VARIABLE = "GRAPHBUILD_DASK_WAIT"
WAIT_S = 60.0
_LOCAL = "local:"
_MOST_LOCAL = 1024
_ADDRESS = re.compile(r"(?:([a-z]+)://)?(\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]]+):([0-9]{1,5})")
_PROTOCOLS = ("tcp", "tls", "ws", "wss", "ucx", "ucxx")
_HINT = "tcp://HOST:8786, tls://HOST:8786, or local:N for N processes of this machine"


@dataclass(frozen=True)
class Address:
    """A cluster that is there, or one of this machine that the build begins and ends."""

    text: str
    processes: int = 0
    """Of one of this machine."""


def address_of(text: str) -> Address:
    """Reads what `--dask` says. Raises UsageError."""
    text = text.strip()
    if text.startswith(_LOCAL):
        figures = text.removeprefix(_LOCAL)
        if not (figures.isascii() and figures.isdigit() and 1 <= int(figures) <= _MOST_LOCAL):
            raise UsageError(Problem(f"`{text}` must say how many processes, 1 to {_MOST_LOCAL}: local:4", hint=_HINT))
        return Address(text, int(figures))
    found = _ADDRESS.fullmatch(text)
    if found is None or (found[1] or "tcp") not in _PROTOCOLS or not 0 < int(found[3]) < 1 << 16:
        raise UsageError(Problem(f"`{text}` is no address of a Dask scheduler", hint=_HINT))
    return Address(text if found[1] else f"tcp://{text}")


def wait_s() -> float:
    """How long a scheduler, and a worker that can run something, are waited for. Raises UsageError."""
    return seconds_of(WAIT_VARIABLE, WAIT_S)
