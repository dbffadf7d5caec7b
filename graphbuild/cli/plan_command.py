"""`graphbuild plan`: what would run and why, running nothing."""

from __future__ import annotations

from typing import Any

import click

from graphbuild.cli.building import show_plan
from graphbuild.cli.output import examples, json_option, matrix_option, recipe_options, recipe_request


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
@matrix_option
@click.option("--force", is_flag=True, help="As if everything were to run again.")
@json_option
@click.pass_context
def command(context: click.Context, /, targets: tuple[str, ...], as_json: bool, force: bool, **options: Any) -> int:
    """Show what a build of TARGETs would run and why, with what it took before. Exit code 3 if anything would run."""
    return show_plan(recipe_request(context, options, targets=targets, force=force), as_json=as_json)
