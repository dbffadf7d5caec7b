"""`graphbuild graph`: the DAG as text, dot, mermaid, json or svg."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from graphbuild.builder import graph
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
from graphbuild.errors import Problem, UsageError
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.history.record import Ending
from graphbuild.inspecting import build_named, endings
from graphbuild.session import BuildRequest


@click.command(
    "graph",
    short_help="Draw the DAG: text, dot, mermaid, json, svg.",
    epilog=examples(
        "graphbuild graph",
        "graphbuild graph --format svg -o graph.svg --last",
        "graphbuild graph --build last~1",
    ),
)
@click.argument("targets", nargs=-1)
@recipe_options
@click.option("--format", "form", type=click.Choice(["text", "dot", "mermaid", "json", "svg"]), default="text")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
@click.option("--last", is_flag=True, help="Coloured by what the last build did.")
@click.option("--build", "build_id", metavar="ID", help="The graph of an earlier build, coloured by what it did.")
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    targets: tuple[str, ...],
    form: str,
    output: str | None,
    last: bool,
    build_id: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Draw the DAG of the recipe, or of what TARGETs need; with --build ID as it was in an earlier build.

    Builds are named as `graphbuild builds` lists them: an id or the beginning of one, last, last~1.
    """
    project = project_of(context)
    request = BuildRequest(
        project=project,
        recipe=recipe_of(options["recipe"], project),
        variables=variables_of(options["domain"], options["data"]),
        targets=targets,
        store=store_of(context),
    )
    form = "json" if as_json else form
    made, paint = _painted(request, build_id, last=last)
    from graphbuild.report.diagram import FORMATS
    from graphbuild.report.svg import as_svg

    text = (as_svg if form == "svg" else FORMATS[form])(made, paint)
    if output is None:
        print_text(text)
    else:
        write_text(output, text)
    return 0


def _painted(request: BuildRequest, build_id: str | None, *, last: bool) -> tuple[Graph, Mapping[NodeId, str] | None]:
    """The graph, and what it is coloured by. Raises UsageError, RecipeError, StoreError."""
    if build_id is None:
        made = graph(request)
        known = endings(request) if last else {}
        return made, {node_id: known.get(node_id, Ending.HIT.value) for node_id in made.nodes} if last else None
    if request.targets:
        raise UsageError(Problem("--build ID draws what that build was for", hint="leave out the TARGETs"))
    record = build_named(request, build_id)
    return record.graph, {node_id: node.ending.value for node_id, node in record.nodes.items()}
