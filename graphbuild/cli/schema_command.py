"""`graphbuild schema`: a JSON Schema of recipes, for editors."""

from __future__ import annotations

import json

import click

from graphbuild.cli.documents import print_text
from graphbuild.cli.output import examples, keeping_output, write_text


@click.command(
    "schema",
    short_help="Print a JSON Schema of recipes, for editors.",
    epilog=examples("graphbuild schema -o recipe.schema.json"),
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
@click.option("--json", "as_json", is_flag=True, callback=keeping_output,
    help="As ever: a schema is a JSON document.")  # fmt: skip
@click.pass_context
def command(context: click.Context, /, output: str | None, as_json: bool) -> int:
    """Print a JSON Schema of recipes: keys, components, their ports and options with defaults and help.

    An editor completes and checks by it, where a recipe begins with
    `# yaml-language-server: $schema=recipe.schema.json`.
    """
    from graphbuild.contract.registry import catalogue, load
    from graphbuild.report.recipe_schema import recipe_schema

    schema = recipe_schema({name: load(name) for name in catalogue()})
    text = json.dumps(schema, ensure_ascii=False, indent=None if as_json else 2)
    if output is None:
        print_text(f"{text}\n")
    else:
        write_text(context, output, f"{text}\n")
    return 0
