"""`graphbuild explain NODE`: why it runs or ran."""

from __future__ import annotations

from typing import Any

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, matrix_option, recipe_options, recipe_request
from graphbuild.explaining import explain


@click.command(
    "explain",
    short_help="Say why a node runs or ran: field, module, file and line.",
    epilog=examples(
        "graphbuild explain intent",
        "graphbuild explain intent:train --json",
        "graphbuild explain stories --since last",
        "graphbuild explain --matrix words",
    ),
)
@click.argument("node")
@recipe_options
@matrix_option
@click.option("--since", metavar="ID", help="Tell of that build too, named as `graphbuild builds` lists them.")
@json_option
@click.pass_context
def command(context: click.Context, /, node: str, since: str | None, as_json: bool, **options: Any) -> int:
    """Say why NODE would run; or, when it is up to date, why it would not, and why it ran the last time.

    NODE is a node of the recipe (`intent`) or one of its steps (`intent:train`). To tell which record of the data
    changed, files that changed are read (importers are run); nothing else runs. With --since ID, what became of it in
    that build is told too: why it ran, or why it did not although something upstream of it had changed.
    """
    request = recipe_request(context, options)
    found = explain(request, node, since)
    from graphbuild.report.explanation import explanation_document, explanation_text

    if as_json:
        print_document({"code": 0, "nodes": [explanation_document(one) for one in found]})
    else:
        click.echo("\n".join(explanation_text(one) for one in found), nl=False)
    return 0
