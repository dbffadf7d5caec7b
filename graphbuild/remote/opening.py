"""Opening what is behind a local store. Nothing is asked, and no driver imported, before somebody needs something."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.remote.choice import Choice
from graphbuild.remote.counts import Counts
from graphbuild.remote.farther import Farther
from graphbuild.remote.layered import LayeredStore
from graphbuild.remote.line import Line
from graphbuild.remote.reading import Judge, Reader, believe_all
from graphbuild.remote.sending import Sender, Sign, unsigned
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


def open_remote(local: Store, choice: Choice, judge: Judge = believe_all, sign: Sign = unsigned) -> Opened:
    """The remote of a choice. Raises nothing: what is wrong with it is told when it is first asked."""
    counts = Counts(choice.address)
    line = Line(choice.address, counts, choice.timeout_s)
    reader = Reader(line, counts, judge)
    is_silent = choice.reads_only or choice.address.protocol in _READ_ONLY
    sender = None if is_silent else Sender(line, reader, local, counts, sign)
    return Opened(counts, line, Farther(local.memos, choice.address.name), reader, sender)


def layered(local: Store, choice: Choice) -> LayeredStore:
    """A local store with its remote behind it."""
    opened = open_remote(local, choice)
    return LayeredStore(local, opened.line, opened.farther, opened.reader, opened.sender, opened.counts, choice.wait_s)
