"""The recipe in the page: its text, what is wrong with it, what it would build, what may stand where; saving it.

All of it is worked out in threads, from the text that a request brings. Lines and columns count characters, from 1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from graphbuild.editing.editor import Checked, RecipeEditor
from graphbuild.editing.files import Conflict, ListedFile, OpenedFile
from graphbuild.editing.offers import Offer
from graphbuild.editing.previewing import Preview, Summary
from graphbuild.errors import Problem
from graphbuild.report.as_json import problems_document
from graphbuild.ui.desk import Desk
from graphbuild.web.guards import json_response, mapping_of
from graphbuild.web.refused import Refused, bad_request

Plain = dict[str, Any]
_Made = TypeVar("_Made")
_VENDORED = Path(__file__).parent / "page" / "vendor" / "codemirror.js"
_NEEDS = "the request body must be a JSON object with `text`"


def recipe_routes(desk: Desk) -> list[Route]:
    """`/api/recipe` and what is asked below it, and the editor's script."""
    editor = RecipeEditor(desk.request)

    async def read(request: Request) -> Response:
        path = request.query_params.get("path")
        return json_response(await asyncio.to_thread(lambda: _document(editor, editor.read(path))))

    async def save(request: Request) -> Response:
        asked = mapping_of(await request.body(), _NEEDS)
        text, path, digest = _text(asked), _path(asked), _word(asked, "digest")
        try:
            saved = await asyncio.to_thread(editor.save, text, digest, path)
        except Conflict as conflict:
            raise _conflict(conflict) from None
        return json_response(_opened(saved))

    async def compare(request: Request) -> Response:
        text, path = await _asked(request)
        there, difference = await asyncio.to_thread(editor.compare, text, path)
        return json_response({**_opened(there), "difference": difference})

    async def check(request: Request) -> Response:
        text, path = await _asked(request)
        return json_response(_checked(await asyncio.to_thread(editor.check, text, path)))

    async def preview(request: Request) -> Response:
        text, path = await _asked(request)
        return json_response(_preview(await asyncio.to_thread(editor.preview, text, path)))

    async def complete(request: Request) -> Response:
        found = await _at_place(request, editor.complete)
        return json_response({"start": found.start, "end": found.end, "offers": [_offer(one) for one in found.offers]})

    async def hover(request: Request) -> Response:
        told = await _at_place(request, editor.hover)
        return json_response(
            {"told": None if told is None else {"start": told.start, "end": told.end, **_offer(told.offer)}}
        )

    def script(_: Request) -> Response:
        return FileResponse(_VENDORED, media_type="text/javascript")

    return [
        Route("/api/recipe", read, methods=["GET"]),
        Route("/api/recipe", save, methods=["PUT"]),
        Route("/api/recipe/compare", compare, methods=["POST"]),
        Route("/api/recipe/check", check, methods=["POST"]),
        Route("/api/recipe/preview", preview, methods=["POST"]),
        Route("/api/recipe/complete", complete, methods=["POST"]),
        Route("/api/recipe/hover", hover, methods=["POST"]),
        Route("/codemirror.js", script),
    ]


async def _asked(request: Request) -> tuple[str, str | None]:
    asked = mapping_of(await request.body(), _NEEDS)
    return _text(asked), _path(asked)


async def _at_place(request: Request, ask: Callable[[str, int, int, str | None], _Made]) -> _Made:
    asked = mapping_of(await request.body(), _NEEDS)
    line, column = _number(asked, "line"), _number(asked, "column")
    return await asyncio.to_thread(ask, _text(asked), line, column, _path(asked))


def _document(editor: RecipeEditor, opened: OpenedFile) -> Plain:
    return {**_opened(opened), "files": [_listed(one) for one in editor.files()]}


def _opened(opened: OpenedFile) -> Plain:
    return {**_listed(opened.listed), "text": opened.text, "digest": opened.digest}


def _listed(listed: ListedFile) -> Plain:
    return {"path": listed.label, "writable": listed.is_writable, "refused": listed.refused}


def _problems(problems: Sequence[Problem]) -> list[Plain]:
    documents = problems_document(problems)
    return [{**one, "level": problem.level.value} for one, problem in zip(documents, problems, strict=True)]


def _checked(checked: Checked) -> Plain:
    return {"problems": _problems(checked.problems), "buildable": checked.is_buildable}


def _preview(preview: Preview) -> Plain:
    return {
        "problems": _problems(preview.problems),
        "notices": _problems(preview.notices),
        "summary": None if preview.summary is None else _summary(preview.summary),
        "compared": preview.is_compared,
        "document": preview.document,
    }


def _summary(summary: Summary) -> Plain:
    return {
        "nodes": summary.nodes,
        "run": summary.n_runs,
        "pending": summary.n_pending,
        "runs": summary.runs,
        "waits": summary.pending,
        "expected_s": summary.expected_s,
        "added": summary.added,
        "removed": summary.removed,
        "changed": summary.changed,
        "packaged": summary.packaged,
    }


def _offer(offer: Offer) -> Plain:
    return {
        "label": offer.label,
        "kind": offer.kind.value,
        "detail": offer.detail,
        "info": offer.info,
        "insert": offer.text,
        "first": offer.is_first,
    }


def _conflict(conflict: Conflict) -> Refused:
    opened = conflict.opened
    details = {
        "problems": _problems(conflict.problems),
        "difference": conflict.difference,
        "text": opened.text if opened is not None else None,
        "digest": opened.digest if opened is not None else None,
    }
    return Refused(HTTPStatus.CONFLICT, conflict.problems[0].what, "Conflict", details)


def _text(asked: Plain) -> str:
    return _word(asked, "text")


def _path(asked: Plain) -> str | None:
    return None if asked.get("path") is None else _word(asked, "path")


def _word(asked: Plain, name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str):
        raise bad_request(f"`{name}` must be a text", name)
    return value


def _number(asked: Plain, name: str) -> int:
    value = asked.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise bad_request(f"`{name}` must be a whole number from 1", name)
    return value
