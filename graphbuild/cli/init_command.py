"""`graphbuild init [DIR]`: a new assistant in a folder, ready to train."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, loudness_options
from graphbuild.errors import Problem, UsageError

_DEFAULT = "sample"
_MADE = (".graphbuild", "models", "results", "story_graph.html", "__pycache__")
"""What commands write: a sample that was tried out in a clone stays as new as it was."""


@click.command(
    "init",
    short_help="Make a new assistant in a folder, ready to train.",
    epilog=examples(
        "graphbuild init my-assistant",
        "graphbuild init news --sample text-classifier",
    ),
)
@click.argument("folder", default=".", metavar="[DIR]")
@click.option("--sample", default=_DEFAULT, show_default=True, metavar="NAME", help="Which packaged project to copy.")
@click.option("--force", is_flag=True, help="Also into a folder with files in it; files of the same name are replaced.")
@loudness_options
@json_option
@click.pass_context
def command(context: click.Context, /, folder: str, sample: str, force: bool, as_json: bool) -> int:
    """Copy a small assistant, which trains in seconds, into DIR, and say what comes next.

    DIR is made when it is not there; it is the current folder when none is named.
    """
    source = _sample(sample)
    target = Path(context.obj["folder"]) / folder
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file")
    if target.is_dir() and any(target.iterdir()) and not force:
        raise UsageError(Problem(f"the folder {target} is not empty", hint="name another one, or give --force"))
    try:
        copied: list[str] = []
        shutil.copytree(
            source,
            target,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns(*_MADE),
            copy_function=lambda one, other: copied.append(shutil.copy2(one, other)),
        )
    except OSError as error:
        raise UsageError(f"cannot write to {target}: {error.strerror or error}") from error
    command_line = _next(source, target)
    if as_json:
        print_document({"code": 0, "project": str(target), "next": command_line})
    elif not context.obj["quiet"]:
        click.echo(f"{target}: {len(copied)} files of the packaged project `{sample}`\nnow: {command_line}")
    return 0


def _sample(name: str) -> Path:
    from graphbuild.recipe.packaged import sample_projects

    samples = sample_projects()
    if name not in samples:
        raise UsageError(Problem(f"there is no packaged project `{name}`", hint=f"there is {', '.join(samples)}"))
    return samples[name]


def _next(source: Path, target: Path) -> str:
    """The command that builds the new project."""
    from graphbuild.recipe.packaged import PROJECT_RECIPES, recipe_in

    recipe = recipe_in(source)
    is_default = recipe == PROJECT_RECIPES[0]
    what = "train" if (source / "domain.yml").is_file() else "build" if is_default else f"build -f {recipe}"
    where = "" if target.resolve() == Path.cwd() else f" -C {shlex.quote(str(target))}"
    return f"graphbuild{where} {what}"
