"""What `run` and `shell` share: endpoints.yml, and what is odd in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from graphbuild.assistant.data.parts import Warnings

_Function = TypeVar("_Function", bound=Callable[..., Any])


def endpoints_option(function: _Function) -> _Function:
    """`--endpoints`."""
    return click.option(
        "--endpoints",
        metavar="FILE",
        help="Action server, responses, store of conversations.  [default: endpoints.yml, where it is there]",
    )(function)


def show_warnings(path: Path | None, warnings: Warnings) -> None:
    """Tells what is odd in a file of settings, on standard error."""
    from graphbuild.errors import Level, Location, Problem
    from graphbuild.report.problems import render_problems, texts_of

    if not warnings.rows:
        return
    problems = [
        Problem(what, Location(str(path), line), hint=hint, level=Level.WARNING) for line, what, hint in warnings.rows
    ]
    click.echo(render_problems(problems, texts_of(problems, Path())), err=True, nl=False)
