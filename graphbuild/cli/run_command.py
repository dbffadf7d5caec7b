"""`graphbuild run`: answer over HTTP."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.output import examples, loudness_options, project_of, store_of
from graphbuild.cli.serving_options import endpoints_option, show_warnings
from graphbuild.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from graphbuild.serving.settings import ServerSettings

_MODELS = "models"
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@click.command(
    "run",
    short_help="Answer over HTTP: conversations, parses, trainings.",
    epilog=examples(
        "graphbuild run",
        "graphbuild run -m models/a.tar.gz -p 8080 --enable-api --auth-token thisismysecret",
    ),
)
@click.option(
    "-m", "--model", metavar="MODEL", help=f"A package, or a folder whose newest it is.  [default: {_MODELS}]"
)
@click.option("-p", "--port", default=5005, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option(
    "-i", "--interface", default="127.0.0.1", show_default=True, metavar="HOST", help="0.0.0.0: all of this machine."
)
@endpoints_option
@click.option(
    "--credentials", metavar="FILE", help="Which channels are there.  [default: credentials.yml, else the REST channel]"
)
@click.option("--enable-api", is_flag=True, help="Answer /model, /conversations and /domain, too, and train.")
@click.option(
    "-t",
    "--auth-token",
    envvar="GRAPHBUILD_AUTH_TOKEN",
    metavar="TOKEN",
    help="What requests must bring, but those of channels.  [env: GRAPHBUILD_AUTH_TOKEN]",
)
@click.option("--cors", multiple=True, metavar="ORIGIN", help="A site whose pages may ask; may be repeated; * for all.")
@click.option("--allow-host", multiple=True, metavar="NAME",
              help="A name it is reached by, beside localhost and addresses; may be repeated; * for any.")  # fmt: skip
@click.option("--response-timeout", default=3600.0, type=click.FloatRange(0, min_open=True), metavar="SECONDS",
              help="How long an answer may take.  [default: 3600]")  # fmt: skip
@click.option("--request-timeout", default=300.0, type=click.FloatRange(0, min_open=True), metavar="SECONDS",
              help="How long a request may take to arrive.  [default: 300]")  # fmt: skip
@click.option("--max-body-size", default=10.0, type=click.FloatRange(0, min_open=True), metavar="MIB",
              help="How long a request may be.  [default: 10]")  # fmt: skip
@click.option("--max-message-length", default=10_000, type=click.IntRange(1), metavar="CHARACTERS",
              help="How long what a user says may be.  [default: 10000]")  # fmt: skip
@click.option("--allow-any-model", is_flag=True, help="Let PUT /model load models from elsewhere than their folder.")
@click.option("--ssl-certificate", metavar="FILE", help="Answer over HTTPS.")
@click.option("--ssl-keyfile", metavar="FILE", help="The key of the certificate.")
@click.option("--ssl-password", envvar="GRAPHBUILD_SSL_PASSWORD", metavar="TEXT", help="The password of the key.")
@click.option("--log-file", metavar="FILE", help="Write each request and what goes wrong there.")
@loudness_options
@click.pass_context
def command(context: click.Context, /, **options: Any) -> int:
    """Answer over HTTP, as Rasa's server does: POST /webhooks/rest/webhook; with --enable-api all the rest.

    It listens on this machine alone, unless -i says otherwise. SIGTERM and Ctrl-C end it when what is being answered is
    answered.
    """
    from graphbuild.serving.app import make_app
    from graphbuild.serving.desk import Desk
    from graphbuild.serving.served import Served
    from graphbuild.serving.trainings import Trainings
    from graphbuild.web.server import Certificate, address_of, is_loopback, open_socket, serve

    project = project_of(context)
    settings = _settings(context, project, options)
    certificate = _certificate(options, project, Certificate)
    _log(options["log_file"], project, is_verbose=context.obj["verbose"])
    trainings = Trainings(project, settings.models, settings.store, settings.most_trainings)
    with open_socket(options["interface"], options["port"]) as opened:
        served = Served(project, settings.endpoints)
        what = _begin(served, project, options)
        if not context.obj["quiet"]:
            click.echo(f"{what} at {address_of(opened, certificate)} (Ctrl-C ends)")
        hosts = options["allow_host"] if options["allow_host"] or is_loopback(opened) else None
        desk = Desk(replace(settings, hosts=hosts), served, trainings)
        serve(make_app(desk), opened, trainings.end, certificate)
    return int(ExitCode.DONE)


def _settings(context: click.Context, project: Path, options: dict[str, Any]) -> ServerSettings:
    from graphbuild.serving.project_files import CREDENTIALS, ENDPOINTS, endpoints_of, has_rest, models_folder, usual
    from graphbuild.serving.settings import MEBIBYTE, ServerSettings

    if options["auth_token"] == "":
        raise UsageError("--auth-token is empty: everybody would know it")
    path = usual(options["endpoints"], project, ENDPOINTS)
    endpoints = endpoints_of(path)
    show_warnings(path, endpoints.warnings)
    path = usual(options["credentials"], project, CREDENTIALS)
    answers_webhook, odd = has_rest(path)
    show_warnings(path, odd)
    model = project / (options["model"] or _MODELS)
    return ServerSettings(
        project=project,
        models=models_folder(model),
        endpoints=endpoints,
        enables_api=options["enable_api"],
        answers_webhook=answers_webhook,
        auth_token=options["auth_token"],
        origins=options["cors"],
        loads_any=options["allow_any_model"],
        store=store_of(context),
        request_timeout_s=options["request_timeout"],
        response_timeout_s=options["response_timeout"],
        most_message_characters=options["max_message_length"],
        most_body_bytes=int(options["max_body_size"] * MEBIBYTE),
    )


def _begin(served: Any, project: Path, options: dict[str, Any]) -> str:
    """Loads the model; with the API a server may begin without one, and train it. What is served, in words."""
    try:
        agent = served.begin(project / (options["model"] or _MODELS))
        return f"{agent.path} ({_of(agent.model)}) answers"
    except UsageError as error:
        if options["model"] is not None or not options["enable_api"]:
            raise
        click.echo(f"no model is loaded: {error}", err=True)
        return "no model answers yet"


def _of(model: Any) -> str:
    """What a model can do."""
    if not model.decides:
        return "NLU alone: it understands, and does nothing"
    return "NLU and dialogue" if model.understands else "dialogue alone: it understands only messages such as /greet"


def _certificate(options: dict[str, Any], project: Path, kind: Any) -> Any:
    if options["ssl_certificate"] is None:
        if options["ssl_keyfile"] is not None:
            raise UsageError(Problem("--ssl-keyfile belongs to --ssl-certificate", hint="name the certificate, too"))
        return None
    keyfile = project / options["ssl_keyfile"] if options["ssl_keyfile"] is not None else None
    made = kind(project / options["ssl_certificate"], keyfile, options["ssl_password"])
    made.check()
    return made


def _log(file: str | None, project: Path, *, is_verbose: bool) -> None:
    """Where the log goes: a file with every request, or standard error with what goes wrong."""
    try:
        handler = logging.FileHandler(project / file, encoding="utf-8") if file is not None else logging.StreamHandler()
    except OSError as error:
        raise UsageError(f"cannot write to {file}: {error.strerror}") from error
    logging.basicConfig(
        format=_FORMAT, handlers=[handler], level=logging.INFO if is_verbose or file is not None else logging.WARNING
    )
