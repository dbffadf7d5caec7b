"""`graphbuild components [NAME]`: the components that a recipe can use."""

from __future__ import annotations

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, project_of


@click.command(
    "components",
    short_help="List the components, or show one with its ports and options.",
    epilog=examples(
        "graphbuild components",
        "graphbuild components CountVectorsFeaturizer",
    ),
)
@click.argument("name", required=False)
@json_option
@click.pass_context
def command(context: click.Context, /, name: str | None, as_json: bool) -> int:
    """List what `uses:` may say, by kind, or show NAME with its ports, options, defaults and help.

    NAME is a registered component, or `module:Class` of the project.
    """
    from graphbuild.contract.registry import catalogue, load
    from graphbuild.report.catalogue import component_document, component_text, first_line, table_text

    if name is not None:
        document = component_document(name, load(name, project_of(context)))
        if as_json:
            print_document({"code": 0, **document})
        else:
            click.echo(component_text(document).rstrip("\n"))
        return 0
    found = {known: load(known) for known in catalogue()}
    if as_json:
        listed = [{"component": known, "kind": one.kind, "about": first_line(one)} for known, one in found.items()]
        print_document({"code": 0, "components": listed})
    else:
        click.echo(table_text(found), nl=False)
    return 0
