"""What a build had from a remote and gave to it: counted by whoever does it, from several threads."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from graphbuild.remote.address import Address

_NUMBERS = (
    *("asked", "found", "fetched", "bytes_received"),
    *("sent", "bytes_sent", "left", "diverged"),
)


class Counts:
    """Numbers, what was refused by reason, and what went wrong: each told once."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._guard = threading.Lock()
        self._numbers = Counter[str]()
        self._refused = Counter[str]()
        self._troubles: dict[str, str] = {}

    def add(self, **numbers: int) -> None:
        """Counts."""
        with self._guard:
            self._numbers.update(numbers)

    def refuse(self, why: str) -> None:
        """Counts something that was not believed."""
        with self._guard:
            self._refused[why] += 1

    def trouble(self, about: str, told: str) -> None:
        """Something that goes wrong, told once however often it does."""
        with self._guard:
            self._troubles.setdefault(about, told)

    @property
    def troubles(self) -> tuple[str, ...]:
        """What went wrong."""
        with self._guard:
            return tuple(self._troubles.values())

    @property
    def refused(self) -> int:
        """How much was not believed."""
        with self._guard:
            return sum(self._refused.values())

    def number(self, name: str) -> int:
        """One of the numbers."""
        with self._guard:
            return self._numbers[name]

    def document(self) -> dict[str, Any] | None:
        """All of it as plain data; None where nothing was asked, given, or went wrong."""
        with self._guard:
            if not any(self._numbers.values()) and not self._refused and not self._troubles:
                return None
            numbers = {name: self._numbers[name] for name in _NUMBERS}
            told = {"refused": dict(sorted(self._refused.items())), "troubles": list(self._troubles.values())}
            return {"url": str(self.address), **numbers, **told}
