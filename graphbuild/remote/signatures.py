"""Signing the documents of results, and judging who signed them.

A signature is of all that a document says of its result (documents.signable: action key, digests and sizes of the
outputs, manifest), of the key that signs and of the time: nothing of it can be moved to another result. The small blobs
are not in it: each is what its digest says. docs/security.md says what that comes to.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphbuild.remote.documents import Belief, Document, Word, signable
from graphbuild.remote.keys import SIGNATURE_BYTES, PublicKey, SecretKey, check_library, decoded, public_key, verifies
from graphbuild.remote.trouble import Kind, Trouble
from graphbuild.remote.trust import Trust

UNSIGNED = "unsigned result"
GARBLED = "unreadable signature"
FOREIGN = "foreign signature"
OUTDATED = "outdated signature"
EXPIRED = "expired signature"
WRONG = "wrong signature"
_FROM_BAD_TO_WORSE = (UNSIGNED, GARBLED, FOREIGN, OUTDATED, EXPIRED, WRONG)
"""Of several signatures that do not count the last of these is the reason."""
_PURPOSE = "graphbuild result v1"
"""What a signature is for: no other thing that a key signs passes for a result."""
MOST = 8
"""Signatures that a result gathers."""
_LATEST = 1 << 40


class Signer:
    """Signs in the name of one key."""

    def __init__(self, key: SecretKey, trust: Trust) -> None:
        self._key = key
        self._trust = trust
        self._public: PublicKey | None = None

    @property
    def public(self) -> PublicKey:
        """Whose signature it is."""
        if self._public is None:
            self._public = self._key.public
        return self._public

    def check(self) -> None:
        """Raises Trouble where nobody with the settings of this project would believe what is signed."""
        check_library()
        if self._trust.is_open:
            return
        known = self._trust.named(self.public)
        if known is None:
            what = f"the signing key, whose public key is {self.public}, is none of the trusted ones in [remote.keys]"
            raise Trouble(Kind.DENIED, what)
        if not known.covers(time.time()):
            raise Trouble(Kind.DENIED, f"the signing key `{known.name}` is out of date by [remote.keys]")

    def has_signed(self, document: Document) -> bool:
        """Whether a document that was read has a good signature of this key."""
        known = _readable(document.signatures).get(self.public)
        return known is not None and _is_good(self.public, *known, document.told)

    def sign(self, document: Document) -> Document:
        """The document with one signature more, and some that others have given, those of trusted keys first."""
        at = int(time.time())
        signature = base64.b64encode(self._key.sign(message(self.public, at, signable(document)))).decode()
        others = [one for by, one in _entries(document.signatures).items() if by != self.public]
        others.sort(key=lambda one: self._trust.named(one["by"]) is None)
        mine = {"by": self.public, "at": at, "signature": signature}
        return replace(document, signatures=(*others[: MOST - 1], mine))


def message(by: PublicKey, at: int, told: bytes) -> bytes:
    """What is signed: one line of JSON, which has no other line end in it, then the text of the result."""
    return json.dumps([_PURPOSE, by, at], separators=(",", ":")).encode() + b"\n" + told


def judged(document: Document, trust: Trust, now: float) -> Belief:
    """Whether a document that was read is believed, and on whose word."""
    reasons = [UNSIGNED, *([GARBLED] if document.signatures else [])]
    for by, (at, signature) in _readable(document.signatures).items():
        known = trust.named(by)
        if known is None:
            reasons.append(FOREIGN)
        elif not _is_good(by, at, signature, document.told):
            reasons.append(WRONG)
        elif max(now, at) >= known.until:
            reasons.append(EXPIRED)
        elif at < known.since:
            reasons.append(OUTDATED)
        else:
            return Belief(None, Word(by, at))
    return Belief(max(reasons, key=_FROM_BAD_TO_WORSE.index) if trust.is_required else None)


def _is_good(by: PublicKey, at: int, signature: bytes, told: bytes) -> bool:
    return verifies(by, signature, message(by, at, told))


def _readable(entries: tuple[Mapping[str, Any], ...]) -> dict[PublicKey, tuple[int, bytes]]:
    """Time and signature by key: the first of each key, so that nobody is made to verify for ever."""
    found: dict[PublicKey, tuple[int, bytes]] = {}
    for by, one in _entries(entries).items():
        signature = decoded(one["signature"], SIGNATURE_BYTES)
        assert signature is not None
        found[by] = one["at"], signature
    return found


def _entries(entries: tuple[Mapping[str, Any], ...]) -> dict[PublicKey, dict[str, Any]]:
    """Those signatures that are written as we write them."""
    found: dict[PublicKey, dict[str, Any]] = {}
    for one in entries[: 4 * MOST]:
        by, at, signature = one.get("by"), one.get("at"), one.get("signature")
        is_time = isinstance(at, int) and not isinstance(at, bool) and 0 <= at < _LATEST
        if not isinstance(by, str) or not is_time or decoded(signature, SIGNATURE_BYTES) is None:
            continue
        try:
            found.setdefault(public_key(by), {"by": by, "at": at, "signature": signature})
        except ValueError:
            continue
    return found
