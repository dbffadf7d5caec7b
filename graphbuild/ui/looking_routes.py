"""What there is to see now: the document, the news as they come, why a node runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from graphbuild.explaining import explain
from graphbuild.graph.graph import NodeId
from graphbuild.report.explanation import explanation_document, explanation_text
from graphbuild.ui.desk import Desk
from graphbuild.ui.scene import News
from graphbuild.web.guards import json_response
from graphbuild.web.refused import Refused


def looking_routes(desk: Desk) -> list[Route]:
    """/api/about, /api/document, /api/refresh, /api/news, /api/explain."""

    async def about(_: Request) -> Response:
        return json_response({"project": desk.request.project.resolve().name, "recipe": desk.request.recipe})

    async def document(_: Request) -> Response:
        if not desk.scene.dated()[1] and not desk.builds.is_running:
            await desk.plans.look()
        version, made = desk.scene.dated()
        return json_response({"version": version, "document": made or None, "state": desk.scene.state})

    async def refresh(request: Request) -> Response:
        """Looks at the files at once: somebody saved one, or wants to see the plan instead of the last build."""
        if not desk.builds.is_running:
            if "plan" in request.query_params:
                desk.plans.forget()
            await desk.plans.look()
        return json_response({"version": desk.scene.dated()[0]})

    async def news(request: Request) -> Response:
        last = request.headers.get("last-event-id")
        return StreamingResponse(_stream(desk, last), media_type="text/event-stream")

    async def explained(request: Request) -> Response:
        node, since = request.query_params.get("node"), request.query_params.get("since")
        if not node:
            raise Refused(HTTPStatus.BAD_REQUEST, "`node` names a node")
        found = await asyncio.to_thread(explain, desk.request, NodeId(node), since)
        return json_response({"nodes": [{**explanation_document(one), "text": explanation_text(one)} for one in found]})

    return [
        Route("/api/about", about),
        Route("/api/document", document),
        Route("/api/refresh", refresh, methods=["POST"]),
        Route("/api/news", news),
        Route("/api/explain", explained),
    ]


async def _stream(desk: Desk, last: str | None) -> AsyncIterator[str]:
    """Server-sent events: the state, and lists of what happened since."""
    async for one in desk.scene.follow(last):
        yield _event(one)


def _event(one: News) -> str:
    if one.state is not None:
        return f"id: {one.name}\nevent: state\ndata: {json.dumps(one.state, default=str)}\n\n"
    if one.news:
        return f"id: {one.name}\nevent: news\ndata: {json.dumps(one.news, default=str)}\n\n"
    return ": nothing new\n\n"
