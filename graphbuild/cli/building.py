"""Running a build for a command: progress while it runs, then a document or a summary, and the exit code."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphbuild.builder import BuildReport, build, plan
from graphbuild.cli.documents import print_document
from graphbuild.cli.output import choices_of, recipe_request
from graphbuild.cli.stopping import stopped_by_sigterm
from graphbuild.cli.watching import listening, measures_of
from graphbuild.errors import ExitCode, GraphbuildError, Level, Problem
from graphbuild.plan.decision import Verdict
from graphbuild.session import BuildRequest

if TYPE_CHECKING:
    from graphbuild.graph.graph import Graph
    from graphbuild.plan.plan import Plan


def request_of(context: click.Context, options: Mapping[str, Any], **more: Any) -> BuildRequest:
    """What the options that commands which build share ask for (`recipe_options`, `run_options`, where packages go)."""
    return recipe_request(
        context,
        options,
        **choices_of(options),
        out=Path(options["out"]) if options["out"] else None,
        fixed_name=options["fixed_model_name"],
        **measures_of(context),
        **more,
    )


def run_build(context: click.Context, request: BuildRequest, *, as_json: bool) -> int:
    """Builds, prints, and gives the exit code."""
    with stopped_by_sigterm():
        if as_json:
            with listening(context, as_json=True) as listener:
                report = build(request, listener)
            print_document(whole_document(report, request))
            return int(report.code)
        return int(built(context, request).code)


def built(context: click.Context, request: BuildRequest) -> BuildReport:
    """Builds, and prints what there is to read while it runs and after it."""
    with listening(context) as listener:
        report = build(request, listener)
    _show(context, report, request)
    return report


def show_plan(request: BuildRequest, *, as_json: bool) -> int:
    """Prints the plan; the exit code says whether something would be built."""
    began = time.perf_counter()
    return show_made_plan(plan(request), began, as_json=as_json)


def show_made_plan(made: Plan, began: float, *, as_json: bool) -> int:
    """Prints a plan whose making began then; the exit code says whether something would be built."""
    code = ExitCode.DONE if made.count(Verdict.HIT) == len(made.decisions) else ExitCode.WOULD_BUILD
    if as_json:
        from graphbuild.report.as_json import plan_document

        document = plan_document(made, code=code, wall_s=time.perf_counter() - began)
        print_document({**document, **_notices_document(made.graph)})
    else:
        from graphbuild.report.reasons import plan_text

        click.echo(plan_text(made), nl=False)
        show_notices(made.graph)
        _tell_of_notes(made.graph.notices if code is ExitCode.WOULD_BUILD else ())
    return int(code)


def show_notices(graph: Graph) -> None:
    """A line for each half that was left out, because there is nothing to learn it from."""
    for one in _notices(graph):
        click.echo(f"warning: {one.what}" + (f"; {one.hint}" if one.hint else ""))


def _notices_document(graph: Graph) -> dict[str, Any]:
    """The same for `--json`."""
    return {"notices": [one.what for one in found]} if (found := _notices(graph)) else {}


def _notices(graph: Graph) -> tuple[Problem, ...]:
    if not graph.left_out:
        return ()
    from graphbuild.halves import notices

    return notices(graph)


def _show(context: click.Context, report: BuildReport, request: BuildRequest) -> None:
    show_report(context, report, request)
    if not context.obj["quiet"]:
        show_notices(report.result.plan.graph)
        _tell_of_logs(report, request)
        _tell_of_notes(() if report.up_to_date else report.result.plan.graph.notices)
        count_warnings(report, request)


def show_report(context: click.Context, report: BuildReport, request: BuildRequest) -> None:
    """What failed, and one line on what the build came to."""
    from graphbuild.cli.output import show_error
    from graphbuild.report.summary import summary

    if report.problems:
        show_error(GraphbuildError(report.problems), str(request.project), wants_json=False)
    if not context.obj["quiet"]:
        model = _from_here(report.model) if report.model is not None else None
        click.echo(summary(report.result, model, report.is_new, report.wall_s))


def _from_here(path: Path) -> Path:
    """A path as one would write it in this folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def whole_document(report: BuildReport, request: BuildRequest) -> dict[str, Any]:
    """What a build came to, and what the checks found, for `--json`."""
    return {**report_document(report), **_warnings_document(report, request)}


def report_document(report: BuildReport) -> dict[str, Any]:
    """What a build came to, for `--json`."""
    from graphbuild.report.as_json import build_document

    document = build_document(
        report.result,
        code=report.code,
        model=report.model,
        is_new=report.is_new,
        up_to_date=report.up_to_date,
        wall_s=report.wall_s,
        problems=report.problems,
    )
    if report.remote is not None:
        document["remote"] = dict(report.remote)
    return {**document, **_notices_document(report.result.plan.graph)}


def _tell_of_logs(report: BuildReport, request: BuildRequest) -> None:
    """One line where logs are wanted of what was reused; the folder is not made, so there were never any."""
    from graphbuild.project.logs import unwritten_logs

    if found := list(unwritten_logs(report.result, request.project)):
        nodes = ", ".join(dict.fromkeys(node for node, _ in found))
        folders = ", ".join(dict.fromkeys(f"{folder.rstrip('/')}/" for _, folder in found))
        click.echo(f"no logs in {folders}: {nodes} did not train; --force runs everything again")


def _tell_of_notes(notices: Iterable[Problem]) -> None:
    """What was chosen where the recipe leaves it open."""
    for one in notices:
        if one.level is Level.NOTE:
            place = f"{one.location}: " if one.location is not None else ""
            click.echo(f"{place}note: {one.what}\n  hint: {one.hint}")


def count_warnings(report: BuildReport, request: BuildRequest) -> None:
    """One line on what the checks found."""
    if found := _warnings(report, request):
        codes = ", ".join(sorted({one.code for one in found if one.code is not None}))
        click.echo(f"{len(found)} warning{'s' if len(found) > 1 else ''} ({codes}): graphbuild validate")


def _warnings_document(report: BuildReport, request: BuildRequest) -> dict[str, Any]:
    """The same for `--json`, each with its code and place."""
    found = _warnings(report, request)
    if not found:
        return {}
    from graphbuild.project.validation import placed
    from graphbuild.report.findings import findings_document

    return {"warnings": findings_document(placed(request, report.result, found))}


def _warnings(report: BuildReport, request: BuildRequest) -> tuple[Problem, ...]:
    """What the checks found; nothing for a build with nothing to do, or that an error of theirs ended."""
    if report.up_to_date or not report.result.succeeded:
        return ()
    from graphbuild.project.validation import passed_over

    return passed_over(request, report.result)
