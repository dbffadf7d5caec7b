"""`graphbuild data`: look at the data of an assistant, convert it, split it, migrate a project of Rasa 1 or 2."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.many_values import ManyValues
from graphbuild.cli.output import examples, json_option, loudness_options, project_of, store_of, variables_of
from graphbuild.errors import Problem, UsageError, shown

if TYPE_CHECKING:
    from graphbuild.project.conversion import Conversion
    from graphbuild.project.migration import ProjectMigration

_DATA = click.option("--data", multiple=True, metavar="PATH", help="Training data, file or folder; may be repeated.")
_DOMAIN = click.option("-d", "--domain", metavar="PATH", help="The domain, file or folder.")
_FORCE = click.option("--force", is_flag=True, help="Replace files of the same name.")
_CONVERTED = "converted_data"
_SPLIT = "train_test_split"


@click.group(
    "data",
    short_help="Look at data, convert, split or migrate it.",
    epilog=examples(
        "graphbuild data show",
        "graphbuild data convert all --out converted_data",
        "graphbuild data split nlu --training-fraction 0.8",
        "graphbuild -C old-assistant data migrate",
    ),
)
def command() -> None:
    """Look at the domain and the training data, convert, split or migrate them."""


@command.command(
    "show",
    cls=ManyValues,
    epilog=examples(
        "graphbuild data show",
        "graphbuild data show --data data/nlu.yml --json",
        "graphbuild data show --data models/mine.tar.gz",
    ),
)
@_DOMAIN
@_DATA
@json_option
@click.pass_context
def show_command(context: click.Context, /, domain: str | None, data: tuple[str, ...], as_json: bool) -> int:
    """Show everything that is read: examples, synonyms, the domain, stories.

    With --json all of it, else a summary. Works whatever components config.yml names. --data may name a package that
    was trained with --persist-nlu-data, too.
    """
    from graphbuild.project.data import read_project

    found = read_project(project_of(context), variables_of(domain, data), store=store_of(context))
    shown = found.shown()
    if as_json:
        for problem in found.unasked:
            click.echo(f"warning: {problem.location}: {problem.what}", err=True)
        print_document(shown)
        return 0
    from graphbuild.cli.data_summary import summary

    click.echo(summary(found, shown), nl=False)
    return 0


@command.command(
    "convert",
    cls=ManyValues,
    epilog=examples(
        "graphbuild data convert all",
        "graphbuild data convert nlu --data old/nlu.md --out data",
        "graphbuild data convert nlu -f json",
    ),
)
@click.argument("kind", type=click.Choice(["nlu", "core", "responses", "all"]))
@click.option("-f", "--format", "wanted", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
@_DATA
@click.option("--out", default=_CONVERTED, show_default=True, metavar="DIR", help="Folder of the new files.")
@click.option("--trim", is_flag=True, help="Take away spaces at the ends of examples, which YAML cannot keep.")
@_FORCE
@loudness_options
@json_option
@click.pass_context
def convert_command(context: click.Context, /, kind: str, wanted: str, as_json: bool, **options: Any) -> int:
    """Write data of any format that is read as current YAML, one new file for each.

    Takes NLU data, stories and rules (core), responses, or all that a file holds. What was written reads back as it
    was read; what cannot be is an error, and then nothing is written. -f json writes NLU data as Rasa NLU JSON.
    """
    from graphbuild.project.conversion import convert

    if wanted == "json" and kind != "nlu":
        raise UsageError(f"JSON holds NLU data only, not `{kind}`: graphbuild data convert nlu -f json")
    project = project_of(context)
    done = convert(
        project,
        _data_of(project, options["data"]),
        project / options["out"],
        kind=kind,
        as_json=wanted == "json",
        trims=options["trim"],
        replaces=options["force"],
    )
    _tell(context, done, as_json)
    return 0


@command.command(
    "split",
    cls=ManyValues,
    epilog=examples(
        "graphbuild data split nlu",
        "graphbuild data split stories --training-fraction 0.9 --random-seed 7",
    ),
)
@click.argument("kind", type=click.Choice(["nlu", "stories"]))
@click.option("--training-fraction", "fraction", type=float, default=0.8, show_default=True, metavar="F")
@click.option("--random-seed", "seed", type=int, default=0, show_default=True, metavar="N")
@_DATA
@click.option("--out", default=_SPLIT, show_default=True, metavar="DIR", help="Folder of the new files.")
@_FORCE
@loudness_options
@json_option
@click.pass_context
def split_command(context: click.Context, /, kind: str, fraction: float, as_json: bool, **options: Any) -> int:
    """Split NLU data or stories in two: to train on, and to test on.

    Of an intent with two examples or more, at least one is on each side. The same seed and data give the same split,
    whatever the order of the examples; one that is added moves no other.
    """
    from graphbuild.project.conversion import split

    if not 0 < fraction < 1:
        raise UsageError(f"--training-fraction is between 0 and 1, not {fraction:g}")
    project = project_of(context)
    done = split(
        project,
        _data_of(project, options["data"]),
        project / options["out"],
        kind=kind,
        fraction=fraction,
        seed=options["seed"],
        replaces=options["force"],
    )
    _tell(context, done, as_json)
    return 0


@command.command(
    "migrate",
    cls=ManyValues,
    epilog=examples(
        "graphbuild data migrate",
        "graphbuild -C old-assistant data migrate --out ../new-assistant",
    ),
)
@click.option("-c", "--config", default="config.yml", show_default=True, metavar="PATH", help="The Rasa config.")
@_DOMAIN
@_DATA
@click.option("--out", metavar="DIR", help="The new folder.  [default: PROJECT-3x, beside the project]")
@loudness_options
@json_option
@click.pass_context
def migrate_command(context: click.Context, /, config: str, as_json: bool, **options: Any) -> int:
    """Make a project of Rasa 3 out of one of Rasa 1 or 2, in a new folder; the original is left as it is.

    The domain, the data of all formats, and the config are migrated; everything else is copied. Says what was changed
    and what needs a person's eye, also in MIGRATION.md of the new project.
    """
    from graphbuild.project.data import data_paths
    from graphbuild.project.migration import migrate

    project = project_of(context)
    folder = project.resolve()
    out = project / options["out"] if options["out"] else folder.parent / f"{folder.name}-3x"
    paths = data_paths(project, variables_of(options["domain"], options["data"]))
    done = migrate(folder, out, domain=paths["domain"], data=paths["data"], config=config)
    if as_json:
        print_document(_migration_document(done))
    elif not context.obj["quiet"]:
        click.echo(_migration_text(done), nl=False)
    return 0


def _data_of(project: Path, given: Sequence[str]) -> list[str]:
    """The training data that was named, or the project's own. Raises UsageError."""
    if given:
        return list(given)
    from graphbuild.project.data import data_paths

    found = data_paths(project, {})["data"]
    if not found:
        raise UsageError(Problem(f"there is no data in {project}", hint="name the files: --data PATH"))
    return found


