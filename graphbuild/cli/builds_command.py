"""`graphbuild builds`: the builds of a recipe that are remembered, and one of them whole."""

from __future__ import annotations

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, looking_back_options, past_request
from graphbuild.inspecting import build_named, builds


@click.group(
    "builds",
    short_help="List earlier builds; show what one did, and its times.",
    invoke_without_command=True,
    epilog=examples(
        "graphbuild builds",
        "graphbuild builds show last",
        "graphbuild builds show last~1 --json",
    ),
)
@looking_back_options
@json_option
@click.pass_context
def command(context: click.Context, /, recipe: str | None, as_json: bool) -> int | None:
    """List the builds of a recipe that are remembered, the newest first: the last 100 that ran, failed or packaged.

    A build is named by its id, the beginning of one, or its last six figures; `last` is the newest, `last~1` the one
    before.
    """
    if context.invoked_subcommand is not None:
        return None
    from graphbuild.report.builds import builds_document, builds_lines

    request = past_request(context, recipe)
    found = builds(request)
    if as_json:
        print_document({"code": 0, **builds_document(found)})
    else:
        click.echo("\n".join(builds_lines(found, request.project)))
    return 0


@command.command("show", epilog=examples("graphbuild builds show last", "graphbuild builds show 20261121-2017 --json"))
@click.argument("build", default="last")
@looking_back_options
@json_option
@click.pass_context
def show_command(context: click.Context, /, build: str, recipe: str | None, as_json: bool) -> int:
    """Show what one build did: each node that ran, failed or was skipped, and why; where the time went.

    The default of BUILD is the last one.
    """
    from graphbuild.report.builds import build_document, build_lines

    request = past_request(context, recipe)
    record = build_named(request, build)
    if as_json:
        print_document({**build_document(record), "code": 0, "exit_code": record.code})
    else:
        click.echo("\n".join(build_lines(record, request.project)))
    return 0
