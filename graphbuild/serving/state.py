"""/, /version, /health, /status: how the server is."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import PlainTextResponse, Response

from graphbuild.serving.desk import Endpoint, Question
from graphbuild.version import version
from graphbuild.web.guards import json_response
from graphbuild.web.refused import Refused


async def hello(_: Question) -> Response:
    """That somebody is there."""
    return PlainTextResponse(f"Hello from graphbuild: {version()}")


async def versions(_: Question) -> Response:
    """Which version."""
    return json_response({"version": version(), "minimum_compatible_version": version()})


async def health(question: Question) -> Response:
    """Alive, and whether a model is loaded."""
    return json_response({"status": "ok", "model_loaded": question.desk.served.agent is not None})


async def status(question: Question) -> Response:
    """The model, and how many trainings run or wait."""
    agent, active = question.desk.served.agent, question.desk.trainings.active
    if agent is None or agent.path is None:
        details = {"num_active_training_jobs": active}
        raise Refused(HTTPStatus.CONFLICT, "No agent loaded.", details=details)
    name = agent.path.name
    return json_response(
        {"model_file": name, "model_id": name.removesuffix(".tar.gz"), "num_active_training_jobs": active}
    )


ENDPOINTS = (
    Endpoint("GET", "/", hello, is_open=True),
    Endpoint("GET", "/version", versions, is_open=True),
    Endpoint("GET", "/health", health, is_open=True),
    Endpoint("GET", "/status", status),
)
