"""Refused: a request that is answered with an error, in the shape of Rasa's: status, reason, message, code."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from graphbuild.errors import ExitCode, GraphbuildError
from graphbuild.report.as_json import problems_document
from graphbuild.version import version

_REASONS = {
    HTTPStatus.UNAUTHORIZED: "NotAuthenticated",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "PayloadTooLarge",
    HTTPStatus.INTERNAL_SERVER_ERROR: "UnexpectedError",
}


class Refused(Exception):
    """A request cannot be answered as it is asked."""

    def __init__(
        self, status: HTTPStatus, message: str, reason: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason or _REASONS.get(status) or status.phrase.title().replace(" ", "")
        self.details = dict(details or {})

    def as_dict(self) -> dict[str, Any]:
        """What the client gets to read."""
        return {
            "version": version(),
            "status": "failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "help": None,
            "code": int(self.status),
        }


def bad_request(message: str, parameter: str | None = None, where: str = "body") -> Refused:
    """The client's mistake."""
    details = {"parameter": parameter, "in": where} if parameter is not None else None
    return Refused(HTTPStatus.BAD_REQUEST, message, details=details)


def of_error(error: GraphbuildError, reason: str | None = None) -> Refused:
    """What a client is told of an error of ours: mistakes in what was given are the client's."""
    status = HTTPStatus.BAD_REQUEST if error.exit_code == ExitCode.USAGE else HTTPStatus.INTERNAL_SERVER_ERROR
    return Refused(status, str(error), reason, {"problems": problems_document(error.problems)})
