"""Opening what is behind a local store. Nothing is asked, and no driver imported, before somebody needs something."""

from __future__ import annotations

import time
from dataclasses import dataclass

from graphbuild.remote.address import Address
from graphbuild.remote.choice import Choice
from graphbuild.remote.counts import Counts
from graphbuild.remote.documents import Belief
from graphbuild.remote.farther import Farther, disown
from graphbuild.remote.keys import check_library
from graphbuild.remote.layered import LayeredStore
from graphbuild.remote.line import Line
from graphbuild.remote.objects import Objects, open_objects
from graphbuild.remote.reading import Judge, Reader
from graphbuild.remote.sending import Sender
from graphbuild.remote.signatures import Signer, judged
from graphbuild.remote.trust import Trust
from graphbuild.store.interface import Store

_READ_ONLY = ("http", "https")


@dataclass(frozen=True)
class Opened:
    """The parts of what is behind a store."""

    counts: Counts
    line: Line
    farther: Farther
    reader: Reader
    sender: Sender | None
    """None where nothing is to be sent."""
    trust: Trust
    is_read_only: bool
    """Whether nothing could be sent, whoever signed it."""


def open_remote(local: Store, choice: Choice) -> Opened:
    """The remote of a choice. What is wrong with it is told when it is first asked.

    Raises StoreError where results are not trusted any more, and the store cannot be written.
    """
    counts = Counts(choice.address)
    trust, key = choice.trust, choice.signing_key
    line = Line(choice.address, counts, choice.timeout_s, open_objects if not trust.keys and key is None else _checked)
    reader = Reader(line, counts, _judge(trust))
    signer = Signer(key, trust) if key is not None else None
    # What nobody here would believe is not sent.
    is_useless = trust.is_required and signer is None
    is_read_only = choice.reads_only or choice.address.protocol in _READ_ONLY
    sender = None if is_useless or is_read_only else Sender(line, reader, local, counts, signer)
    disown(local, trust)
    return Opened(counts, line, Farther(local.memos, choice.address.name, trust), reader, sender, trust, is_read_only)


def _judge(trust: Trust) -> Judge:
    if trust.is_open:
        return lambda _: Belief(None)
    return lambda document: judged(document, trust, time.time())


def _checked(address: Address, timeout_s: float) -> Objects:
    """The objects of a remote whose results are signed. Raises Trouble where signatures cannot be verified."""
    check_library()
    return open_objects(address, timeout_s)


def layered(local: Store, choice: Choice) -> LayeredStore:
    """A local store with its remote behind it."""
    opened = open_remote(local, choice)
    return LayeredStore(local, opened.line, opened.farther, opened.reader, opened.sender, opened.counts, choice.wait_s)
