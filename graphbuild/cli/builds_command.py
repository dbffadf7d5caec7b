"""`graphbuild builds`: the builds of a recipe that are remembered, and one of them whole."""

from __future__ import annotations

import difflib

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, looking_back_options, past_request, write_text
from graphbuild.errors import Problem, UsageError
from graphbuild.history.record import BuildRecord
from graphbuild.inspecting import all_builds, build_named, builds, other_builds


@click.group(
    "builds",
    short_help="List earlier builds; show what one did, and its times.",
    invoke_without_command=True,
    epilog=examples(
        "graphbuild builds",
        "graphbuild builds --all",
        "graphbuild builds show last",
        "graphbuild builds show last~1 --json",
    ),
)
@looking_back_options
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also those of evaluations, comparisons, drawings of stories, and other recipes of the project.",
)
@json_option
@click.pass_context
def command(context: click.Context, /, recipe: str | None, everything: bool, as_json: bool) -> int | None:
    """List the builds of a recipe that are remembered, the newest first: the last 100 that ran, failed or packaged.

    A build is named by its id, the beginning of one, or its last six figures; `last` is the newest, `last~1` the one
    before.
    """
    if context.invoked_subcommand is not None:
        return None
    from graphbuild.report.builds import builds_document, builds_lines

    request = past_request(context, recipe)
    found = all_builds(request) if everything else builds(request)
    if as_json:
        print_document({"code": 0, **builds_document(found)})
    else:
        others = 0 if everything else other_builds(request)
        click.echo("\n".join(builds_lines(found, request.project, request.recipe, others)))
    return 0


@command.command(
    "show",
    epilog=examples(
        "graphbuild builds show last",
        "graphbuild builds show last --trace trace.json",
        "graphbuild builds show 20261121-2017 --json",
    ),
)
@click.argument("build", default="last")
@looking_back_options
@click.option("--trace", metavar="FILE", help="Write a trace of it to FILE, for ui.perfetto.dev or chrome://tracing.")
@click.option("--said", metavar="NODE", help="Show only what NODE wrote to its output while it ran: the last 64 KiB.")
@json_option
@click.pass_context
def show_command(
    context: click.Context, /, build: str, recipe: str | None, trace: str | None, said: str | None, as_json: bool
) -> int:
    """Show what one build did: each node that ran, failed or was skipped, and why; where the time went.

    The default of BUILD is the last one.
    """
    from graphbuild.report.builds import build_document, build_lines

    request = past_request(context, recipe)
    record = build_named(request, build)
    if trace is not None:
        from graphbuild.report.past_trace import past_trace

        write_text(context, trace, past_trace(record), "--trace")
    if said is not None and not as_json:
        click.echo(_said(record, said), nl=False)
    elif as_json:
        print_document({**build_document(record), "code": 0, "exit_code": record.code})
    else:
        click.echo("\n".join(build_lines(record, request.project)))
    return 0


def _said(record: BuildRecord, name: str) -> str:
    """What nodes of a name said. Raises UsageError where there is none of it."""
    found = [node for node in record.nodes.values() if name in (node.id, node.name)]
    if not found:
        known = sorted({one for node in record.nodes.values() for one in (node.id, node.name)})
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else "`graphbuild builds show` lists those that ran"
        raise UsageError(Problem(f"there is no node `{name}` in build {record.id}", hint=hint))
    return "".join(f"{node.said.rstrip()}\n" for node in found if node.said is not None)
