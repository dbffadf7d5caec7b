"""`graphbuild validate [stories]`: check domain, data and configuration."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from graphbuild.cli.colours import has_colours
from graphbuild.cli.documents import print_document
from graphbuild.cli.many_values import ManyValues
from graphbuild.cli.output import (
    HISTORY,
    examples,
    json_option,
    loudness_options,
    project_of,
    recipe_of,
    recipe_options,
    store_of,
    variables_of,
    write_text,
)
from graphbuild.errors import UsageError
from graphbuild.project.validation import BASE, Validated, rules, validate
from graphbuild.session import BuildRequest


@click.command(
    "validate",
    cls=ManyValues,
    short_help="Check domain, data and configuration; trains nothing.",
    epilog=examples(
        "graphbuild validate",
        "graphbuild validate --fail-on-warnings --sarif findings.sarif",
        "graphbuild validate stories --max-history 5",
    ),
)
@click.argument("part", required=False, type=click.Choice(["stories"]))
@recipe_options
@click.option("--fail-on-warnings", is_flag=True, help="Let warnings fail, too; notes never do.")
@click.option(
    "--max-history",
    type=click.IntRange(1),
    metavar="N",
    help=HISTORY,
)
@click.option("--sarif", metavar="FILE", help="Write the findings as SARIF 2.1.0, too, for tools of code review.")
@loudness_options
@json_option
@click.pass_context
def command(context: click.Context, /, part: str | None, as_json: bool, **options: Any) -> int:
    """Check domain, data and configuration, or with `stories` only how the stories hang together.

    Every finding has a code, which docs/validation.md explains. Exit code 1 when there are errors, or warnings with
    --fail-on-warnings.
    """
    project = project_of(context)
    request = BuildRequest(
        project=project,
        recipe=_recipe(options["recipe"], project),
        variables=variables_of(options["domain"], options["data"]),
        store=store_of(context),
    )
    validated = validate(request, max_history=options["max_history"], only_structure=part is not None)
    code = validated.code(fail_on_warnings=options["fail_on_warnings"])
    if options["sarif"]:
        _write_sarif(context, options["sarif"], validated)
    if as_json:
        from graphbuild.report.findings import findings_document

        document = {"code": int(code), "findings": findings_document(validated.findings)}
        print_document({**document, "unchecked": list(validated.unchecked)})
    else:
        _show(context, validated, project)
    return int(code)


def _recipe(given: str | None, project: Path) -> str:
    """The configuration; data can be checked without one."""
    try:
        return recipe_of(given, project)
    except UsageError:
        return BASE


def _show(context: click.Context, validated: Validated, project: Path) -> None:
    from graphbuild.errors import Level
    from graphbuild.report.findings import render_findings
    from graphbuild.report.problems import texts_of

    shown = validated.findings
    if context.obj["quiet"]:
        shown = tuple(one for one in shown if one.level is Level.ERROR)
    if shown or not context.obj["quiet"]:
        texts = texts_of(shown, project)
        colour = has_colours(sys.stdout)
        click.echo(render_findings(shown, texts, validated.unchecked, colour=colour), nl=False, color=colour)


def _write_sarif(context: click.Context, path: str, validated: Validated) -> None:
    from graphbuild.report.as_json import dumps
    from graphbuild.report.findings import sarif
    from graphbuild.version import version

    write_text(context, path, dumps(sarif(validated.findings, rules(), version())), "--sarif")
