"""The line to a remote: every request goes by it. Tries again, gives up in time, and then stays silent.

Reading and writing are given up apart: what cannot be written may still be read. Once given up, nothing is asked any
more in this build, and the reason is told once. Whatever drivers raise ends here.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from graphbuild.remote import layout
from graphbuild.remote.address import Address
from graphbuild.remote.counts import Counts
from graphbuild.remote.objects import Objects, open_objects
from graphbuild.remote.trouble import Kind, TooLong, Trouble, trouble_of

READING, WRITING = "reading", "writing"
TRIES = {READING: 3, WRITING: 4}
PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
FAILURES = 3
"""So many requests in a row, each tried several times, and a remote is given up."""
SLOWEST_BYTES_S = 64 << 10
"""A remote that is slower than this is none."""

_T = TypeVar("_T")


class Line:
    """The line to one remote. Safe to use from several threads."""

    def __init__(
        self,
        address: Address,
        counts: Counts,
        timeout_s: float,
        open_: Callable[[Address, float], Objects] = open_objects,
    ) -> None:
        self.address = address
        self.timeout_s = timeout_s
        self._counts = counts
        self._open = open_
        self._objects: Objects | None = None
        self._is_marked: bool | None = None
        """Whether there is anything at the remote; None while nobody has looked."""
        self._opening = threading.RLock()
        """Held while somebody looks what is there: that may take as long as the remote likes."""
        self._is_first = False
        """Whether it is the first request of its kind: one that fails tells of all others."""
        self._guard = threading.Lock()
        self._failures = {READING: 0, WRITING: 0}
        self._over: dict[str, Trouble] = {}

    def gives_up(self, what: str) -> bool:
        """Whether nothing is read, or written, any more."""
        return what in self._over

    def over(self, what: str) -> Trouble | None:
        """Why nothing is read, or written, any more."""
        return self._over.get(what)

    def stall_s(self, size: int = 0) -> float:
        """How long nothing at all may come back while so much is on its way."""
        pauses = LONGEST_PAUSE_S
        return TRIES[READING] * self.timeout_s + pauses + size / SLOWEST_BYTES_S

    def read(self, name: str, limit: int) -> bytes | None:
        """An object, or None where there is none or nobody answers. Raises TooLong."""
        if not self.is_there():
            return None
        found = self._tried(READING, lambda objects: objects.read(name, limit))
        if found is not None:
            self._counts.add(bytes_received=len(found))
        return found

    def is_there(self) -> bool:
        """Whether there is a remote store at the address that can be read; looked for once."""
        with self._opening:
            if self._is_marked is None and READING not in self._over:
                self._is_marked = self._looked()
        return bool(self._is_marked) and READING not in self._over

    def size(self, name: str) -> int | None:
        """How long an object is; None where there is none, or nobody says."""
        return self._tried(READING, lambda objects: objects.size(name))

    def write(self, name: str, data: bytes) -> bool:
        """Writes an object; False where that does not succeed."""
        if not self._begin():
            return False

        def put(objects: Objects) -> bool:
            objects.write(name, data)
            return True

        done = self._tried(WRITING, put) or False
        if done:
            self._counts.add(bytes_sent=len(data))
        return done

    def can_write(self) -> bool:
        """Whether there is any way to write. Raises Trouble."""
        return not self._opened().is_read_only

    def close(self) -> None:
        """Lets go of connections."""
        if self._objects is not None:
            self._objects.close()

    def give_up(self, what: str, trouble: Trouble) -> None:
        """Asks nothing more, for a reason that is told once."""
        with self._guard:
            if what in self._over:
                return
            self._over[what] = trouble
            if trouble.kind is Kind.SETUP:
                self._over = {READING: trouble, WRITING: trouble}
        about = "setup" if trouble.kind is Kind.SETUP else what
        self._counts.trouble(about, self._told(what, trouble))

    def _told(self, what: str, trouble: Trouble) -> str:
        hint = f" ({trouble.hint})" if trouble.hint else ""
        if trouble.kind is Kind.SETUP:
            return f"the remote store is not used: {trouble.what}{hint}"
        if what == READING:
            return f"the remote store {self.address} cannot be read, and is not asked any more: {trouble.what}{hint}"
        word = {Kind.DENIED: "may not be written", Kind.FULL: "is full"}.get(trouble.kind, "cannot be written")
        return f"the remote store {self.address} {word}, and nothing more is sent: {trouble.what}{hint}"

    def _looked(self) -> bool:
        self._is_first = True
        try:
            found = self._tried(READING, lambda objects: objects.read(layout.MARKER, layout.MARKER_LIMIT))
        except TooLong:
            found = b""
        finally:
            self._is_first = False
        if found is None:
            return False
        self._counts.add(bytes_received=len(found))
        try:
            known = layout.format_of(found)
        except (ValueError, RecursionError):
            what = f"{self.address} holds something else than a store of graphbuild: {layout.MARKER} cannot be read"
            self.give_up(READING, Trouble(Kind.SETUP, what, "name another --remote"))
            return False
        if known > layout.FORMAT:
            what = f"{self.address} is of format {known}, and this graphbuild knows formats up to {layout.FORMAT}"
            self.give_up(READING, Trouble(Kind.SETUP, what, "use a newer graphbuild, or another --remote"))
            return False
        return True

    def _begin(self) -> bool:
        """Leaves the marker where there is none. False where nothing can be written."""
        with self._opening:
            if self._is_marked is None:
                self._is_marked = self._looked()
            if self._is_marked or WRITING in self._over:
                return WRITING not in self._over
            if READING in self._over:
                # Nobody knows what is there: nothing is written over it.
                self.give_up(WRITING, self._over[READING])
                return False

            def put(objects: Objects) -> bool:
                objects.write(layout.MARKER, layout.marker())
                return True

            self._is_first = True
            self._is_marked = self._tried(WRITING, put) or None
            self._is_first = False
            return bool(self._is_marked)

    def _opened(self) -> Objects:
        with self._opening:
            if self._objects is None:
                try:
                    self._objects = self._open(self.address, self.timeout_s)
                except Exception as error:  # noqa: BLE001 - whatever a driver raises, it cannot be used
                    known = trouble_of(error, self.address)
                    raise Trouble(Kind.SETUP, known.what, known.hint) from None
            return self._objects

    def _tried(self, what: str, call: Callable[[Objects], _T]) -> _T | None:
        """What a request gives, tried several times; None where it fails. Raises TooLong."""
        trouble: Trouble | None = None
        for attempt in range(TRIES[what]):
            if what in self._over:
                return None
            if attempt:
                pause = min(LONGEST_PAUSE_S, PAUSE_S * 4**attempt)
                time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that many do not try again at once
            try:
                made = call(self._opened())
            except TooLong:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a driver raises, it is a remote that fails
                trouble = trouble_of(error, self.address)
                if trouble.kind is not Kind.FAILED:
                    break
            else:
                with self._guard:
                    self._failures[what] = 0
                return made
        assert trouble is not None
        self._count_failure(what, trouble)
        return None

    def _count_failure(self, what: str, trouble: Trouble) -> None:
        with self._guard:
            self._failures[what] += 1
            is_over = self._is_first or trouble.kind is not Kind.FAILED or self._failures[what] >= FAILURES
        if is_over:
            self.give_up(what, trouble)
