"""`graphbuild model`: what is in a package, whether it is whole, in what two differ, what it was made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.model_origin import provenance_command, sbom_command
from graphbuild.cli.model_verification import verify_command
from graphbuild.cli.output import examples, json_option, project_of
from graphbuild.errors import ExitCode

if TYPE_CHECKING:
    from graphbuild.package.package import Package


@click.group(
    "model",
    short_help="Look into packages: show, verify, diff, sbom, provenance.",
    epilog=examples(
        "graphbuild model show models",
        "graphbuild model diff models/a.tar.gz models/b.tar.gz",
        "graphbuild model sbom",
    ),
)
def command() -> None:
    """Look into packages. MODEL is a file, or a folder whose newest package it is. Nothing of a package is executed."""


@command.command("show", epilog=examples("graphbuild model show models", "graphbuild model show m.tar.gz --json"))
@click.argument("model", default="models")
@json_option
@click.pass_context
def show_command(context: click.Context, /, model: str, as_json: bool) -> int:
    """Show what a package holds, and where it came from: nodes, artifacts with their sizes, versions, files.

    The default of MODEL is models/.
    """
    from graphbuild.package.package import whole
    from graphbuild.report.package_contents import package_document, package_lines

    path, package = _read(context, model)
    with whole(path):
        document = package_document(package, path)
    if as_json:
        print_document({"code": 0, **document})
    else:
        click.echo("\n".join(package_lines(document)))
    return int(ExitCode.DONE)


@command.command("diff", epilog=examples("graphbuild model diff models/a.tar.gz models/b.tar.gz --json"))
@click.argument("old")
@click.argument("new")
@json_option
@click.pass_context
def diff_command(context: click.Context, /, old: str, new: str, as_json: bool) -> int:
    """Tell in what package NEW differs from OLD: nodes, options, artifacts, the data and code that they were made of.

    The exit code is 0 also where they differ.
    """
    from graphbuild.package.package import whole
    from graphbuild.report.package_contents import difference, difference_lines

    (old_path, before), (new_path, after) = _read(context, old), _read(context, new)
    with whole(new_path):
        found = difference(before, after)
    if as_json:
        files = {
            "old": str(old_path),
            "new": str(new_path),
            "same_key": before.manifest["key"] == after.manifest["key"],
        }
        print_document({"code": 0, **files, "difference": found})
    else:
        click.echo("\n".join(difference_lines(found)))
    return int(ExitCode.DONE)


def _read(context: click.Context, model: str) -> tuple[Path, Package]:
    """A package, verified. Raises UsageError, GraphbuildError."""
    from graphbuild.package.find import find_package
    from graphbuild.package.package import read_package

    path = find_package(project_of(context) / model)
    return path, read_package(path)


for _one in (verify_command, sbom_command, provenance_command):
    command.add_command(_one)
