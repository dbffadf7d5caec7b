"""What the page shows: the document of the plan."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphbuild.looking import planned
from graphbuild.report.page.document import page_document
from graphbuild.ui.desk import Desk
from graphbuild.web.guards import json_response


def looking_routes(desk: Desk) -> list[Route]:
    """GET /api/document: what is to be shown now."""

    async def document(_: Request) -> Response:
        sight = await asyncio.to_thread(planned, desk.request)
        return json_response(page_document(sight.graph, sight.facts, sight.components))

    return [Route("/api/document", document)]
