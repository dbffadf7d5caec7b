"""`graphbuild shell nlu`: see what is understood of texts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from graphbuild.cli.documents import keep_output, print_text
from graphbuild.cli.output import examples, project_of
from graphbuild.cli.terminal import as_text
from graphbuild.errors import ExitCode, UsageError

_PROMPT = "> "


@click.command("nlu", epilog=examples("graphbuild shell nlu", "graphbuild shell nlu models/a.tar.gz --json < texts"))
@click.argument("package", required=False, metavar="[MODEL]")
@click.option("-m", "--model", metavar="MODEL", help="A package, or a folder whose newest it is.  [default: models]")
@click.option("--json", "as_json", is_flag=True, help="Print each parse in one line, and nothing else.")
@click.pass_context
def command(context: click.Context, /, package: str | None, model: str | None, as_json: bool) -> int:
    """Type texts, and see what is understood of each: JSON of Rasa's shape. The end of input ends it.

    Components of the project's own are imported from the folder of -C, if they are the code that the model was made
    with.
    """
    if as_json:
        keep_output()
    from graphbuild.agent import Agent
    from graphbuild.serving.project_files import MODELS

    if package is not None and model is not None:
        raise UsageError("the model is named twice: as MODEL, and by --model")
    project = project_of(context)
    agent = Agent.load(project / (package or model or MODELS), project)
    talks = not as_json and sys.stdin.isatty()
    if talks:
        click.echo(f"{agent.path} is loaded. Type a text, and see its parse; Ctrl-D ends.")
    for text in _lines(_PROMPT if talks else ""):
        found = agent.parse(text)
        print_text(f"{_written(found, as_json=as_json)}\n")
        sys.stdout.flush()
    return int(ExitCode.DONE)


def _lines(prompt: str) -> Iterator[str]:
    """What is typed, line by line, until the end of input. Ctrl-C ends it, too."""
    if prompt:
        import readline  # noqa: F401 - lets what is typed be edited, and typed again
    while True:
        try:
            line = input(prompt) if prompt else sys.stdin.readline()
        except (EOFError, KeyboardInterrupt):
            click.echo()
            return
        if not prompt and not line:
            return
        text = as_text(line)
        if text.strip():
            yield text


def _written(found: dict[str, Any], *, as_json: bool) -> str:
    return json.dumps(found, ensure_ascii=False, indent=None if as_json else 2)
