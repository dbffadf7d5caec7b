"""`graphbuild query EXPR`: questions about the DAG."""

from __future__ import annotations

from typing import Any

import click

from graphbuild.builder import graph
from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, matrix_option, recipe_options, recipe_request
from graphbuild.report.query import FUNCTIONS, evaluate


def _help() -> str:
    width = max(len(text.partition(": ")[0]) for text in FUNCTIONS.values())
    rows = [f"{call:<{width}}  {meaning}" for call, _, meaning in (text.partition(": ") for text in FUNCTIONS.values())]
    rows.append(f"{'a + b, a - b, a & b':<{width}}  in either; in a, not in b; in both")
    rows.append(f"{'':<{width}}  (also: union, except, intersect)")
    listing = "\n".join(rows)
    return (
        "Print the nodes that EXPR means, one a line, in the order of a build.\n\n"
        f"\b\n{listing}\n\n"
        "A name is a node of the recipe (intent), one of its steps (intent:train), or a glob (*:train)."
    )


@click.command(
    "query",
    help=_help(),
    short_help="Ask about the DAG: deps(x), rdeps(x), kind(policy) ...",
    epilog=examples(
        "graphbuild query 'rdeps(domain)'",
        "graphbuild query 'deps(intent) - kind(importer)'",
        "graphbuild query --matrix 'kind(evaluation)'",
    ),
)
@click.argument("expression", metavar="EXPR")
@recipe_options
@matrix_option
@json_option
@click.pass_context
def command(context: click.Context, /, expression: str, as_json: bool, **options: Any) -> int:
    """Prints what an expression means."""
    request = recipe_request(context, options)
    made = graph(request)
    found = [made.nodes[node_id] for node_id in evaluate(expression, made)]
    if as_json:
        nodes = [
            {"node": one.id, "kind": one.kind, "component": one.uses, "operation": one.operation.value} for one in found
        ]
        print_document({"code": 0, "nodes": nodes})
    for node in [] if as_json else found:
        click.echo(node.id)
    return 0
