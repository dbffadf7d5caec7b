"""Sending results to a remote, behind the build: a bounded queue, a few threads, blobs before what names them.

Nothing waits for it but the end of the build, and that not for ever. What was not sent is left for `store push`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.errors import StoreError
from graphbuild.remote import layout
from graphbuild.remote.counts import Counts
from graphbuild.remote.documents import SMALL_BYTES, SMALL_BYTES_IN_ALL, Document, signable, to_object
from graphbuild.remote.encoding import stored
from graphbuild.remote.line import WRITING, Line
from graphbuild.remote.reading import Reader
from graphbuild.remote.signatures import Signer
from graphbuild.remote.trouble import Kind, Trouble
from graphbuild.store.interface import ActionResult, Store

THREADS = 4
LONGEST_QUEUE = 20_000
"""Results that wait; more are left for `store push`."""


class Sender:
    """Sends results of a store. Safe to use from several threads."""

    def __init__(self, line: Line, reader: Reader, store: Store, counts: Counts, signer: Signer | None = None) -> None:
        self._line = line
        self._reader = reader
        self._store = store
        self._counts = counts
        self._signer = signer
        self._condition = threading.Condition()
        self._waiting: deque[tuple[Digest, ActionResult, Mapping[str, Any]]] = deque()
        self._threads = 0
        self._idle = 0
        self._done = 0
        self._all = 0
        self._is_over = False
        self._suspect: set[Digest] = set()
        self._heavy: dict[Digest, int] = {}
        """Blobs that are on their way just now, with their sizes."""
        self._there: set[Digest] = set()
        """Blobs that are known to be at the remote."""
        self.was_interrupted = False
        """Whether Ctrl-C ended the waiting for what is sent."""

    @property
    def signs(self) -> bool:
        """Whether what is sent is signed."""
        return self._signer is not None

    def add(self, key: Digest, result: ActionResult, manifest: Mapping[str, Any]) -> None:
        """Has a result sent, with its blobs, which are in the store. Never waits, and never raises."""
        with self._condition:
            if self._is_over or self._line.gives_up(WRITING) or len(self._waiting) >= LONGEST_QUEUE:
                self._counts.add(left=1)
                return
            self._all += 1
            self._waiting.append((key, result, manifest))
            if not self._idle and self._threads < THREADS:
                self._threads += 1
                name = f"graphbuild-sender-{self._threads}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
            self._condition.notify()

    def suspect(self, blobs: set[Digest]) -> None:
        """Blobs that are damaged or lost at the remote: they are sent again whatever is there."""
        with self._condition:
            self._suspect |= blobs

    def settle(self, limit_s: float, tell: Callable[[int, int], None]) -> None:
        """Waits until all is sent; no longer than a while, nor when nothing gets through, nor after Ctrl-C.

        What was not sent by then is left.
        """
        end = time.monotonic() + limit_s
        try:
            is_done = self._wait(end, tell)
        except KeyboardInterrupt:
            self.was_interrupted = True
            self._counts.trouble("interrupted", "sending was interrupted: `graphbuild store push` sends the rest")
            is_done = False
        if not is_done:
            self.stop()

    def stop(self) -> None:
        """Sends no more than what is on its way; the rest is left."""
        with self._condition:
            self._is_over = True
            left = self._all - self._done
            self._waiting.clear()
            self._all = self._done
            self._condition.notify_all()
        self._counts.add(left=left)

    def _wait(self, end: float, tell: Callable[[int, int], None]) -> bool:
        told = -1
        moved = time.monotonic()
        while True:
            with self._condition:
                done, wanted = self._done, self._all
                if done >= wanted or self._line.gives_up(WRITING):
                    return done >= wanted
                self._condition.wait(0.1)
                now = time.monotonic()
                moved = now if self._done > done else moved
            if done != told:
                tell(done, wanted)
                told = done
            if now > end:
                self._counts.trouble(WRITING, "sending took too long ($GRAPHBUILD_REMOTE_WAIT)")
                return False
            if now - moved > self._line.stall_s(max(self._heavy.values(), default=0)):
                self._line.give_up(WRITING, Trouble(Kind.FAILED, "nothing gets through"))
                return False

    def _work(self) -> None:
        while True:
            with self._condition:
                self._idle += 1
                while not self._waiting and not self._is_over:
                    self._condition.wait()
                self._idle -= 1
                if self._is_over:
                    return
                one = self._waiting.popleft()
            try:
                is_sent = self._send(*one)
            except StoreError:  # a blob was lost or collected meanwhile
                is_sent = False
            except Exception as error:  # noqa: BLE001 - a fault of ours; no build ends for it
                self._counts.trouble("fault", f"a result was not sent: {type(error).__name__}")
                is_sent = False
            with self._condition:
                if not self._is_over:
                    self._done += 1
                    self._counts.add(**{"sent" if is_sent else "left": 1})
                self._condition.notify_all()

    def _send(self, key: Digest, result: ActionResult, manifest: Mapping[str, Any]) -> bool:
        """Sends one result, and says whether it is there now."""
        if not self._may_send():
            return False
        there, is_enough = self._found(key, result)
        if is_enough:
            return True
        sizes: dict[Digest, int] = {}
        small: dict[Digest, bytes] = {}
        for digest in dict.fromkeys(result.outputs.values()):
            data = self._store.blobs.get(digest)
            sizes[digest] = len(data)
            if len(data) <= SMALL_BYTES and sum(map(len, small.values())) + len(data) <= SMALL_BYTES_IN_ALL:
                small[digest] = data
            elif not self._send_blob(digest, data):
                return False
        document = Document(key, dict(result.outputs), sizes, result.seconds, manifest, small)
        if self._signer is not None:
            document = self._signer.sign(_joined(document, there))
        return self._line.write(layout.action_name(key), to_object(document))

    def _may_send(self) -> bool:
        if self._signer is not None:
            try:
                self._signer.check()
            except Trouble as trouble:
                self._line.give_up(WRITING, trouble)
                return False
        return True

    def _found(self, key: Digest, result: ActionResult) -> tuple[Document | None, bool]:
        """What is at the remote for a key, and whether it is to stay as it is.

        What is not believed is replaced; what is believed and not signed in our name yet is signed, too.
        """
        with self._condition:
            is_doubted = not self._suspect.isdisjoint(result.outputs.values())
        there, why = (None, None) if is_doubted else self._reader.there(key)
        if there is None or why is not None:
            return there, False
        with self._condition:
            if not self._suspect.isdisjoint(there.outputs.values()):
                return there, False
        if dict(there.outputs) != dict(result.outputs):
            # The first result stays, here as there: the action is not deterministic.
            self._counts.add(diverged=1)
            return there, True
        return there, self._signer is None or self._signer.has_signed(there)

    def _send_blob(self, digest: Digest, data: bytes) -> bool:
        with self._condition:
            if digest in self._there:
                return True
            is_doubted = digest in self._suspect
            self._heavy[digest] = len(data)
        name, content = layout.blob_name(digest), stored(data)
        is_there = not is_doubted and self._line.size(name) == len(content)
        is_sent = is_there or self._line.write(name, content)
        with self._condition:
            self._heavy.pop(digest, None)
            if is_sent:
                self._there.add(digest)
                self._suspect.discard(digest)
        return is_sent


def _joined(document: Document, there: Document | None) -> Document:
    """Our document, as the one that is there where that says the same: so that its signatures stay."""
    if there is None:
        return document
    same = replace(document, seconds=there.seconds, signatures=there.signatures)
    return same if signable(same) == there.told else document
