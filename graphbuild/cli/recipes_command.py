"""`graphbuild recipes`: what is packaged."""

from __future__ import annotations

from pathlib import Path

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option


@click.command(
    "recipes",
    short_help="List the packaged recipes.",
    epilog=examples(
        "graphbuild recipes",
        "graphbuild recipes light",
        "graphbuild train --config recipe:light",
    ),
)
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> int:
    """List the packaged recipes, or print the one called NAME.

    A packaged recipe stands wherever a recipe is asked for, as recipe:NAME, and after `extends:`.
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
