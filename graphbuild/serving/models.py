"""/model/..., /domain: the model is asked, trained, loaded and let go of."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from graphbuild.assistant.data.writers.yaml_text import YamlText
from graphbuild.contract.temporaries import new_folder
from graphbuild.errors import GraphbuildError
from graphbuild.serving.asking import events_in, flag_of, message_in, number_of, text_in, verbosity_of
from graphbuild.serving.desk import Endpoint, Question
from graphbuild.serving.settings import ServerSettings
from graphbuild.serving.trainings import Asked, Trained
from graphbuild.web.guards import json_response, mapping_of
from graphbuild.web.refused import Refused, bad_request, of_error

_YAML = "application/x-yaml"
_LONGEST_HEADER = 4_000
"""Characters: servers and clients take 8,192 for all headers of an answer."""


async def parse(question: Question) -> Response:
    """What is understood of a text."""
    needs = "No text message defined in request_body. Add text message to request body."
    said = mapping_of(question.body, needs)
    if question.request.query_params.get("emulation_mode"):
        raise bad_request("`emulation_mode` is not there: answers have Rasa's own shape", "emulation_mode", "query")
    text = message_in(said, "text", needs, question.longest)
    async with question.desk.served.use() as agent:
        return json_response(await agent.processor.parse(text))


async def predict(question: Question) -> Response:
    """What would be done after some events."""
    verbosity, events = verbosity_of(question.request), events_in(question.body, question.longest)
    async with question.desk.served.use() as agent:
        return json_response(await agent.processor.predict_after(events, verbosity))


async def train(question: Question) -> Response:
    """Trains one document, and answers with the package."""
    request, trainings = question.request, question.desk.trainings
    if request.query_params.get("callback_url"):
        raise bad_request(
            "`callback_url` is not there: the answer comes when the model is trained", "callback_url", "query"
        )
    if not question.body.strip():
        raise bad_request("You must provide training data in the request body in order to train your model.")
    try:
        document = question.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise bad_request(f"the request body is no UTF-8: {error}")
    options = ["--force"] if flag_of(request, "force_training", default=False) else []
    for name, least in (("augmentation", 0), ("num_threads", 1)):
        if (number := number_of(request, name, least)) is not None:
            options += [f"--{name.replace('_', '-')}", str(number)]
    if flag_of(request, "save_to_default_model_directory", default=True):
        return _package(await trainings.train(Asked(document, options)))
    folder = Path(new_folder(tempfile.gettempdir()))
    try:
        trained = await trainings.train(Asked(document, options, folder))
    except BaseException:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        raise
    return _package(trained, BackgroundTask(shutil.rmtree, folder, ignore_errors=True))


async def load(question: Question) -> Response:
    """Another package answers from now on."""
    needs = "No path to model file defined in request_body."
    said = mapping_of(question.body, needs)
    for key in ("model_server", "remote_storage"):
        if said.get(key):
            raise bad_request(f"`{key}` is not there: name a `model_file` of this machine", key)
    path = _allowed(text_in(said, "model_file", needs), question.desk.settings)
    try:
        await question.desk.served.load(path)
    except GraphbuildError as error:
        raise of_error(error) from error
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def unload(question: Question) -> Response:
    """Nothing is answered until a package is loaded."""
    await question.desk.served.unload()
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def domain(question: Question) -> Response:
    """The domain, as JSON or YAML."""
    accepts = question.request.headers.get("accept", "*/*")
    kinds = [one.partition(";")[0].strip().lower() for one in accepts.split(",")]
    async with question.desk.served.use() as agent:
        document = agent.model.domain
    for kind in kinds:
        if kind.endswith(("json", "/*")):
            return json_response(document)
        if kind.endswith(("yml", "yaml")):
            return Response(YamlText().document(document), media_type=_YAML)
    what = f'Invalid Accept header. The domain is there as "application/json" and as "{_YAML}".'
    raise Refused(HTTPStatus.NOT_ACCEPTABLE, what)


def _package(trained: Trained, after: BackgroundTask | None = None) -> Response:
    path, warnings = trained.package, _in_header(trained.warnings)
    return FileResponse(
        path,
        media_type="application/gzip",
        filename=path.name,
        headers={"filename": path.name, **({"warnings": warnings} if warnings else {})},
        background=after,
    )


def _in_header(warnings: Sequence[Mapping[str, Any]]) -> str:
    """Warnings as JSON in ASCII: as many as clients and proxies take in a header."""
    told: list[dict[str, Any]] = []
    for one in warnings:
        told.append({name: one.get(name) for name in ("code", "line", "what", "hint")})
        if len(json.dumps(told)) > _LONGEST_HEADER:
            told.pop()
            break
    return json.dumps(told) if told else ""


def _allowed(name: str, settings: ServerSettings) -> Path:
    """The path of a model, from the project or in the folder of models. Raises Refused for one that is elsewhere."""
    try:
        folder = settings.models.resolve()
        found = [path for path in (folder / name, settings.project / name) if path.is_file()]
        path = found[0].resolve() if found else None
    except (OSError, ValueError):  # too long a name, or one with a null byte
        path = None
    if path is not None and (settings.loads_any or path.is_relative_to(folder)):
        return path
    # The same words for a file that is elsewhere and for none: nobody is to find out what this machine has.
    raise bad_request(f"there is no model {name} in the folder of models", "model_file")


ENDPOINTS = (
    Endpoint("POST", "/model/parse", parse),
    Endpoint("POST", "/model/predict", predict),
    Endpoint("POST", "/model/train", train),
    Endpoint("PUT", "/model", load),
    Endpoint("DELETE", "/model", unload),
    Endpoint("GET", "/domain", domain),
)
