"""`graphbuild watch [TARGET...]`: build, and build again whenever something that a build reads was saved."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from graphbuild.cli.building import count_warnings, request_of, show_notices, show_report, whole_document
from graphbuild.cli.documents import give_output_back, print_document
from graphbuild.cli.output import examples, keeping_output, recipe_options, run_options, show_error
from graphbuild.cli.stopping import stopped_by_sigterm
from graphbuild.cli.watching import listening
from graphbuild.errors import ExitCode, GraphbuildError, UsageError
from graphbuild.execution.events import BuildStarted, Event, Listener
from graphbuild.report.as_json import problems_document
from graphbuild.report.cause import cause
from graphbuild.session import BuildRequest
from graphbuild.watching.rounds import Round, Watch

_AGAIN = "GRAPHBUILD_WATCH"
"""What a process tells the one that takes its place: the number of its last build, and what was saved since."""
_NAMED = 3
"""So many files are named; of more it is said how many."""


@click.command(
    "watch",
    short_help="Build again whenever something is saved.",
    epilog=examples("graphbuild watch", "graphbuild watch nlu --no-package", "graphbuild watch --json"),
)
@click.argument("targets", nargs=-1)
@recipe_options
@run_options
@click.option("--out", metavar="DIR", help="Folder of the packages.  [default: models]")
@click.option("--fixed-model-name", metavar="NAME", help="Name of the package instead of a dated one.")
@click.option("--no-package", is_flag=True, help="Build only; write no package.")
@click.option(
    "--json", "as_json", is_flag=True, callback=keeping_output, help="Print one JSON document a build, each on a line."
)
@click.pass_context
def command(context: click.Context, /, targets: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Build TARGETs, and build them again whenever data, domain, recipe or components of the project are saved.

    What was loaded stays loaded, so a build takes what its nodes take. A build whose files change meanwhile is stopped;
    what had finished is kept. Errors are shown, and the next save is waited for. Ctrl-C ends it.
    """
    if options["force"]:
        refused = UsageError("--force would run everything again at each save; `graphbuild build --force` does it once")
        if not as_json:
            raise refused
        print_document(_document(Round(1, (), error=refused), BuildRequest(Path(), "")))
        return int(refused.exit_code)
    request = request_of(context, options, targets=targets, package=not options["no_package"])
    number, saved = _taken_over()
    with stopped_by_sigterm(), Watch(request, number, saved) as watch:
        try:
            while not (code := watch.outdated()):
                _tell(context, request, _round(context, watch, as_json=as_json), as_json=as_json)
                watch.wait()
        except GraphbuildError as error:
            if not as_json:
                raise
            # What ends it is told with the keys of any other build.
            _tell(context, request, Round(watch.number + 1, watch.changed, error=error), as_json=True)
            return int(error.exit_code)
        except KeyboardInterrupt:  # where nothing runs, Ctrl-C is the way to end it, and no news
            return int(ExitCode.INTERRUPTED)
        if not as_json and not context.obj["quiet"]:
            click.echo(f"{_clock()} {_named(code)} changed: beginning again with the new code")
        handed = json.dumps([watch.number, watch.saved])
    return _begin_again(handed)


def _round(context: click.Context, watch: Watch, *, as_json: bool) -> Round:
    """One build, drawn while it runs where that is wanted."""
    with listening(context, as_json=as_json, is_brief=not context.obj["verbose"]) as listener:
        return watch.build(listener if as_json else _headed(context, watch, listener))


def _headed(context: click.Context, watch: Watch, listener: Listener | None) -> Listener:
    """A listener before which it is said what was saved, once something runs."""

    def tell(event: Event) -> None:
        if isinstance(event, BuildStarted):
            _head(context, watch.changed)
        if listener is not None:
            listener(event)

    return tell


def _head(context: click.Context, changed: Sequence[str]) -> None:
    if not context.obj["quiet"]:
        click.echo(f"{_clock()} {f'{_named(changed)} changed' if changed else 'building'}")


def _tell(context: click.Context, request: BuildRequest, found: Round, *, as_json: bool) -> None:
    """What a build came to."""
    if not found.is_told:
        return
    if as_json:
        print_document(_document(found, request))
        return
    report = found.report
    if (report is None or report.up_to_date) and found.changed:
        _head(context, found.changed)
    if report is None:
        if found.error is not None:
            show_error(found.error, str(request.project), wants_json=False)
    elif found.is_superseded:
        if not context.obj["quiet"]:
            click.echo("stopped: what it was built from has changed")
    else:
        why = cause(report.result)
        # That a file changed is said already.
        if why is not None and why != f"{_named(found.changed)} changed" and not context.obj["quiet"]:
            click.echo(f"because of {why}")
        show_report(context, report, request)
        if not context.obj["quiet"]:
            count_warnings(report, request)
        if not context.obj["quiet"] and found.number == 1:
            show_notices(report.result.plan.graph)
    if found.number == 1 and not context.obj["quiet"]:
        click.echo("waiting for changes (Ctrl-C ends)")


def _document(found: Round, request: BuildRequest) -> dict[str, Any]:
    """A build as `build --json` has it, with what led to it."""
    problems = problems_document(found.error.problems if found.error is not None else ())
    document: dict[str, Any] = {
        "build": found.number,
        "changed": list(found.changed),
        "because": None,
        "superseded": found.is_superseded,
        "code": int(found.code),
        "model": None,
        "up_to_date": False,
        "wall_s": None,
        "nodes": [],
        "problems": problems,
        "warnings": [],
        "notices": [],
    }
    if found.report is not None:
        document |= {"because": cause(found.report.result), **whole_document(found.report, request)}
    return document


def _named(files: Sequence[str]) -> str:
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return f"{', '.join(files[:_NAMED])}{more}"


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _taken_over() -> tuple[int, list[str]]:
    """The number of the last build, and what was saved since, where this process goes on after another."""
    told = os.environ.pop(_AGAIN, None)
    if told:
        # Helpers of the process before, such as the one that looks after semaphores, are children of this one now.
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    number, saved = json.loads(told) if told else (0, [])
    return number, saved


def _begin_again(handed: str) -> NoReturn:
    """The same command line in a new process, which takes the place of this one."""
    gc.collect()  # what holds temporary files removes them when it goes; nothing goes by itself any more
    sys.stdout.flush()
    sys.stderr.flush()
    give_output_back()
    words = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, words, {**os.environ, _AGAIN: handed})  # noqa: S606 - the command line that this process is
