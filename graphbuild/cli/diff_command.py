"""`graphbuild diff`: in what two builds, or two packages, differ."""

from __future__ import annotations

from pathlib import Path

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, looking_back_options, past_request, project_of
from graphbuild.errors import Problem, UsageError
from graphbuild.inspecting import difference


@click.command(
    "diff",
    short_help="Tell in what two builds, or two packages, differ.",
    epilog=examples(
        "graphbuild diff last",
        "graphbuild diff last~3 last --json",
        "graphbuild diff models/a.tar.gz models/b.tar.gz",
    ),
)
@click.argument("old", metavar="[OLD]", default="last")
@click.argument("new", metavar="[NEW]", required=False)
@looking_back_options
@json_option
@click.pass_context
def command(context: click.Context, /, old: str, new: str | None, recipe: str | None, as_json: bool) -> int:
    """Tell in what build NEW differs from build OLD: data, nodes, options, code, what came of it, durations.

    With one build, or none for the last one: from the build before it. Builds are named as `graphbuild builds` lists
    them. Two packages, files or folders, are compared as `graphbuild model diff` does. The exit code is 0 also where
    they differ.
    """
    if _is_package(context, old):
        if new is None:
            raise UsageError(Problem(f"{old} is a package: name another one to compare it with"))
        from graphbuild.cli.model_command import diff_command

        context.invoke(diff_command, old=old, new=new, as_json=as_json)
        return 0
    from graphbuild.report.difference import difference_document, difference_lines

    found = difference(past_request(context, recipe), old, new)
    if as_json:
        print_document({"code": 0, **difference_document(found)})
    else:
        click.echo("\n".join(difference_lines(found)))
    return 0


def _is_package(context: click.Context, name: str) -> bool:
    return name.endswith(".tar.gz") or (project_of(context) / Path(name)).exists()
