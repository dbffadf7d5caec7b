"""Desk: what every answer is made with, and the frame around each: token, origin, size, time, errors as JSON."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from graphbuild.errors import GraphbuildError
from graphbuild.serving.asking import check_token
from graphbuild.serving.served import Served
from graphbuild.serving.settings import ServerSettings
from graphbuild.serving.trainings import Trainings
from graphbuild.web.guards import body_of, check_host, check_origin, json_response
from graphbuild.web.refused import Refused, of_error

_LOG = logging.getLogger(__name__)
_GONE = 499
"""What nobody sees: the client went away."""


@dataclass(frozen=True)
class Desk:
    """A server's parts."""

    settings: ServerSettings
    served: Served
    trainings: Trainings
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def go_on_with(self, work: Coroutine[Any, Any, None]) -> None:
        """Does something that no request waits for, until the end of the server."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def end(self) -> None:
        """Stops what is under way, and lets go of the model, of conversations and of trainings."""
        await self.trainings.end()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self.served.close()


@dataclass(frozen=True)
class Question:
    """A request whose body is read already."""

    desk: Desk
    request: Request
    body: bytes

    @property
    def conversation(self) -> str:
        """The conversation that the path names. Raises Refused where it names none."""
        if not (name := str(self.request.path_params["conversation_id"])):
            raise Refused(HTTPStatus.NOT_FOUND, "the path names no conversation", "Not found")
        return name

    @property
    def longest(self) -> int:
        """How many characters a message may have."""
        return self.desk.settings.most_message_characters


Handler = Callable[[Question], Awaitable[Response]]


@dataclass(frozen=True)
class Endpoint:
    """A path, and who answers there."""

    method: str
    path: str
    handler: Handler
    is_open: bool = False
    """Whether it is answered without the token."""


def framed(desk: Desk, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """The handler of an endpoint as the router calls it: it answers in any case."""
    settings = desk.settings

    async def answer(request: Request) -> Response:
        check_host(request, settings.hosts, settings.origins, " (`--allow-host` says by which names it is)")
        if not endpoint.is_open:
            check_token(request, settings.auth_token)
        if endpoint.method != "GET":
            check_origin(request, settings.origins, settings.hosts, " (`--cors` says whose may)")
        try:
            async with asyncio.timeout(settings.request_timeout_s) as arriving:
                body = await body_of(request, settings.most_body_bytes)
        except TimeoutError:
            if not arriving.expired():
                raise
            raise Refused(
                HTTPStatus.REQUEST_TIMEOUT, f"the request took over {settings.request_timeout_s:g} s to arrive"
            )
        try:
            async with asyncio.timeout(settings.response_timeout_s) as answering:
                return await endpoint.handler(Question(desk, request, body))
        except TimeoutError:
            if not answering.expired():
                raise
            what = f"the answer took longer than {settings.response_timeout_s:g} s"
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, what)

    async def answer_in_any_case(request: Request) -> Response:
        begun = time.perf_counter()
        response = await _answered(answer, request)
        # Without the query: it may hold the token.
        ms = (time.perf_counter() - begun) * 1000
        _LOG.info("%s %s -> %d in %.1f ms", request.method, quote(request.url.path), response.status_code, ms)
        return response

    return answer_in_any_case


def refusal(refused: Refused) -> Response:
    """The answer that says so."""
    return json_response(refused.as_dict(), refused.status)


async def _answered(answer: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    try:
        return await answer(request)
    except Refused as refused:
        _LOG.info("refused: %s", refused)
        return refusal(refused)
    except ClientDisconnect:
        return Response(status_code=_GONE)
    except GraphbuildError as error:
        _LOG.warning("%s", error)
        return refusal(of_error(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
        _LOG.exception("%s %s failed", request.method, quote(request.url.path))
        what = f"An unexpected error occurred. Error: {type(error).__name__}: {error}"
        return refusal(Refused(HTTPStatus.INTERNAL_SERVER_ERROR, what))
