"""`graphbuild build [TARGET...]`: build targets of a recipe."""

from __future__ import annotations

from typing import Any

import click

from graphbuild.cli.building import request_of, run_build, show_plan
from graphbuild.cli.output import (
    examples,
    json_option,
    recipe_options,
    run_options,
)


@click.command(
    "build",
    short_help="Build targets of a recipe.",
    epilog=examples(
        "graphbuild build",
        "graphbuild build intent",
        "graphbuild build -f recipe:light intent:train",
    ),
)
@click.argument("targets", nargs=-1)
@recipe_options
@run_options
@click.option("--dry-run", is_flag=True, help="Only say what would run, and why; exit code 3 if something would.")
@click.option("--out", metavar="DIR", help="Folder of the packages.  [default: models]")
@click.option("--fixed-model-name", metavar="NAME", help="Name of the package instead of a dated one.")
@click.option("--no-package", is_flag=True, help="Build only; write no package.")
@json_option
@click.pass_context
def command(context: click.Context, /, targets: tuple[str, ...], as_json: bool, dry_run: bool, **options: Any) -> int:
    """Build TARGETs: target groups or nodes of the recipe, its default targets when none is named.

    Single nodes are built without a package.
    """
    request = request_of(context, options, targets=targets, package=not options["no_package"])
    if dry_run:
        return show_plan(request, as_json=as_json)
    return run_build(context, request, as_json=as_json)
