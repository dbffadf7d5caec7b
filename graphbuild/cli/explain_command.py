"""`graphbuild explain NODE`: why it runs or ran."""

from __future__ import annotations

from typing import Any

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, project_of, recipe_of, recipe_options, store_of, variables_of
from graphbuild.explaining import explain
from graphbuild.session import BuildRequest


@click.command(
    "explain",
    short_help="Say why a node runs or ran: field, module, file and line.",
    epilog=examples(
        "graphbuild explain intent",
        "graphbuild explain intent:train --json",
    ),
)
@click.argument("node")
@recipe_options
@json_option
@click.pass_context
def command(context: click.Context, /, node: str, as_json: bool, **options: Any) -> int:
    """Say why NODE would run, or, when it is up to date, why it ran the last time.

    NODE is a node of the recipe (`intent`) or one of its steps (`intent:train`). To tell which record of the data
    changed, files that changed are read (importers are run); nothing else runs.
    """
    project = project_of(context)
    request = BuildRequest(
        project=project,
        recipe=recipe_of(options["recipe"], project),
        variables=variables_of(options["domain"], options["data"]),
        store=store_of(context),
    )
    found = explain(request, node)
    if as_json:
        from graphbuild.report.as_json import reasons_document

        nodes = [
            {
                "node": one.node,
                "decision": one.decision.verdict.value,
                "reasons": reasons_document([*one.decision.reasons, *one.records]),
                "last_run": one.last_run,
                "last_reasons": reasons_document(one.last_reasons),
                "last_rows": one.last_rows,
            }
            for one in found
        ]
        print_document({"code": 0, "nodes": nodes})
        return 0
    from graphbuild.report.reasons import explain_text

    texts = [
        explain_text(one.node, one.decision, one.records, one.last_reasons, one.last_run, one.last_rows)
        for one in found
    ]
    click.echo("\n".join(texts), nl=False)
    return 0
