"""Worker: the interface of what runs tasks. The scheduler knows no more of it than this."""

from __future__ import annotations

from typing import Protocol

from graphbuild.execution.task import Completion, Task


class Worker(Protocol):
    """Runs tasks, several at a time if it can. Knows nothing of the graph."""

    def has_room(self) -> bool:
        """Whether another task would begin at once."""

    def submit(self, task: Task) -> None:
        """Begins a task."""

    def collect(self, timeout_s: float | None = None) -> list[Completion]:
        """Completions since the last call; waits for at least one, or for the time given. May be empty then."""

    def close(self, *, cancel: bool = False) -> None:
        """Lets go of what it holds; with `cancel`, without waiting for tasks that run."""
