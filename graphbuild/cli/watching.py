"""Who listens to a build of a command: the console, and what `--trace`, `--log` and `--profile` ask for.

On the path of a build with nothing to do: a listener is imported where it is asked for.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import click

from graphbuild.errors import Problem, UsageError
from graphbuild.execution.stages import BuildEnded, StageEnded

if TYPE_CHECKING:
    from graphbuild.execution.events import Event, Listener
    from graphbuild.report.lines import Lines

_Function = TypeVar("_Function", bound=Callable[..., Any])
_RECORDERS = {"trace": ("graphbuild.report.trace", "Trace"), "log": ("graphbuild.report.build_log", "BuildLog")}
_WIDEST, _FILE = 120, 100


def _ask(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value and parameter.name is not None:
        context.obj[parameter.name] = value


def watch_options(function: _Function) -> _Function:
    """`--trace`, `--log`, `--profile`, `--profile-calls`."""
    for option in (
        click.option(
            "--profile-calls", metavar="DIR", expose_value=False, callback=_ask,
            help="Write what each node that runs calls into DIR, for Python's pstats.",
        ),
        click.option(
            "--profile", is_flag=True, expose_value=False, callback=_ask,
            help="Say where the time went: slowest nodes, longest chain, memory.",
        ),
        click.option(
            "--log", metavar="FILE", expose_value=False, callback=_ask,
            help="Append what happens to FILE, one JSON object a line.",
        ),
        click.option(
            "--trace", metavar="FILE", expose_value=False, callback=_ask,
            help="Write a trace to FILE, for ui.perfetto.dev or chrome://tracing.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def measures_of(context: click.Context) -> dict[str, Any]:
    """What a request says of measuring. Raises UsageError for a folder that cannot be."""
    asked = context.obj
    if asked.get("profile_calls") is None:
        folder = None
    else:
        folder = (Path(asked["folder"]) / asked["profile_calls"]).absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot write to {folder}: {error.strerror}") from error
    return {"measures_memory": any(asked.get(one) for one in ("profile", *_RECORDERS)), "calls": folder}


@contextlib.contextmanager
def listening(context: click.Context, *, as_json: bool = False, is_brief: bool = False) -> Iterator[Listener | None]:
    """Everybody who listens, as one; the console does not where standard output is for a document.

    `is_brief`: no line stays of what is done.
    """
    asked = context.obj
    recorders = [*_recorders(context)]
    with contextlib.ExitStack() as stack:
        if asked.get("profile"):
            from graphbuild.report.profile import Profile

            profile = Profile()
            stack.callback(lambda: click.echo(profile.text(_width()), nl=False))
            recorders.append(profile)
        console = None
        if not as_json:
            console = stack.enter_context(
                LateConsole(quiet=asked["quiet"], verbose=asked["verbose"], is_brief=is_brief)
            )
        try:
            yield _all(console, recorders) if recorders else console
        except BaseException as error:
            for one in _recorders(context):
                one.broken_off(error)
            raise


def _recorders(context: click.Context) -> list[Any]:
    """Those who write down what a command builds, until it ends: it may build several times."""
    asked = context.obj
    if "recorders" not in asked:
        asked["recorders"] = []
        for name, (module, kind) in _RECORDERS.items():
            if asked.get(name) is not None:
                asked["recorders"].append(_opened(name, Path(asked["folder"]) / asked[name], module, kind))
        if (spans := _spans()) is not None:
            asked["recorders"].append(spans)
        for one in asked["recorders"]:
            context.find_root().call_on_close(one.close)
    found: list[Any] = asked["recorders"]
    return found


def _opened(name: str, path: Path, module: str, kind: str) -> Any:
    """A recorder over its file. Raises UsageError where that cannot be written."""
    hint = f"--{name} FILE names another file"
    if path.exists() and not path.is_file():
        raise UsageError(Problem(f"cannot write to {path}: it is no file", hint=hint))
    try:
        return getattr(importlib.import_module(module), kind)(path)
    except OSError as error:
        raise UsageError(Problem(f"cannot write to {path}: {error.strerror}", hint=hint)) from error


def _spans() -> Any:
    """Spans of OpenTelemetry, where it is there and somebody has set it up."""
    if "opentelemetry.trace" not in sys.modules and not any(name.startswith("OTEL_") for name in os.environ):
        return None
    from graphbuild.cli.telemetry import spans

    return spans()


def _all(console: Listener | None, recorders: list[Any]) -> Listener:
    """One listener that tells many. One whose disk is full is told no more: it does not fail the build."""

    def tell(event: Event) -> None:
        if console is not None:
            console(event)
        for one in tuple(recorders):
            try:
                one(event)
            except OSError as error:
                recorders.remove(one)
                click.echo(f"warning: the {type(one).__name__} ends here: {error.strerror}", err=True)

    return tell


def _width() -> int:
    try:
        return min(_WIDEST, os.get_terminal_size(sys.stdout.fileno()).columns)
    except (OSError, ValueError):
        return _FILE  # no terminal: a line may be as long as it reads well


class LateConsole:
    """A console that is made when something runs: a build with nothing to do has none, and does not pay for it."""

    def __init__(self, *, quiet: bool, verbose: bool, is_brief: bool = False) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._is_brief = is_brief
        self._stack = contextlib.ExitStack()
        self._console: Listener | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def __call__(self, event: Event) -> None:
        if self._console is None:
            if isinstance(event, StageEnded | BuildEnded):
                return
            from graphbuild.execution.events import BuildStarted, RemoteEnded

            if not isinstance(event, BuildStarted | RemoteEnded):
                return  # a new package of what was there
            self._console = self._stack.enter_context(self._made())
        self._console(event)

    def _made(self) -> Lines:
        from graphbuild.cli.colours import draws_on, has_colours

        if not self._quiet and draws_on(sys.stdout):
            from graphbuild.report.console import Console

            return Console(sys.stdout, quiet=self._is_brief, verbose=self._verbose)
        from graphbuild.report.lines import Lines

        quiet = self._quiet or self._is_brief
        return Lines(sys.stdout, quiet=quiet, verbose=self._verbose, colour=not quiet and has_colours(sys.stdout))
