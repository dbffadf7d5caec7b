"""Guard: the one door of the live page. Who does not bring the token, or comes from another page, is told so.

The token stands in the address that is printed. The page that it opens gets it as a cookie, which scripts cannot read
and which other sites' requests do not bring; programs bring it as `Authorization: Bearer`.
"""

from __future__ import annotations

import hmac
from html import escape
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphbuild.ui.desk import Desk
from graphbuild.web.guards import body_of, check_host, check_origin, json_response
from graphbuild.web.refused import Refused

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
_UNKNOWN = "this page needs the token of its address: open the whole address that `graphbuild ui` printed"
_OWN_SITES = ("same-origin", "none")
"""Of requests that a browser sends for this very page, or because somebody typed the address."""
_READING = ("GET", "HEAD")


class Guard:
    """Middleware: token, host, origin, size; and what browsers are told to keep to."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request in, or answers it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name for name, _ in message["headers"]}
                more = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message["headers"], *(one for one in more if one[0] not in known)]
            await send(message)

        request = Request(scope, receive)
        try:
            self._check(request)
            receive = await self._read(request, receive)
        except Refused as refused:
            await _refusal(request, refused)(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)

    def _check(self, request: Request) -> None:
        check_host(request, (), (), ": use the address that `graphbuild ui` printed")
        brings_address = request.url.path == "/" and request.method in _READING
        given = [request.cookies.get(self._desk.cookie, ""), _bearer(request)]
        given += request.query_params.getlist("token") if brings_address else []
        if not any([hmac.compare_digest(one.encode(), self._desk.token.encode()) for one in given]):  # noqa: C419 - all are compared
            raise Refused(HTTPStatus.FORBIDDEN, _UNKNOWN, "NotAuthorized")
        check_origin(request, ())
        if not brings_address and request.headers.get("sec-fetch-site", "none") not in _OWN_SITES:
            raise Refused(HTTPStatus.FORBIDDEN, "pages of other sites may not ask this server", "NotAuthorized")

    async def _read(self, request: Request, receive: Receive) -> Receive:
        """What gives the body, which has been read as far as it may be long."""
        if request.method in _READING:
            return receive
        body = await body_of(request, self._desk.most_body_bytes)
        is_given = False

        async def give() -> Message:
            nonlocal is_given
            if is_given:
                return await receive()
            is_given = True
            return {"type": "http.request", "body": body, "more_body": False}

        return give


def _bearer(request: Request) -> str:
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    return said.strip() if scheme.lower() == "bearer" else ""


def _refusal(request: Request, refused: Refused) -> Response:
    """People get to read it as a page."""
    if request.url.path == "/" and "text/html" in request.headers.get("accept", ""):
        words = escape(refused.message[:1].upper() + refused.message[1:])
        return HTMLResponse(
            f'<!DOCTYPE html><html lang="en"><title>graphbuild</title><h1>Not let in</h1><p>{words}.</p></html>',
            refused.status,
        )
    return json_response(refused.as_dict(), refused.status)
