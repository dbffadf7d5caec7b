"""`graphbuild shell [MODEL]`: talk to an assistant in the terminal. `shell nlu` shows what is understood."""

from __future__ import annotations

import asyncio
import logging
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from graphbuild.cli.colours import has_colours
from graphbuild.cli.documents import keep_output, print_text
from graphbuild.cli.output import examples, project_of
from graphbuild.cli.serving_options import endpoints_option, show_warnings
from graphbuild.cli.shell_nlu_command import command as nlu
from graphbuild.cli.terminal import is_terminal, typed_lines
from graphbuild.errors import ExitCode, Problem, UsageError

_NLU = "nlu"
_PROMPT = "you> "
_TURNS = "graphbuild.assistant.runtime.execution"
"""Who logs the problems of a turn, which are shown anyway."""


class ShellCommand(click.Command):
    """`shell`, which hands over to `shell nlu` where that is named."""

    also = (nlu,)
    """Commands below this one."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that is meant."""
        if args[:1] == [_NLU]:
            return nlu.make_context(f"{info_name} {_NLU}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command(
    "shell",
    cls=ShellCommand,
    short_help="Talk to an assistant; `shell nlu` shows what it understands.",
    epilog=examples("graphbuild shell", "graphbuild shell models/a.tar.gz --json < texts", "graphbuild shell nlu"),
)
@click.argument("package", required=False, metavar="[MODEL]")
@click.option("-m", "--model", metavar="MODEL", help="A package, or a folder whose newest it is.  [default: models]")
@endpoints_option
@click.option("--conversation-id", metavar="ID", help="The conversation to go on with.  [default: a new one]")
@click.option("--json", "as_json", is_flag=True, help="Print each turn in one line, and nothing else.")
@click.pass_context
def command(
    context: click.Context,
    /,
    package: str | None,
    model: str | None,
    endpoints: str | None,
    conversation_id: str | None,
    as_json: bool,
) -> int:
    """Type texts, and read what the assistant says. `/stop`, the end of input and Ctrl-C end it.

    `/intent{"entity": "value"}` says what is meant outright; a number chooses a button. What goes wrong in an action is
    told on standard error. Components of the project's own are imported from the folder of -C, if they are the code
    that the model was made with.
    """
    if as_json:
        keep_output()
    from graphbuild.agent import Agent
    from graphbuild.serving.project_files import ENDPOINTS, MODELS, endpoints_of, usual
    from graphbuild.serving.talking import STOP, talk

    if package is not None and model is not None:
        raise UsageError("the model is named twice: as MODEL, and by --model")
    project = project_of(context)
    path = usual(endpoints, project, ENDPOINTS)
    read = endpoints_of(path)
    show_warnings(path, read.warnings)
    agent = Agent.load(project / (package or model or MODELS), project, endpoints=read)
    if agent.processor.domain.is_empty:
        hint = "`graphbuild shell nlu` shows what it understands"
        raise UsageError(Problem("this model was trained without policies: it does nothing", hint=hint))
    if not as_json and is_terminal():
        click.echo(f"{agent.path} is loaded. Type a text; {STOP} ends.")

    async def conversation() -> None:
        try:
            sender = conversation_id or uuid.uuid4().hex
            await talk(agent, typed_lines(_PROMPT), sender, _show, lambda told: _tell(told, project), as_json=as_json)
        finally:
            await agent.close()

    with _told_once():
        asyncio.run(conversation())
    return int(ExitCode.DONE)


def _show(line: str) -> None:
    print_text(f"{line}\n")
    sys.stdout.flush()


def _tell(problems: Sequence[Problem], project: Path) -> None:
    from graphbuild.report.problems import render_problems, texts_of

    colour = has_colours(sys.stderr)
    screen = render_problems(problems, texts_of(problems, project), colour=colour)
    click.echo(screen, err=True, nl=False, color=colour)


@contextmanager
def _told_once() -> Iterator[None]:
    """What is shown as a problem is not shown as a line of the log, too."""
    log, nowhere = logging.getLogger(_TURNS), logging.NullHandler()
    before, log.propagate = log.propagate, False
    log.addHandler(nowhere)
    try:
        yield
    finally:
        log.removeHandler(nowhere)
        log.propagate = before