def _tell(context: click.Context, done: Conversion, as_json: bool) -> None:
    """What was written, or why a file was not."""
    if as_json:
        print_document(_conversion_document(done))
        return
    if context.obj["quiet"]:
        return
    for problem in map(shown, done.warnings):
        click.echo(f"warning: {problem.location}: {problem.what}", err=True)
    for one in done.written:
        source = f"{one.source} -> " if one.source else ""
        left_out = f" (left out: {', '.join(one.left_out)})" if one.left_out else ""
        click.echo(f"{source}{one.path}: {_counted(one.counts)}{left_out}")
    for label, why in done.skipped:
        click.echo(f"{label}: passed over, {why}")
    if not done.written:
        click.echo("nothing was written")


def _counted(counts: Any) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counts.items()) or "nothing"


def _conversion_document(done: Conversion) -> dict[str, Any]:
    from graphbuild.report.as_json import problems_document

    return {
        "code": 0,
        "written": [
            {
                "source": one.source or None,
                "path": str(one.path),
                "counts": dict(one.counts),
                "left_out": list(one.left_out),
            }
            for one in done.written
        ],
        "skipped": [{"source": label, "why": why} for label, why in done.skipped],
        "warnings": problems_document(done.warnings),
    }


def _migration_document(done: ProjectMigration) -> dict[str, Any]:
    return {
        "code": 0,
        "project": str(done.out),
        "files": [{"path": one.name, "source": one.source, "how": one.how} for one in done.files],
        "changes": done.changes,
        "concerns": done.concerns,
    }


def _migration_text(done: ProjectMigration) -> str:
    lines = [f"{done.out}: {len(done.files)} files", "", *(f"changed  {change}" for change in done.changes)]
    lines += [f"look at  {concern}" for concern in done.concerns]
    return "\n".join([*lines, "", f"now: graphbuild -C {done.out} data show"]) + "\n"
