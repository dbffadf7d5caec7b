"""Checkpoints: the whole state of a long training after a step of it, so that one that is killed goes on from there.

A component says what its state is, and begins from one; whoever runs it decides when states are kept, and where. What
is trained from a checkpoint must equal, byte for byte, what is trained without: a state has all that later steps depend
on, or the component keeps none. Knows no store and no network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESUMED = "resumed"
"""The fact by which progress tells that an action goes on from a checkpoint after so many steps."""


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training after some of its steps (epochs)."""

    done: int
    total: int
    plain: Mapping[str, Any]
    """What JSON can hold; no number in it is infinite."""
    arrays: Mapping[str, NDArray[np.generic]]


class Checkpoints(Protocol):
    """The checkpoints of one action."""

    def newest(self) -> Checkpoint | None:
        """The state to go on from; None where the action begins at the start. It may be read, not changed."""

    def goes_on(self, checkpoint: Checkpoint) -> None:
        """Says that the action goes on from there: who watches it is told."""

    def is_due(self) -> bool:
        """Whether enough time has gone by since the last was kept: most actions are over before."""

    def keep(self, make: Callable[[], Checkpoint]) -> None:
        """Keeps a state in the place of those before. `make`: copies it; it is written while the action goes on.

        Never raises for what cannot be written: then there is no checkpoint.
        """


class NoCheckpoints:
    """Keeps nothing: every action begins at the start."""

    def newest(self) -> Checkpoint | None:
        return None

    def goes_on(self, checkpoint: Checkpoint) -> None:
        """Nobody is told."""

    def is_due(self) -> bool:
        return False

    def keep(self, make: Callable[[], Checkpoint]) -> None:
        """Kept nowhere."""
