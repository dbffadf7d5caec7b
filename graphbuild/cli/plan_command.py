"""`graphbuild plan`: what would run and why, running nothing."""

from __future__ import annotations

from typing import Any

import click

from graphbuild.cli.building import show_plan
from graphbuild.cli.output import examples, json_option, project_of, recipe_of, recipe_options, store_of, variables_of
from graphbuild.session import BuildRequest


@click.command(
    "plan",
    short_help="Show what would run and why, running nothing.",
    epilog=examples(
        "graphbuild plan",
        "graphbuild plan --json",
        "graphbuild plan -c recipe:light intent",
    ),
)
@click.argument("targets", nargs=-1)
@recipe_options
@click.option("--force", is_flag=True, help="As if everything were to run again.")
@json_option
@click.pass_context
def command(context: click.Context, /, targets: tuple[str, ...], as_json: bool, force: bool, **options: Any) -> int:
    """Show what a build of TARGETs would run and why, with what it took before. Exit code 3 if anything would run."""
    project = project_of(context)
    request = BuildRequest(
        project=project,
        recipe=recipe_of(options["recipe"], project),
        variables=variables_of(options["domain"], options["data"]),
        targets=targets,
        force=force,
        store=store_of(context),
    )
    return show_plan(request, as_json=as_json)
