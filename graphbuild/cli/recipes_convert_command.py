"""`graphbuild recipes convert`: the native recipe that a Rasa config equals."""

from __future__ import annotations

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, project_of, write_bytes
from graphbuild.errors import Problem, UsageError


@click.command(
    "convert",
    short_help="Print the native recipe that a Rasa config equals.",
    epilog=examples("graphbuild recipes convert config.yml", "graphbuild recipes convert --out graphbuild.yml"),
)
@click.argument("config", default="config.yml", metavar="[CONFIG]")
@click.option("--out", metavar="FILE", help="Write the recipe to FILE, which must not be there yet.")
@json_option
@click.pass_context
def command(context: click.Context, /, config: str, out: str | None, as_json: bool) -> int:
    """Print the native recipe that CONFIG of Rasa equals (config.yml; default.v1 or graph.v1).

    Built after CONFIG it trains nothing, and gives the same package. Comments say what was read otherwise than it is
    written there.
    """
    from graphbuild.recipe.layer import read_layer
    from graphbuild.recipe.native_text import native_text
    from graphbuild.recipe.packaged import find_recipe
    from graphbuild.recipe.rasa_default import is_rasa_config
    from graphbuild.recipe.read import read_recipe

    project = project_of(context)
    layer = read_layer(find_recipe(config, project))
    if layer.is_readable and not is_rasa_config(layer.tree):
        raise UsageError(Problem(f"`{config}` is no config of Rasa: there is nothing to convert"))
    text = native_text(read_recipe(config, project), project)
    if out is not None:
        path = project / out
        if path.exists():
            raise UsageError(Problem(f"{out} is there already", hint="--out FILE names another file"))
        write_bytes(path, text.encode())
    if as_json:
        print_document({"code": 0, "recipe": config, "out": out, "text": text})
    elif out is None:
        click.echo(text, nl=False)
    else:
        click.echo(f"wrote {out}")
    return 0
