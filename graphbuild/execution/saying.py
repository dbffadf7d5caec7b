"""What a task says while it runs: all that Python code of its process writes to sys.stdout and sys.stderr.

So also warnings, and logging records that anybody prints. It goes where it went before, too; its end is kept. What C
libraries and other processes write to the descriptors themselves is not caught.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterator
from typing import Any

LIMIT = 64 << 10
"""Characters of one task that are kept: the last."""


class Said:
    """The end of what one task said."""

    def __init__(self) -> None:
        self._parts: deque[str] = deque()
        self._length = 0
        self._dropped = 0
        self._lock = threading.Lock()

    def add(self, text: str) -> None:
        """Some more of it."""
        with self._lock:
            self._parts.append(text[-LIMIT:])
            self._dropped += max(0, len(text) - LIMIT)
            self._length += len(self._parts[-1])
            while self._length - len(self._parts[0]) >= LIMIT:
                first = self._parts.popleft()
                self._length -= len(first)
                self._dropped += len(first)

    def text(self) -> str | None:
        """All that is kept; None where nothing was said."""
        with self._lock:
            text = "".join(self._parts)
        cut = self._dropped + max(0, len(text) - LIMIT)
        return (f"... {cut:,} characters before this\n" if cut else "") + text[-LIMIT:] if text else None


class _Tee:
    """A stream that is also heard. Everything else is the stream's own."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str) -> Any:
        """Writes, and lets the task that says it be heard."""
        said = _hearing()
        if said is not None and isinstance(text, str):
            said.add(text)
        return self.stream.write(text)

    def writelines(self, lines: Any) -> None:
        """Writes them one by one."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _Handler(logging.Handler):
    """Hears records whose handlers write to streams that they have had since before."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the record, unless it comes by way of a stream that is heard."""
        said = _hearing()
        if said is not None and not any(
            isinstance(getattr(one, "stream", None), _Tee) for one in logging.root.handlers
        ):
            said.add(f"{record.levelname} {record.name}: {record.getMessage()}\n")


_OWN = threading.local()
_tasks: list[Said] = []
"""Of the tasks that run in this process just now."""
_lock = threading.Lock()
_handler = _Handler()
_tees: list[tuple[str, _Tee]] = []


def _hearing() -> Said | None:
    """What the task of this thread says; where only one runs, it is that of any thread."""
    return getattr(_OWN, "said", None) or (_tasks[0] if len(_tasks) == 1 else None)


@contextlib.contextmanager
def heard() -> Iterator[Said]:
    """What is said within, by this thread; by others, too, where no other task runs."""
    said = Said()
    # A process tells each warning once. Whoever adds a filter makes it forget which it told: so each task tells its
    # own, whatever ran before it in this process. This one is what happens at the end of all filters anyway.
    warnings.simplefilter("default", append=True)
    with _lock:
        if not _tasks:
            _listen()
        _tasks.append(said)
    _OWN.said = said
    try:
        yield said
    finally:
        _OWN.said = None
        with _lock:
            _tasks.remove(said)
            if not _tasks:
                _leave()


def _listen() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None:
            tee = _Tee(stream)
            setattr(sys, name, tee)
            _tees.append((name, tee))
    # Where the root has no handler, logging prints warnings to sys.stderr; a handler would end that.
    if logging.root.handlers:
        logging.root.addHandler(_handler)


def _leave() -> None:
    for name, tee in _tees:
        if getattr(sys, name) is tee:
            setattr(sys, name, tee.stream)
    _tees.clear()
    logging.root.removeHandler(_handler)
