"""Builds that the page starts and stops: POST /api/build, POST /api/stop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphbuild.session import BuildRequest
from graphbuild.ui.desk import Desk
from graphbuild.web.guards import document_of, json_response
from graphbuild.web.refused import bad_request

_MOST_JOBS = 256


def build_routes(desk: Desk) -> list[Route]:
    """/api/build, /api/stop."""

    async def begin(request: Request) -> Response:
        said = document_of(await request.body())
        number = desk.builds.begin(_asked(desk.request, {} if said is None else said))
        return json_response({"number": number})

    async def stop(_: Request) -> Response:
        desk.builds.stop()
        return json_response({"stopping": True})

    return [Route("/api/build", begin, methods=["POST"]), Route("/api/stop", stop, methods=["POST"])]


def _asked(usual: BuildRequest, said: Any) -> BuildRequest:
    """The request of a build, as the page asks for it. Raises Refused."""
    if not isinstance(said, dict):
        raise bad_request("the body must be an object: targets, force, jobs, keep_going")
    unknown = said.keys() - {"targets", "force", "jobs", "keep_going"}
    if unknown:
        raise bad_request(f"there is no `{min(unknown)}`", min(unknown))
    targets, jobs = said.get("targets", list(usual.targets)), said.get("jobs", usual.jobs)
    if not isinstance(targets, list) or not all(isinstance(one, str) and one for one in targets):
        raise bad_request("`targets` must be a list of names", "targets")
    if not isinstance(jobs, int) or isinstance(jobs, bool) or not 1 <= jobs <= _MOST_JOBS:
        raise bad_request(f"`jobs` must be a whole number from 1 to {_MOST_JOBS}", "jobs")
    flags = {name: said.get(name, False) for name in ("force", "keep_going")}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise bad_request(f"`{name}` must be true or false", name)
    return replace(usual, targets=tuple(targets), jobs=jobs, **flags)
