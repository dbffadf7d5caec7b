"""Guards: who may ask, and how long what they say may be; a body read as JSON. Raises Refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from graphbuild.web.refused import Refused, bad_request

_HEARD_OUT = 8
"""How many times the allowed length of a body is read before the connection is cut."""


def json_response(value: Any, status: int = HTTPStatus.OK) -> Response:
    """A value as JSON; what JSON has no word for is written as a text."""
    return Response(msgspec.json.encode(value, enc_hook=str), status, media_type="application/json")


async def body_of(request: Request, most: int) -> bytes:
    """The body, which is kept only as far as it is allowed to be long.

    Of one that is longer some more is heard out, for a client that is cut off while it speaks does not hear the answer.
    One that asks before it sends gets the answer at once.
    """
    length = request.headers.get("content-length", "")
    content: list[bytes] = []
    size = 0
    asks = "expect" in request.headers
    if length.isdigit() and int(length) > (most if asks else most * _HEARD_OUT):
        raise _too_large(most)
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            content = []
            if size > most * _HEARD_OUT:
                break
        else:
            content.append(chunk)
    if size > most:
        raise _too_large(most)
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


def check_host(request: Request, hosts: Sequence[str] | None, origins: Sequence[str], mend: str = "") -> None:
    """Whether the server was reached by a name of its own: who owns another one can lead it here, and read answers.

    A browser always says the name. One whose pages may ask counts, too. `mend`: what the refusal says of the remedy.
    """
    host = request.headers.get("host", "")
    if not host or hosts is None or "*" in (*hosts, *origins):
        return
    known = {_name_of(one.partition("://")[2] or one) for one in (*hosts, *origins)}
    if not _is_own_name(host) and _name_of(host) not in known:
        what = f"this server is not reached as {host}{mend}"
        raise Refused(HTTPStatus.FORBIDDEN, what, "NotAuthorized")


def check_origin(request: Request, origins: Sequence[str], hosts: Sequence[str] | None = (), mend: str = "") -> None:
    """Whether it comes from a page that may ask: a browser sends requests for anybody's page, and says whose.

    A page of this server may, where it was reached by an address, as localhost or by one of `hosts`: any other name may
    be led here by who owns it, with its own page in the browser. `mend`: as above.
    """
    origin = request.headers.get("origin")
    if origin is None or "*" in origins or origin in origins:
        return
    host = request.headers.get("host", "")
    is_own = _is_own_name(host) or _name_of(host) in map(_name_of, hosts or ())
    if origin.partition("://")[2] != host or not is_own:
        what = f"pages of {origin} may not ask this server{mend}"
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


def _too_large(most: int) -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the request body is longer than {most:,} bytes")
