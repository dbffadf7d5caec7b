"""Moving all that is behind a package or a build: to a remote, and from there. For commands, not for builds.

What was sent under a name is found under it by others, who have neither the package nor the record of the build.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from graphbuild.contract import digest as digests
from graphbuild.contract.artifact import PRIVATE_PORTS
from graphbuild.contract.digest import Digest
from graphbuild.errors import Interrupted, Problem, StoreError
from graphbuild.remote import layout
from graphbuild.remote.encoding import Unreadable, content_of, longest, stored
from graphbuild.remote.layered import LayeredStore
from graphbuild.remote.line import READING, WRITING
from graphbuild.remote.opening import Opened
from graphbuild.remote.sending import LONGEST_QUEUE, Sender
from graphbuild.remote.trouble import TooLong
from graphbuild.store.interface import Store

NAME_LIMIT = 8 << 20
_DIGEST = re.compile(r"blake3:[0-9a-f]{64}")
_BATCH = 256

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Pushed:
    """What became of results that were to be sent."""

    results: int
    """There now, sent or known there before."""
    kept_back: int
    """Private ones that nobody signs, those whose blobs are not here, and those that nobody here would sign for: had
    from a remote on the word of nobody who is trusted."""
    failed: int


@dataclass(frozen=True)
class Pulled:
    """What became of results that were to be had."""

    results: int
    missing: int
    """Neither here nor there."""
    blobs: int
    lost: int
    """Blobs of those results that are neither here nor there."""


def push(opened: Opened, store: Store, keys: Iterable[Digest] | None, name: str | None, tell: Tell) -> Pushed:
    """Sends results with their blobs; all that are known here where no keys are given. Raises StoreError, Interrupted.

    `name`: what others find them under.
    """
    wanted = list(store.actions.outputs()) if keys is None else sorted(keys)
    known = store.actions.lookup(wanted)
    sender = opened.sender
    if sender is None:
        raise StoreError(_why_silent(opened))
    sent: list[Digest] = []
    kept_back = 0
    foreign = set(opened.farther.were_had_unsigned(wanted)) if sender.signs else set()
    for key in wanted:
        manifest = store.actions.manifest(key)
        is_here = key in known and store.blobs.present(known[key].outputs.values()) == set(known[key].outputs.values())
        is_private = manifest is not None and manifest.get(PRIVATE_PORTS) and not sender.signs
        if manifest is None or is_private or not is_here or key in foreign:
            kept_back += 1
            continue
        if sent and len(sent) % LONGEST_QUEUE == 0:
            _settle(sender, tell)
        sent.append(key)
        sender.add(key, known[key], manifest)
    _settle(sender, tell)
    if name is not None and not opened.counts.number("left"):
        opened.line.write(layout.closure_name(name), stored(json.dumps({"name": name, "keys": sent}).encode()))
    _raise_trouble(opened, WRITING)
    failed = opened.counts.number("left")
    return Pushed(len(sent) - failed, kept_back, failed)


def _settle(sender: Sender, tell: Tell) -> None:
    """Waits until all is sent. Raises Interrupted."""
    sender.settle(math.inf, tell)
    if sender.was_interrupted:
        raise Interrupted("interrupted; what was not sent is sent by doing it again")


def _why_silent(opened: Opened) -> Problem:
    if opened.trust.is_required and not opened.is_read_only:
        what = f"results for {opened.counts.address} are to be signed, and there is no signing key"
        return Problem(what, hint="--sign-with FILE, or $GRAPHBUILD_SIGNING_KEY")
    return Problem(f"{opened.counts.address} is only read", hint="--remote names one that can be written")


def keys_of(opened: Opened, name: str) -> list[Digest] | None:
    """The results that were sent under a name; None where none were. Raises StoreError."""
    try:
        data = opened.line.read(layout.closure_name(name), longest(NAME_LIMIT))
        _raise_trouble(opened, READING)
        if data is None:
            return None
        found = json.loads(content_of(data, NAME_LIMIT))
        keys = found["keys"]
        if found["name"] != name or not all(isinstance(key, str) and _DIGEST.fullmatch(key) for key in keys):
            raise Unreadable("it is another one's")
    except (TooLong, ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(Problem(f"what {opened.counts.address} has of `{name}` cannot be read")) from error
    return [Digest(key) for key in keys]


def pull(opened: Opened, store: LayeredStore, keys: Sequence[Digest], tell: Tell) -> Pulled:
    """Has results, and every blob that they name. Raises StoreError."""
    known = store.actions.lookup(list(keys))
    blobs = sorted({digest for result in known.values() for digest in result.outputs.values()})
    blobs = [digest for digest in blobs if digest != digests.of_bytes(b"")]
    for start in range(0, len(blobs), _BATCH):
        tell(start, len(blobs))
        store.blobs.bring(blobs[start : start + _BATCH])
    store.flush()
    _raise_trouble(opened, READING)
    here = store.blobs.present(blobs)
    return Pulled(len(known), len(set(keys)) - len(known), len(here), len(blobs) - len(here))


def _raise_trouble(opened: Opened, what: str) -> None:
    over = opened.line.over(what)
    if over is not None:
        facts = (("remote", str(opened.counts.address)),)
        raise StoreError(Problem(opened.counts.troubles[0] if opened.counts.troubles else over.what, facts=facts))
