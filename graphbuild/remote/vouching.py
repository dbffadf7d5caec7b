"""Who vouches for a message: which of the keys that a project trusts has signed it, and whether that counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.remote.keys import PublicKey, public_key, verifies
from graphbuild.remote.signatures import EXPIRED, FOREIGN, OUTDATED, UNSIGNED, WRONG
from graphbuild.remote.trust import Trust, TrustedKey


@dataclass(frozen=True)
class Voucher:
    """A trusted key that signed; or why none counts."""

    key: TrustedKey | None
    reason: str | None = None
    by: str | None = None
    """Whose signature it is that does not count, as far as that is known."""


def vouched(
    message: bytes, signatures: Sequence[tuple[str, bytes]], trust: Trust, now: float, moment: float | None
) -> Voucher:
    """The first trusted key that signed a message, in its time. Each signature comes with the name of its key.

    `moment`: it was signed after that. A signature has no time of its own: of a key that counts from a day on, only
    what was made from then on was surely signed then.
    """
    worst = Voucher(None, UNSIGNED)
    for named, signature in signatures:
        known = next((one for one in trust.keys if verifies(one.public, signature, message)), None)
        if known is None:
            claimed = _named(named, trust)
            found = Voucher(None, WRONG, claimed.name) if claimed is not None else Voucher(None, FOREIGN, named or None)
        elif now >= known.until:
            found = Voucher(None, EXPIRED, known.name)
        elif (moment if moment is not None else float("-inf")) < known.since:
            found = Voucher(None, OUTDATED, known.name)
        else:
            return Voucher(known)
        if _ORDER.index(found.reason) > _ORDER.index(worst.reason):
            worst = found
    return worst


_ORDER: tuple[str | None, ...] = (UNSIGNED, FOREIGN, OUTDATED, EXPIRED, WRONG)
"""Of several signatures that do not count the last of these is the reason."""


def _named(text: str, trust: Trust) -> TrustedKey | None:
    try:
        public: PublicKey = public_key(text)
    except ValueError:
        return None
    return trust.named(public)
