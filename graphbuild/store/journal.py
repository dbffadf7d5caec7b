"""The journal: writes gathered and made durable in groups, behind the build.

A thousand small blobs flushed one by one cost more than making them. So writers leave blobs, rows and locks here and
go on; a thread takes what has come, writes and flushes all blobs, then commits the rows that name them, then lets go
of the locks. Whatever the moment a process dies at, no record names a blob that is not whole on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from graphbuild.contract.digest import Digest
from graphbuild.errors import StoreError
from graphbuild.store.database import Statement

LINGER_S = 0.02
"""How long the thread lets more writes come before it takes a group."""
LIMIT_BYTES = 64 << 20
"""Above this much waiting, writers wait too."""


@dataclass
class Group:
    """Writes that become durable together, in this order: blobs, rows, and then the calls."""

    blobs: dict[Digest, bytes] = field(default_factory=dict)
    rows: list[Statement] = field(default_factory=list)
    hints: list[Statement] = field(default_factory=list)
    """Rows that only save time: where nothing else is written, failing to write these is no error."""
    then: list[Callable[[], None]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.blobs or self.rows or self.hints or self.then)


class Journal:
    """Gathers writes; `write_group` makes one group durable."""

    def __init__(self, write_group: Callable[[Group], None]) -> None:
        self._write_group = write_group
        self._condition = threading.Condition()
        self._waiting = Group()
        self._writing = Group()
        self._bytes = 0
        self._hurry = False
        self._closed = False
        self._thread: threading.Thread | None = None
        self._error: StoreError | None = None

    @property
    def pending_blobs(self) -> tuple[Mapping[Digest, bytes], Mapping[Digest, bytes]]:
        """Blobs that are not on disk yet: those that wait, and those being written."""
        return self._waiting.blobs, self._writing.blobs

    def add_blob(self, digest: Digest, data: bytes) -> None:
        """Leaves a blob. Raises StoreError when an earlier group could not be written."""
        with self._condition:
            self._raise_error()
            while self._bytes > LIMIT_BYTES and self._error is None:
                self._hurry = True
                self._condition.notify_all()
                self._condition.wait()
            self._raise_error()
            if digest not in self._waiting.blobs and digest not in self._writing.blobs:
                self._waiting.blobs[digest] = data
                self._bytes += len(data)
                self._wake()

    def add_rows(self, *rows: Statement) -> None:
        """Leaves rows; they are committed after every blob left before them."""
        with self._condition:
            self._raise_error()
            self._waiting.rows.extend(rows)
            self._wake()

    def add_hints(self, *rows: Statement) -> None:
        """Leaves rows that only save time; they are committed before the others. Never raises."""
        with self._condition:
            if self._error is None:
                self._waiting.hints.extend(rows)
                self._wake()

    def afterwards(self, call: Callable[[], None]) -> None:
        """Calls when everything left so far is durable; at once when it is."""
        with self._condition:
            if not (self._waiting.is_empty and self._writing.is_empty) and self._error is None:
                self._waiting.then.append(call)
                self._wake()
                return
        call()

    def flush(self) -> None:
        """Returns when everything left so far is durable. Raises StoreError when it could not be made so."""
        with self._condition:
            while not (self._waiting.is_empty and self._writing.is_empty) and self._error is None:
                self._hurry = True
                self._condition.notify_all()
                self._condition.wait()
            self._raise_error()

    def close(self) -> None:
        """Flushes, and ends the thread."""
        try:
            self.flush()
        finally:
            with self._condition:
                self._closed = True
                self._condition.notify_all()
            if self._thread is not None:
                self._thread.join()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="graphbuild-journal", daemon=True)
            self._thread.start()
        self._condition.notify_all()

    def _run(self) -> None:
        while self._take():
            try:
                self._write_group(self._writing)
            except StoreError as error:
                self._give_up(error)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for this thread for ever
                self._give_up(StoreError(f"the store cannot be written: {error}"))
                return
            with self._condition:
                self._bytes -= sum(len(data) for data in self._writing.blobs.values())
                done, self._writing = self._writing, Group()
                self._condition.notify_all()
            for call in done.then:
                call()

    def _take(self) -> bool:
        with self._condition:
            while self._waiting.is_empty and not self._closed:
                self._condition.wait()
            if self._waiting.is_empty:
                return False
            if not self._hurry and not self._closed:
                self._condition.wait_for(lambda: self._hurry or self._closed, LINGER_S)
            self._writing, self._waiting = self._waiting, Group()
            self._hurry = False
            return True

    def _give_up(self, error: StoreError) -> None:
        with self._condition:
            self._error = error
            calls = [*self._writing.then, *self._waiting.then]
            self._writing, self._waiting = Group(), Group()
            self._condition.notify_all()
        for call in calls:
            call()
