"""The ASGI application of the live page: which paths there are, and how errors are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphbuild.errors import GraphbuildError
from graphbuild.ui.assembled import markup, script, style
from graphbuild.ui.build_routes import build_routes
from graphbuild.ui.desk import Desk
from graphbuild.ui.guard import Guard
from graphbuild.ui.history_routes import history_routes
from graphbuild.ui.looking_routes import looking_routes
from graphbuild.ui.package_routes import package_routes
from graphbuild.ui.recipe_routes import recipe_routes
from graphbuild.web.guards import json_response
from graphbuild.web.refused import Refused, of_error


def make_app(desk: Desk) -> Starlette:
    """The application. All of its paths are behind one guard."""
    asked = (looking_routes, build_routes, history_routes, package_routes, recipe_routes)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        looking = asyncio.create_task(desk.keep_looking())
        try:
            yield
        finally:
            looking.cancel()
            await desk.end()

    return Starlette(
        routes=[*_page_routes(desk), *(route for routes in asked for route in routes(desk))],
        lifespan=lifespan,
        middleware=[Middleware(Guard, desk=desk)],
        exception_handlers={Refused: _refused, GraphbuildError: _wrong, HTTPException: _no_such_path},
    )


def _page_routes(desk: Desk) -> list[Route]:
    """The page itself."""

    def page(_: Request) -> Response:
        response = Response(markup(), media_type="text/html")
        response.set_cookie(desk.cookie, desk.token, httponly=True, samesite="strict")
        return response

    def scripts(_: Request) -> Response:
        return Response(script(), media_type="text/javascript")

    def styles(_: Request) -> Response:
        return Response(style(), media_type="text/css")

    return [Route("/", page), Route("/page.js", scripts), Route("/page.css", styles)]


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return json_response(error.as_dict(), error.status)


async def _wrong(_: Request, error: Exception) -> Response:
    assert isinstance(error, GraphbuildError)
    refused = of_error(error)
    return json_response(refused.as_dict(), refused.status)


async def _no_such_path(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    refused = Refused(status, f"{request.method} {request.url.path}: {status.phrase.lower()}")
    return json_response(
        refused.as_dict(),
        status,
    )
