"""`graphbuild graph`: the DAG as a page, or as text, dot, mermaid, json, svg."""

from __future__ import annotations

import webbrowser
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from graphbuild.builder import graph
from graphbuild.cli.documents import print_text
from graphbuild.cli.output import examples, json_option, matrix_option, recipe_options, recipe_request, write_text
from graphbuild.errors import Problem, UsageError
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.history.record import Ending
from graphbuild.inspecting import build_named, endings
from graphbuild.session import BuildRequest

if TYPE_CHECKING:
    from graphbuild.looking import Sight

FORMATS = ("text", "html", "svg", "dot", "mermaid", "json")


@click.command(
    "graph",
    short_help="Draw the DAG: a page, text, svg, dot, mermaid, json.",
    epilog=examples(
        "graphbuild graph",
        "graphbuild graph --format html -o graph.html --last --open",
        "graphbuild graph --build last~1",
        "graphbuild graph --matrix --last",
        "graphbuild graph --against other.yml --format html -o changes.html",
    ),
)
@click.argument("targets", nargs=-1)
@recipe_options
@matrix_option
@click.option("--format", "form", type=click.Choice(FORMATS), default="text")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
@click.option("--last", is_flag=True, help="Coloured by what the last build did.")
@click.option("--build", "build_id", metavar="ID", help="The graph of an earlier build, coloured by what it did.")
@click.option("--against", metavar="RECIPE|ID", help="Show what is otherwise than in another recipe or build.")
@click.option("--open", "opens", is_flag=True, help="Open what was written, in a browser.")
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
    against: str | None,
    opens: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Draw the DAG of the recipe, or of what TARGETs need; with --build ID as it was in an earlier build.

    An ID is that of a build or the beginning of one, last, or last~1 for the one before. An html page stands alone:
    what a build would do, or with --last or --build what it did and why, node by node. Of --matrix the variants of a
    node are one box, but in json.
    """
    if opens and output is None:
        raise UsageError("--open opens what was written; name a file: -o FILE")
    request = recipe_request(context, options, targets=targets)
    if build_id is not None and targets:
        raise UsageError(Problem("--build ID draws what that build was for", hint="leave out the TARGETs"))
    build_id = "last" if last and build_id is None and (form == "html" or against is not None) else build_id
    text = _drawn(request, "json" if as_json else form, build_id, against, last=last)
    if output is None:
        print_text(text)
        return 0
    written = write_text(context, output, text)
    if opens:
        webbrowser.open(written.resolve().as_uri())
    return 0


def _drawn(request: BuildRequest, form: str, build_id: str | None, against: str | None, *, last: bool) -> str:
    """The graph in one of the formats. Raises UsageError, RecipeError, DataError, StoreError."""
    if form == "html" or against is not None:
        return _looked_at(request, form, build_id, against)
    return _written(form, *_painted(request, build_id, last=last))


def _written(form: str, made: Graph, paint: Mapping[NodeId, str] | None) -> str:
    from graphbuild.report.diagram import FORMATS as TEXTS
    from graphbuild.report.svg import as_svg

    return (as_svg if form == "svg" else TEXTS[form])(made, paint)


def _looked_at(request: BuildRequest, form: str, build_id: str | None, against: str | None) -> str:
    """The page, and everything that is drawn against something else."""
    from graphbuild.looking import built, compared, planned
    from graphbuild.report.page.document import page_document
    from graphbuild.report.page.page import as_page

    sight = built(request, build_id) if build_id is not None else planned(request)
    comparison = compared(sight, _other(request, against), against) if against is not None else None
    if comparison is not None and form != "html":
        return _written(form, comparison.graph, comparison.changes)
    made = comparison.graph if comparison is not None else sight.graph
    return as_page(page_document(made, sight.facts, sight.components, comparison)).decode()


def _other(request: BuildRequest, against: str) -> Sight:
    """What is compared with: a recipe that is there, or a build of this one."""
    from graphbuild.looking import built, planned

    if against.startswith("recipe:") or (request.project / against).is_file():
        return planned(replace(request, recipe=against))
    return built(request, against)


def _painted(request: BuildRequest, build_id: str | None, *, last: bool) -> tuple[Graph, Mapping[NodeId, str] | None]:
    """The graph, and what it is coloured by."""
    if build_id is None:
        made = graph(request)
        known = endings(request) if last else {}
        return made, {node_id: known.get(node_id, Ending.HIT.value) for node_id in made.nodes} if last else None
    record = build_named(request, build_id)
    return record.graph, {node_id: node.ending.value for node_id, node in record.nodes.items()}
