"""`graphbuild graph`: the DAG as text, dot, mermaid, json or svg."""

from __future__ import annotations

from typing import Any

import click

from graphbuild.builder import graph, last_outcomes
from graphbuild.cli.documents import print_text
from graphbuild.cli.output import (
    examples,
    json_option,
    project_of,
    recipe_of,
    recipe_options,
    store_of,
    variables_of,
    write_text,
)
from graphbuild.session import BuildRequest


@click.command(
    "graph",
    short_help="Draw the DAG: text, dot, mermaid, json, svg.",
    epilog=examples(
        "graphbuild graph",
        "graphbuild graph --format svg -o graph.svg --last",
    ),
)
@click.argument("targets", nargs=-1)
@recipe_options
@click.option("--format", "form", type=click.Choice(["text", "dot", "mermaid", "json", "svg"]), default="text")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
@click.option("--last", is_flag=True, help="Coloured by what the last build did.")
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    targets: tuple[str, ...],
    form: str,
    output: str | None,
    last: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Draw the DAG of the recipe, or of what TARGETs need."""
    project = project_of(context)
    request = BuildRequest(
        project=project,
        recipe=recipe_of(options["recipe"], project),
        variables=variables_of(options["domain"], options["data"]),
        targets=targets,
        store=store_of(context),
    )
    form = "json" if as_json else form
    made = graph(request)
    paint = last_outcomes(request) if last else None
    from graphbuild.report.diagram import FORMATS
    from graphbuild.report.svg import as_svg

    text = (as_svg if form == "svg" else FORMATS[form])(made, paint)
    if output is None:
        print_text(text)
    else:
        write_text(output, text)
    return 0
