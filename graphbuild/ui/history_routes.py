"""Builds that are over: the list of them, one with its graph, two compared."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphbuild.history.record import BuildHead
from graphbuild.inspecting import all_builds, build_named, builds, difference, other_builds
from graphbuild.looking import built, compared
from graphbuild.report.builds import asked_text, build_document, counts_text, head_document, result_text
from graphbuild.report.difference import difference_document
from graphbuild.report.page.document import page_document
from graphbuild.ui.desk import Desk
from graphbuild.ui.following import shown_path
from graphbuild.ui.scene import Plain
from graphbuild.web.guards import json_response


def history_routes(desk: Desk) -> list[Route]:
    """/api/builds, and /api/builds/ID with /page and /difference."""
    request = desk.request

    async def listed(asked: Request) -> Response:
        find = all_builds if asked.query_params.get("all") else builds
        found, others = await asyncio.to_thread(lambda: (find(request), other_builds(request)))
        rows = [told_head(one, desk) for one in found.heads]
        return json_response({"builds": rows, "damaged": list(found.damaged), "others": others})

    async def one(asked: Request) -> Response:
        record = await asyncio.to_thread(build_named, request, asked.path_params["build"])
        return json_response({**build_document(record), **told_head(record, desk)})

    async def page(asked: Request) -> Response:
        against = asked.query_params.get("against")
        return json_response(await asyncio.to_thread(_page, desk, asked.path_params["build"], against))

    async def differs(asked: Request) -> Response:
        name, against = asked.path_params["build"], asked.query_params.get("against")
        pair = (against, name) if against else (name, None)
        found = await asyncio.to_thread(difference, request, *pair)
        return json_response(difference_document(found))

    return [
        Route("/api/builds", listed),
        Route("/api/builds/{build}", one),
        Route("/api/builds/{build}/page", page),
        Route("/api/builds/{build}/difference", differs),
    ]


def told_head(head: BuildHead, desk: Desk) -> Plain:
    """A build without its nodes, as a list shows it."""
    package = shown_path(Path(head.package), desk.request.project) if head.package is not None else None
    words = {"result": result_text(head), "asked": asked_text(head, desk.request.recipe), "counted": counts_text(head)}
    return {**head_document(head), **words, "package": package}


def _page(desk: Desk, name: str, against: str | None) -> Plain:
    sight = built(desk.request, name)
    if against is None:
        return page_document(sight.graph, sight.facts, sight.components)
    other = built(desk.request, against)
    comparison = compared(sight, other, f"build {other.facts.name}")
    return page_document(comparison.graph, sight.facts, sight.components, comparison)
