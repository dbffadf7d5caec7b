"""What goes wrong with a remote, in words, and which of it is worth trying again. Nothing of it fails a build."""

from __future__ import annotations

import enum
import errno

from graphbuild.remote.address import Address

_DENIED = frozenset({401, 403, 405, 407})
_FULL = frozenset({413, 507})
_LONGEST = 300


class Kind(enum.StrEnum):
    """What is the matter."""

    FAILED = "failed"
    """It may work the next time."""
    DENIED = "denied"
    FULL = "full"
    SETUP = "setup"
    """Nothing that time mends: a driver is missing, the URL is wrong, the format is a newer one."""


class Trouble(Exception):
    """Something that a remote did not do."""

    def __init__(self, kind: Kind, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what
        self.hint = hint


class TooLong(Exception):
    """There is more than anybody said there would be."""


def trouble_of(error: BaseException, address: Address) -> Trouble:
    """The trouble that a driver's exception is."""
    if isinstance(error, Trouble):
        return error
    said = address.scrubbed(" ".join(str(error).split()))[:_LONGEST]
    return Trouble(_kind(error), f"{type(error).__name__}: {said}" if said else type(error).__name__)


def _kind(error: BaseException) -> Kind:
    status = _status(error)
    number = getattr(error, "errno", None)
    if isinstance(error, PermissionError) or status in _DENIED or number in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Kind.DENIED
    if status in _FULL or number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Kind.FULL
    return Kind.SETUP if isinstance(error, ImportError) else Kind.FAILED


def _status(error: BaseException) -> int | None:
    """The HTTP status of a driver's exception, or of what it was raised from."""
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        seen.append(one)
        for found in (getattr(one, "status", None), getattr(one, "status_code", None)):
            if isinstance(found, int):
                return found
        answer = getattr(one, "response", None)
        code = answer.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(answer, dict) else None
        code = getattr(answer, "status_code", code)
        if isinstance(code, int):
            return code
        if type(one).__name__ == "InsufficientStorage":  # webdav4's, which says no number
            return 507
        if type(one).__name__ == "ForbiddenOperation":
            return 403
        one = one.__cause__ or one.__context__
    return None
