"""Notices of changed files, as the system sends them (or as polling finds them), gathered by a thread.

The only place that knows watchfiles. Its variables hold: WATCHFILES_FORCE_POLLING=1 looks instead of listening, for
network drives, every WATCHFILES_POLL_DELAY_MS.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from pathlib import Path

import watchfiles

from graphbuild.contract.waiting import taken
from graphbuild.errors import GraphbuildError, Problem

_STEP_MS = 30
"""Saving a file takes an editor several calls: it is told of when nothing happened for so long."""
_MOST_MS = 500
_BEAT_MS = 100
"""How often the thread looks whether it is to end."""
_MANY = 20
_REST_S = 0.3
"""After many changes at once, as a checkout makes them, for so long nothing more must come."""

Found = set[str] | GraphbuildError | None


class Notices:
    """What changed in some folders (not below them) since it was last taken."""

    def __init__(self) -> None:
        self._found: queue.SimpleQueue[Found] = queue.SimpleQueue()
        self._pending: set[str] = set()
        self._ended = threading.Event()

    def listen(self, folders: Iterable[Path]) -> None:
        """Listens to these folders from now on, and to no others. Raises GraphbuildError where that cannot be."""
        before, self._ended = self._ended, threading.Event()
        begun: queue.SimpleQueue[Found] = queue.SimpleQueue()
        arguments = ([str(folder) for folder in folders], self._ended, begun)
        threading.Thread(target=self._listen, args=arguments, name="graphbuild-notices", daemon=True).start()
        wrong = begun.get()
        before.set()  # only now, so that nothing is missed between the two
        if isinstance(wrong, GraphbuildError):
            raise wrong

    def pending(self) -> set[str]:
        """Paths that changed and were not taken yet. Does not wait."""
        while not self._found.empty():
            self._take(self._found.get())
        return self._pending

    def take(self, timeout_s: float | None = None) -> set[str]:
        """Waits for changes, and until they are at rest; none after the time given. Ctrl-C ends it at once."""
        if not self.pending():
            news = taken(self._found, timeout_s)
            for found in news:
                self._take(found)
            if not news:
                return set()
        while len(self._pending) > _MANY:
            try:
                self._take(self._found.get(timeout=_REST_S))
            except queue.Empty:
                break
        changed, self._pending = self.pending(), set()
        return changed

    def close(self) -> None:
        """Listens no more."""
        self._ended.set()

    def _take(self, found: Found) -> None:
        if isinstance(found, GraphbuildError):
            raise found
        self._pending |= found or set()

    def _listen(self, folders: list[str], ended: threading.Event, begun: queue.SimpleQueue[Found]) -> None:
        try:
            self._tell(folders, ended, begun)
        except OSError as error:
            problem = _problem(error, len(folders))
            begun.put(problem)
            self._found.put(problem)

    def _tell(self, folders: list[str], ended: threading.Event, begun: queue.SimpleQueue[Found]) -> None:
        # What is yielded when the time is up says that it listens.
        for changes in watchfiles.watch(
            *folders,
            watch_filter=None,
            debounce=_MOST_MS,
            step=_STEP_MS,
            stop_event=ended,
            rust_timeout=_BEAT_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            recursive=False,
            ignore_permission_denied=True,
        ):
            begun.put(None)  # read once
            if changes:
                self._found.put({path for _, path in changes})


def _problem(error: OSError, count: int) -> GraphbuildError:
    hint = "a higher limit (on Linux: sysctl fs.inotify.max_user_watches), or WATCHFILES_FORCE_POLLING=1"
    told = (error.strerror or str(error)).strip()
    return GraphbuildError(Problem(f"{count} folders cannot be watched: {told}", hint=hint))
