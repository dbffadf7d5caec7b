"""The ASGI application: which endpoints there are, each in its frame."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphbuild.serving import conversations, models, state, webhook
from graphbuild.serving.desk import Desk, Endpoint, framed, refusal
from graphbuild.web.refused import Refused


def make_app(desk: Desk) -> Starlette:
    """The application. At its end it lets go of the model, of conversations and of trainings."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await desk.end()

    routes = [Route(one.path, framed(desk, one), methods=[one.method]) for one in endpoints_of(desk)]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=_middleware(desk.settings.origins),
        exception_handlers={HTTPException: _no_such_endpoint},
    )


def endpoints_of(desk: Desk) -> list[Endpoint]:
    """The endpoints that a server has by its settings."""
    found = [*state.ENDPOINTS]
    if desk.settings.answers_webhook:
        found += webhook.ENDPOINTS
    if desk.settings.enables_api:
        found += [*conversations.ENDPOINTS, *models.ENDPOINTS]
    return found


def _middleware(origins: Sequence[str]) -> list[Middleware]:
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["*"],
            expose_headers=["filename"],
        )
    ]


async def _no_such_endpoint(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    response = refusal(Refused(status, f"{request.method} {request.url.path}: {status.phrase.lower()}"))
    response.headers.update(error.headers or {})
    return response
