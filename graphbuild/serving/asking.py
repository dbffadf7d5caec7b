"""Asking: what a request says, read and checked: its JSON, its parameters, its token. Raises Refused."""

from __future__ import annotations

import hmac
import ipaddress
import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from graphbuild.assistant.runtime.event_json import events_of
from graphbuild.assistant.runtime.events import Event, UserUttered
from graphbuild.assistant.runtime.tracker import Verbosity
from graphbuild.errors import DataError
from graphbuild.serving.refused import Refused, bad_request

_YES, _NO = ("true", "1", "yes", "y", "on", "t"), ("false", "0", "no", "n", "off", "f")


def json_response(value: Any, status: int = HTTPStatus.OK) -> Response:
    """A value as JSON; what JSON has no word for is written as a text."""
    return Response(msgspec.json.encode(value, enc_hook=str), status, media_type="application/json")


async def body_of(request: Request, most: int) -> bytes:
    """The body, which is read only as far as it is allowed to be long."""
    length = request.headers.get("content-length", "")
    content, size = [], 0
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        content.append(chunk)
    return b"".join(content)


def document_of(body: bytes) -> Any:
    """The JSON of a body; None where there is no body."""
    if not body.strip():
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise bad_request(f"the request body is no JSON: {error}")


def mapping_of(body: bytes, needs: str) -> dict[str, Any]:
    """The JSON object of a body. `needs` says what it is there for."""
    found = document_of(body)
    if not isinstance(found, dict) or not found:
        raise bad_request(needs)
    return found


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


def check_host(request: Request, hosts: Sequence[str] | None, origins: Sequence[str]) -> None:
    """Whether the server was reached by a name of its own: who owns another one can lead it here, and read answers.

    A browser always says the name. One whose pages may ask counts, too.
    """
    host = request.headers.get("host", "")
    if not host or hosts is None or "*" in (*hosts, *origins):
        return
    known = {_name_of(one.partition("://")[2] or one) for one in (*hosts, *origins)}
    if not _is_own_name(host) and _name_of(host) not in known:
        what = f"this server is not reached as {host} (`--allow-host` says by which names it is)"
        raise Refused(HTTPStatus.FORBIDDEN, what, "NotAuthorized")


def check_origin(request: Request, origins: Sequence[str], hosts: Sequence[str] | None = ()) -> None:
    """Whether it comes from a page that may ask: a browser sends requests for anybody's page, and says whose.

    A page of this server may, where it was reached by an address, as localhost or by one of `hosts`: any other name may
    be led here by who owns it, with its own page in the browser.
    """
    origin = request.headers.get("origin")
    if origin is None or "*" in origins or origin in origins:
        return
    host = request.headers.get("host", "")
    is_own = _is_own_name(host) or _name_of(host) in map(_name_of, hosts or ())
    if origin.partition("://")[2] != host or not is_own:
        what = f"pages of {origin} may not ask this server (`--cors` says whose may)"
        raise Refused(HTTPStatus.FORBIDDEN, what, "NotAuthorized")


def _is_own_name(host: str) -> bool:
    """Whether nobody else could let this name stand for the server: an address, or localhost."""
    name = _name_of(host)
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _name_of(host: str) -> str:
    """Without the port."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.lower().removesuffix(".")


def _check_length(text: str, most: int) -> None:
    if len(text) > most:
        what = f"the message is {len(text):,} characters long, and may be {most:,} (`run --max-message-length`)"
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, what)


def _too_large(most: int) -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the request body is longer than {most:,} bytes")
