"""`graphbuild build [TARGET...]`: build targets of a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graphbuild.cli.building import run_build, show_plan
from graphbuild.cli.output import (
    examples,
    json_option,
    project_of,
    recipe_of,
    recipe_options,
    run_options,
    store_of,
    variables_of,
)
from graphbuild.session import BuildRequest


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
    project = project_of(context)
    request = BuildRequest(
        project=project,
        recipe=recipe_of(options["recipe"], project),
        variables=variables_of(options["domain"], options["data"]),
        targets=targets,
        force=options["force"],
        jobs=options["jobs"],
        keep_going=options["keep_going"],
        store=store_of(context),
        out=Path(options["out"]) if options["out"] else None,
        fixed_name=options["fixed_model_name"],
        package=not options["no_package"],
    )
    if dry_run:
        return show_plan(request, as_json=as_json)
    return run_build(context, request, as_json=as_json)
