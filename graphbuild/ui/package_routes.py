"""Packages: the folder of them, what is in one and where it came from, in what two differ."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphbuild.inspecting import builds
from graphbuild.package.find import ENDING
from graphbuild.package.package import Package, read_package, whole
from graphbuild.report.package_contents import difference, package_document
from graphbuild.ui.desk import Desk
from graphbuild.ui.scene import Plain
from graphbuild.web.guards import json_response
from graphbuild.web.refused import Refused


def package_routes(desk: Desk) -> list[Route]:
    """/api/packages, and /api/packages/NAME with /difference."""

    async def listed(_: Request) -> Response:
        return json_response(await asyncio.to_thread(_listed, desk))

    async def one(asked: Request) -> Response:
        return json_response(await asyncio.to_thread(_one, desk, asked.path_params["name"]))

    async def differs(asked: Request) -> Response:
        names = asked.query_params.get("against", ""), asked.path_params["name"]
        return json_response(await asyncio.to_thread(_difference, desk, *names))

    return [
        Route("/api/packages", listed),
        Route("/api/packages/{name}", one),
        Route("/api/packages/{name}/difference", differs),
    ]


def _files(desk: Desk) -> list[Path]:
    """The packages, the newest first."""
    with contextlib.suppress(OSError):
        found = [(one.stat().st_mtime_ns, one.name, one) for one in desk.models.glob(f"*{ENDING}") if one.is_file()]
        return [one for *_, one in sorted(found, reverse=True)]
    return []


def _listed(desk: Desk) -> Plain:
    makers = _makers(desk)
    rows = []
    for one in _files(desk):
        status = one.stat()
        written = datetime.fromtimestamp(status.st_mtime, UTC).astimezone().isoformat(timespec="seconds")
        rows.append({"name": one.name, "bytes": status.st_size, "written": written, **makers.get(one.resolve(), {})})
    return {"folder": str(desk.request.out or desk.models.name), "packages": rows}


def _makers(desk: Desk) -> dict[Path, Plain]:
    """By package the build that wrote it, and how many builds since came to the same."""
    found: dict[Path, Plain] = {}
    for head in builds(desk.request).heads:
        if head.package is None:
            continue
        row = found.setdefault(Path(head.package).resolve(), {"build": None, "builds": []})
        row["builds"].append(head.id)
        if head.is_new_package:
            row["build"] = head.id
    return found


def _one(desk: Desk, name: str) -> Plain:
    path, package = _read(desk, name)
    with whole(path):
        document = package_document(package, path)
    return {**document, "file": name, **_makers(desk).get(path.resolve(), {})}


def _difference(desk: Desk, old: str, new: str) -> Plain:
    (_, before), (path, after) = _read(desk, old), _read(desk, new)
    with whole(path):
        found = difference(before, after)
    return {"old": old, "new": new, "same_key": before.manifest["key"] == after.manifest["key"], "difference": found}


def _read(desk: Desk, name: str) -> tuple[Path, Package]:
    """A package of the folder, by the name of its file alone. Raises Refused, GraphbuildError."""
    for path in _files(desk):
        if path.name == name:
            return path, read_package(path)
    raise Refused(HTTPStatus.NOT_FOUND, f"there is no package {name}")
