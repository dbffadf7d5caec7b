"""Reading from a remote: documents of results, and blobs. Nothing is believed that was not verified.

What is damaged, longer than said, of another action or refused by who judges is counted, and is then as if it were not
there: the producer runs again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from graphbuild.contract import digest as digests
from graphbuild.contract.artifact import PRIVATE_PORTS
from graphbuild.contract.digest import Digest
from graphbuild.remote import layout
from graphbuild.remote.counts import Counts
from graphbuild.remote.crew import gather
from graphbuild.remote.documents import Belief, Document, OtherResult, from_object, longest_object
from graphbuild.remote.encoding import Unreadable, content_of, longest
from graphbuild.remote.line import READING, Line
from graphbuild.remote.trouble import Kind, TooLong, Trouble

DAMAGED_RESULT, DAMAGED_BLOB, LOST_BLOB, TOO_LONG = "damaged result", "damaged blob", "lost blob", "too long"
OTHER_RESULT = "result of another action"
PRIVATE_RESULT = "private result that nobody trusted has signed"
_TRIES = 2
"""What comes damaged is asked for once more: it may have been damaged on its way."""

Judge = Callable[[Document], Belief]
"""Whether a document is to be believed."""


class Reader:
    """What can be read of one remote."""

    def __init__(self, line: Line, counts: Counts, judge: Judge) -> None:
        self._line = line
        self._counts = counts
        self._judge = judge

    @property
    def answers(self) -> bool:
        """Whether the remote has not been given up."""
        return not self._line.gives_up(READING)

    def documents(self, keys: Iterable[Digest], private: Collection[Digest] = ()) -> dict[Digest, Document]:
        """The results of those keys that the remote has, all asked for at a time.

        `private`: those that are believed on the word of a trusted key alone.
        """
        asked = list(keys)
        if not asked or self._line.gives_up(READING):
            return {}
        self._counts.add(asked=len(asked))
        found, is_whole = gather(self._document, asked, self._line.stall_s())
        if not is_whole:
            self._is_silent()
        known: dict[Digest, Document] = {}
        for key, (document, reason) in found.items():
            why = reason or (_refused_private(document, key in private) if document is not None else None)
            if why is not None:
                self._counts.refuse(why)
            elif document is not None:
                known[key] = document
        self._counts.add(found=len(known))
        return known

    def there(self, key: Digest) -> tuple[Document | None, str | None]:
        """The result that is there for a key, to compare with, and why it is not believed: nothing is counted."""
        return self._document(key)

    def blobs(self, wanted: Mapping[Digest, int], keep: Callable[[Digest, bytes], None]) -> set[Digest]:
        """Has those blobs kept that are there and whole, by their sizes; gives them."""
        if not wanted or self._line.gives_up(READING):
            return set()

        def fetch(digest: Digest) -> bool:
            data = self._blob(digest, wanted[digest])
            if data is not None:
                keep(digest, data)
            return data is not None

        found, is_whole = gather(fetch, wanted, self._line.stall_s(max(wanted.values())))
        if not is_whole:
            self._is_silent()
        kept = {digest for digest, is_there in found.items() if is_there}
        self._counts.add(fetched=len(kept))
        return kept

    def _is_silent(self) -> None:
        seconds = self._line.timeout_s
        self._line.give_up(READING, Trouble(Kind.FAILED, f"no answer for much longer than {seconds:g} s"))

    def _document(self, key: Digest) -> tuple[Document | None, str | None]:
        """What is there, as far as it can be read, and why it may not be believed; None where it may."""
        for _ in range(_TRIES):
            try:
                data = self._line.read(layout.action_name(key), longest_object())
                if data is None:
                    return None, None
                document = from_object(data, key)
            except TooLong:
                return None, TOO_LONG
            except OtherResult:
                return None, OTHER_RESULT
            except Unreadable:
                continue
            belief = self._judge(document)
            return replace(document, word=belief.word), belief.refused
        return None, DAMAGED_RESULT

    def _blob(self, digest: Digest, size: int) -> bytes | None:
        why = DAMAGED_BLOB
        for _ in range(_TRIES):
            try:
                data = self._line.read(layout.blob_name(digest), longest(size))
                if data is None:
                    why = LOST_BLOB
                    break
                content = content_of(data, size)
            except TooLong:
                why = TOO_LONG
                break
            except Unreadable:
                continue
            if len(content) == size and digests.of_bytes(content) == digest:
                return content
        if not (why == LOST_BLOB and self._line.gives_up(READING)):
            self._counts.refuse(why)
        return None


def _refused_private(document: Document, is_private: bool) -> str | None:
    """Why it is not believed where it is of a private type: as is known here, or as it says itself."""
    if document.word is not None:
        return None
    return PRIVATE_RESULT if is_private or document.manifest.get(PRIVATE_PORTS) else None
