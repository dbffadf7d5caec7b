"""Memory: earlier results of a component row by row, so that only rows that are new are computed.

For components that are pure and expensive for each row of one input (a message), and make of each row the same
whatever stands beside it. The component says what a row's result depends on, as a key; whoever runs it keeps the
results. What is computed with a memory must equal, byte for byte, what is computed without. Knows no store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Earlier:
    """An earlier result of the same configuration, code and other inputs."""

    keys: Sequence[bytes]
    """Of its rows, in order."""
    lengths: Sequence[int]
    """How many elements each row has, for results that are rows of elements."""
    output: Callable[[], Any | None]
    """Reads what `apply` returned; None when it is lost."""


class Memory(Protocol):
    """Earlier results, and where to keep the keys of this one."""

    def earlier(self) -> Sequence[Earlier]:
        """Results to look rows up in, the latest first."""

    def remember(self, keys: Sequence[bytes], lengths: Sequence[int], computed: int) -> None:
        """Says what the rows of the result are, in order, and how many had to be computed."""


class Forgetful:
    """Remembers nothing: every row is computed."""

    def earlier(self) -> Sequence[Earlier]:
        return ()

    def remember(self, keys: Sequence[bytes], lengths: Sequence[int], computed: int) -> None:
        """Kept nowhere."""
