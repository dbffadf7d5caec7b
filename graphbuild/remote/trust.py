"""Whose results are believed: the keys that a project trusts, and for which times. Nothing is verified here.

On the path of a build with nothing to do where there is a remote: imports no cryptography.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphbuild.contract import digest
from graphbuild.remote.keys import PublicKey, public_key

_DATES = {"since", "until"}


@dataclass(frozen=True)
class TrustedKey:
    """A key whose signatures count."""

    name: str
    public: PublicKey
    since: float = -math.inf
    """Signatures from before this Unix time do not count: what was signed by then is disowned."""
    until: float = math.inf
    """From this Unix time on none of its signatures count, whenever it was made."""

    def covers(self, at: float) -> bool:
        """Whether it counted when something was signed."""
        return self.since <= at < self.until


@dataclass(frozen=True)
class Trust:
    """What is believed of a remote."""

    keys: tuple[TrustedKey, ...] = ()
    is_required: bool = False
    """Whether what nobody trusted has signed is not believed."""

    @property
    def is_open(self) -> bool:
        """Whether all is believed, whoever may have signed it: there are no settings of trust."""
        return not self.keys and not self.is_required

    @property
    def publics(self) -> frozenset[PublicKey]:
        """The keys that are trusted now."""
        now = time.time()
        return frozenset(one.public for one in self.keys if now < one.until)

    @property
    def digest(self) -> str:
        """Changes with whatever makes what was once believed unbelievable; not with the clock."""
        told = [[one.public, repr(one.since), repr(one.until)] for one in self.keys]
        return digest.of_value(["trust", sorted(told), self.is_required])

    def named(self, public: PublicKey) -> TrustedKey | None:
        """The trusted key of that text."""
        return next((one for one in self.keys if one.public == public), None)


def trust_of(settings: Mapping[str, Any]) -> Trust:
    """What `[remote]` of a project's settings says of trust. Raises ValueError, in words for its reader."""
    keys = tuple(_key(name, told) for name, told in settings.get("keys", {}).items())
    if len({one.public for one in keys}) < len(keys):
        raise ValueError("[remote.keys] has one key under two names")
    is_table = "keys" in settings  # with nothing in it, it trusts nobody: the only key may have leaked
    is_required = bool(settings.get("signed", is_table))
    if is_required and not is_table:
        raise ValueError("signed = true needs the keys that are trusted: [remote.keys]")
    return Trust(keys, is_required)


def _key(name: str, told: Any) -> TrustedKey:
    said = {"key": told} if isinstance(told, str) else told
    if not isinstance(said, dict) or not isinstance(said.get("key"), str):
        raise ValueError(f"`{name}` of [remote.keys] is no key")  # noqa: TRY004 - one kind of error for all that settings say wrongly
    if unknown := sorted(said.keys() - {"key"} - _DATES):
        raise ValueError(f"`{unknown[0]}` of `{name}` in [remote.keys] is unknown")
    try:
        public = public_key(said["key"])
    except ValueError as error:
        raise ValueError(f"`{name}` of [remote.keys] is no public key: {error}") from None
    since = _moment(name, "since", said["since"], is_end=False) if "since" in said else -math.inf
    until = _moment(name, "until", said["until"], is_end=True) if "until" in said else math.inf
    return TrustedKey(name, public, since, until)


def _moment(name: str, word: str, told: Any, *, is_end: bool) -> float:
    """A Unix time; of a day its beginning or its end, where no other zone is named in UTC."""
    if isinstance(told, dt.datetime):
        return (told if told.tzinfo is not None else told.replace(tzinfo=dt.UTC)).timestamp()
    if isinstance(told, dt.date):
        begin = dt.datetime(told.year, told.month, told.day, tzinfo=dt.UTC).timestamp()
        return begin + 86400 if is_end else begin
    raise ValueError(f"`{word}` of `{name}` in [remote.keys] is no date, such as 2027-12-31 without quotes")
