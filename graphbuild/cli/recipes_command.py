"""`graphbuild recipes`: what is packaged; `recipes convert`: what a Rasa config equals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option
from graphbuild.cli.recipes_convert_command import command as convert

_CONVERT = "convert"


class RecipesCommand(click.Command):
    """`recipes`, which hands over to `recipes convert` where it is named."""

    also = (convert,)
    """Commands below this one."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that is meant."""
        if args[:1] == [_CONVERT]:
            return convert.make_context(f"{info_name} {_CONVERT}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command(
    "recipes",
    cls=RecipesCommand,
    short_help="List the packaged recipes.",
    epilog=examples(
        "graphbuild recipes",
        "graphbuild recipes light",
        "graphbuild train --config recipe:light",
        "graphbuild recipes convert config.yml",
    ),
)
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> int:
    """List the packaged recipes, or print the one called NAME.

    A packaged recipe stands wherever a recipe is asked for, as recipe:NAME, and after `extends:`. `graphbuild recipes
    convert` prints the recipe that a config of Rasa equals.
    """
    from graphbuild.recipe.packaged import PREFIX, find_recipe, packaged_recipes, sample_projects

    if name is not None:
        label = PREFIX + name.removeprefix(PREFIX)
        text = find_recipe(label, Path()).path.read_text("utf-8")
        if as_json:
            print_document({"code": 0, "recipe": label, "text": text})
        else:
            click.echo(text, nl=False)
        return 0
    recipes = {found: _about(path) for found, path in packaged_recipes().items()}
    samples = sorted(sample_projects())
    if as_json:
        print_document({"code": 0, "recipes": recipes, "samples": samples})
        return 0
    width = max(map(len, recipes), default=0)
    for found, about in recipes.items():
        click.echo(f"{PREFIX}{found:<{width}}  {about}".rstrip())
    if samples:
        click.echo(f"\nsample projects, for `graphbuild init --sample`: {', '.join(samples)}")
    return 0


def _about(path: Path) -> str:
    """The first comment of a recipe, which says what it is for."""
    first = path.read_text("utf-8").partition("\n")[0]
    return first.removeprefix("#").strip() if first.startswith("#") else ""
