"""Asking: what a request says, read and checked: its JSON, its parameters, its token. Raises Refused."""

from __future__ import annotations

import hmac
import math
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from graphbuild.assistant.runtime.event_json import events_of
from graphbuild.assistant.runtime.events import Event, UserUttered
from graphbuild.assistant.runtime.tracker import Verbosity
from graphbuild.errors import DataError
from graphbuild.web.guards import document_of
from graphbuild.web.refused import Refused, bad_request

_YES, _NO = ("true", "1", "yes", "y", "on", "t"), ("false", "0", "no", "n", "off", "f")


def text_in(said: dict[str, Any], key: str, needs: str) -> str:
    """A text that has to be there."""
    value = said.get(key)
    if not isinstance(value, str):
        raise bad_request(needs, key)
    return value


def message_in(said: dict[str, Any], key: str, needs: str, most: int) -> str:
    """What a user says, which is only so long: the model reads it whole, and others wait meanwhile."""
    text = text_in(said, key, needs)
    _check_length(text, most)
    return text


def optional_in(said: dict[str, Any], key: str, kind: type | tuple[type, ...], words: str) -> Any:
    """A value of some kind; None where it is not there."""
    value = said.get(key)
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise bad_request(f"`{key}` must be {words}", key)
    return value


def events_in(body: bytes, most: int) -> list[Event]:
    """The events of a body: a list of them, or one. What users say in them is at most so long."""
    found = document_of(body)
    try:
        events = events_of(found if isinstance(found, list) else [found])
    except DataError as error:
        raise bad_request(f"Failed to validate the events format: {error}", "")
    if not events:
        raise bad_request("Couldn't extract a proper event from the request body.", "")
    for event in events:
        if isinstance(event, UserUttered):
            _check_length(event.text or "", most)
    return events


def verbosity_of(request: Request) -> Verbosity:
    """Which events an answer holds."""
    asked = request.query_params.get("include_events", Verbosity.AFTER_RESTART.value).upper()
    if asked not in Verbosity.__members__:
        names = ", ".join(Verbosity.__members__)
        raise bad_request(
            f"Invalid parameter value for 'include_events'. Should be one of {names}", "include_events", "query"
        )
    return Verbosity[asked]


def moment_of(request: Request, name: str) -> float | None:
    """Seconds since 1970; None where they are not given."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise bad_request(f"`{name}` must be a number of seconds, not {text!r}", name, "query")
    return seconds


def number_of(request: Request, name: str, least: int) -> int | None:
    """A whole number; None where it is not given."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < least:
        raise bad_request(f"`{name}` must be a whole number from {least}, not {text!r}", name, "query")
    return int(text)


def flag_of(request: Request, name: str, *, default: bool) -> bool:
    """A yes or no."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.lower() not in (*_YES, *_NO):
        raise bad_request(f"`{name}` must be true or false, not {text!r}", name, "query")
    return text.lower() in _YES


def check_token(request: Request, token: str | None) -> None:
    """Whether the request brings the token: `?token=`, or `Authorization: Bearer`. Takes as long for any wrong one."""
    if token is None:
        return
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    given = [*request.query_params.getlist("token"), *([said.strip()] if scheme.lower() in ("bearer", "token") else [])]
    if not any([hmac.compare_digest(one.encode("utf-8", "replace"), token.encode()) for one in given]):  # noqa: C419 - all are compared
        raise Refused(HTTPStatus.UNAUTHORIZED, "User is not authenticated.")


def _check_length(text: str, most: int) -> None:
    if len(text) > most:
        what = f"the message is {len(text):,} characters long, and may be {most:,} (`run --max-message-length`)"
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, what)
