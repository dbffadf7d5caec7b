"""`graphbuild train compare`: train several configurations on ever fewer stories, to be compared by `test core`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.building import report_document, show_made_plan, show_report
from graphbuild.cli.documents import print_document
from graphbuild.cli.evaluation_output import (
    comparing_of,
    comparison_options,
    configs_options,
    show_findings,
    write_files,
)
from graphbuild.cli.many_values import ManyValues
from graphbuild.cli.output import (
    augmentation_option,
    choices_of,
    examples,
    json_option,
    project_of,
    run_options,
    store_of,
)
from graphbuild.cli.watching import listening, measures_of
from graphbuild.errors import ExitCode
from graphbuild.session import PACKAGE_FOLDER, BuildRequest

if TYPE_CHECKING:
    from graphbuild.project.comparison_document import Comparing
    from graphbuild.project.comparison_training import TrainedComparison


@click.command(
    "compare",
    cls=ManyValues,
    short_help="Train several configurations on ever fewer stories.",
    epilog=examples(
        "graphbuild train compare -c config.yml recipe:light",
        "graphbuild train compare -c config.yml recipe:light --runs 2 --percentages 0 50 --dry-run",
        "graphbuild train compare -c config.yml recipe:light --out comparison",
        "graphbuild test core --compare",
    ),
)
@configs_options
@comparison_options
@augmentation_option
@click.option(
    "--e2e/--no-e2e",
    "understands",
    default=True,
    help="Whether pipelines are trained, too, where the stories in tests/ have texts of users.  [default: e2e]",
)
@click.option(
    "--out",
    metavar="DIR",
    help="Write a package of each training, DIR/run_1/CONFIG__percentage__25.tar.gz.  [default: none are written]",
)
@click.option("--dry-run", is_flag=True, help="Only say what would run, and why; exit code 3 if something would.")
@run_options
@json_option
@click.pass_context
def command(context: click.Context, /, as_json: bool, dry_run: bool, **options: Any) -> int:
    """Train configurations without 0, 25, 50 and 75 % of the stories, several times, for `test core --compare`.

    Each run leaves other stories out, the same for all configurations. Steps that trainings share are built once, and
    all is kept in the store: testing afterwards trains nothing, training again runs nothing. What was compared is
    written to models/comparison.json, or DIR/comparison.json with --out DIR; `graphbuild test core --compare` (or
    --compare DIR) reads it, tests each training and draws the curves.

    `graphbuild train core -c A B` is the same. Several values may follow an option: -c A B -p 0 25 50.
    """
    request = BuildRequest(
        project=project_of(context),
        recipe="",
        **choices_of(options),
        store=store_of(context),
        out=Path(options["out"]) if options["out"] else None,
        package=False,
        **measures_of(context),
    )
    comparing = comparing_of(context, options)
    if dry_run:
        return _show_plan(request, comparing, options, as_json=as_json)
    trained = _trained(context, request, comparing, options, as_json=as_json)
    folder = options["out"] or PACKAGE_FOLDER
    document = _written(request, folder, comparing, trained) if trained.report.code is ExitCode.DONE else {}
    if as_json:
        print_document({**report_document(trained.report), **document})
        return int(trained.report.code)
    show_report(context, trained.report, request)
    if not context.obj["quiet"]:
        show_findings(trained.report.warnings, request.project)
        for line in _found(comparing, trained):
            click.echo(line)
    if document and not context.obj["quiet"]:
        for line in _lines(comparing, trained, folder):
            click.echo(line)
    return int(trained.report.code)


def _show_plan(request: BuildRequest, comparing: Comparing, options: Mapping[str, Any], *, as_json: bool) -> int:
    from graphbuild.project.comparison_training import plan_comparison

    began = time.perf_counter()
    made = plan_comparison(request, comparing, understands=options["understands"])
    return show_made_plan(made, began, as_json=as_json)


def _trained(
    context: click.Context, request: BuildRequest, comparing: Comparing, options: Mapping[str, Any], *, as_json: bool
) -> TrainedComparison:
    from dataclasses import replace

    from graphbuild.project.comparison_training import train_comparison

    began = time.perf_counter()
    with listening(context, as_json=as_json) as listener:
        trained = train_comparison(request, comparing, listener, understands=options["understands"])
    return replace(trained, report=replace(trained.report, wall_s=time.perf_counter() - began))


def _written(request: BuildRequest, folder: str, comparing: Comparing, trained: TrainedComparison) -> dict[str, Any]:
    """Writes what was compared; what `--json` tells of it."""
    from graphbuild.project.comparison_document import DOCUMENT, comparison_text, package_rows

    home = request.project / folder
    packages = {cell: _inside(path, request.project / folder) for cell, path in trained.packages.items()}
    write_files(home, {DOCUMENT: comparison_text(comparing, trained.stories, packages)})
    return {
        "comparison": str(home / DOCUMENT),
        "configs": list(comparing.labels),
        "runs": comparing.runs,
        "percentages": list(comparing.percentages),
        "stories": list(trained.stories),
        "packages": package_rows({cell: str(path) for cell, path in trained.packages.items()}),
        "findings": [
            {"configs": list(names), "code": one.code, "level": one.level.value, "what": one.what}
            for names, found in trained.findings.items()
            for one in found
        ],
    }


def _found(comparing: Comparing, trained: TrainedComparison) -> Iterator[str]:
    """A line for each group of configurations on what was found of them; none for a build with nothing to do."""
    from graphbuild.report.findings import summary

    for names, found in trained.findings.items() if not trained.report.up_to_date else ():
        codes = ", ".join(sorted({one.code for one in found if one.code is not None}))
        whose = "" if len(names) == len(comparing.labels) else f"{', '.join(names)}: "
        yield f"{whose}{summary(found)} ({codes}): graphbuild validate -c {comparing.labels[names[0]]}"


def _inside(path: Path, folder: Path) -> str:
    return path.resolve().relative_to(folder.resolve()).as_posix()


def _lines(comparing: Comparing, trained: TrainedComparison, folder: str) -> list[str]:
    labels, runs = list(comparing.labels), f"{comparing.runs} run{'s' if comparing.runs > 1 else ''}"
    left = ", ".join(str(count) for count in trained.stories)
    told = [f"{', '.join(labels)}: {runs} with {left} stories and rules, {len(comparing.cells)} trainings"]
    if trained.packages:
        told.append(f"{len(trained.packages)} packages in {folder}/")
    where = "" if folder == PACKAGE_FOLDER else f" {folder}"
    return [*told, f"compare them: graphbuild test core --compare{where}"]
