"""`graphbuild compare [TARGET...]`: every variant of the recipe's matrix, built at once and compared."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.building import count_warnings, report_document, request_of, show_made_plan, show_report
from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, recipe_options, run_options, write_text
from graphbuild.cli.stopping import stopped_by_sigterm
from graphbuild.cli.watching import listening
from graphbuild.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from graphbuild.comparing import Compared
    from graphbuild.graph.graph import Graph
    from graphbuild.session import BuildRequest


@click.command(
    "compare",
    short_help="Build every variant of the recipe's matrix; compare their scores.",
    epilog=examples(
        "graphbuild compare",
        "graphbuild compare --sort accuracy --csv variants.csv",
        "graphbuild compare nlu --data train_test_split/training_data.yml --nlu train_test_split/test_data.yml",
        "graphbuild compare --jobs 4 --keep-going",
        "graphbuild compare --dry-run",
    ),
)
@click.argument("targets", nargs=-1)
@recipe_options
@run_options
@click.option(
    "-u", "--nlu", "tests", multiple=True, metavar="PATH", help="Test what each variant understands on these examples."
)
@click.option("--sort", metavar="COLUMN", help="Best first by a score; or by an option, or by `took`.")
@click.option("--csv", "csv_file", metavar="FILE", help="Write the table to FILE, too, with all columns.")
@click.option("--dry-run", is_flag=True, help="Only say what would run, and why; exit code 3 if something would.")
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    targets: tuple[str, ...],
    tests: tuple[str, ...],
    sort: str | None,
    csv_file: str | None,
    as_json: bool,
    dry_run: bool,
    **options: Any,
) -> int:
    """Build all variants that `matrix` of the recipe makes, as one build: what they share is built once.

    Prints a row a variant: the options that vary, the scores of the evaluations among the recipe's targets, and what
    its nodes took. No package is written. TARGETs are target groups or nodes, as of `build`; by default what `build`
    builds, and all evaluations that a target group names.

    With --nlu each variant is tested on these examples, as `test nlu` does it: F1 and accuracy of intents, entities and
    responses. They are to be others than those that --data, or the recipe, has it trained on: `data split nlu`.

    With --keep-going a variant that fails does not stop the others. What was built is kept: to add a value to the
    matrix builds the new variants only.
    """
    options |= {"out": None, "fixed_model_name": None}
    request = request_of(context, options, targets=targets, matrix=True, package=False)
    if dry_run:
        return _show_plan(request, _tested(request, tests), as_json=as_json)
    with stopped_by_sigterm(), listening(context, as_json=as_json) as listener:
        from graphbuild.comparing import compare

        compared = compare(request, listener, graph=_tested(request, tests))
    if tests and compared.report.code == ExitCode.DONE and not compared.table.has_scores:
        raise UsageError(f"there are no examples to test with in {', '.join(tests)}")
    return _show(context, request, compared, sort, csv_file, as_json=as_json)


def _tested(request: BuildRequest, tests: tuple[str, ...]) -> Graph | None:
    """The graph with the tests that were asked for, if any were."""
    if not tests:
        return None
    from graphbuild.project.variant_tests import tested_variants

    return tested_variants(request, tests)


def _show_plan(request: BuildRequest, graph: Graph | None, *, as_json: bool) -> int:
    from graphbuild.comparing import plan_comparison
    from graphbuild.report.variants import Shared, shared_text

    began = time.perf_counter()
    made = plan_comparison(request, graph)
    code = show_made_plan(made, began, as_json=as_json)
    if not as_json:
        click.echo(shared_text(Shared.of(made.graph), len(made.graph.variants)))
    return code


def _show(
    context: click.Context,
    request: BuildRequest,
    compared: Compared,
    sort: str | None,
    csv_file: str | None,
    *,
    as_json: bool,
) -> int:
    from graphbuild.report.variants import table_csv, table_document, table_text

    table = compared.table if sort is None else compared.table.sorted_by(sort)
    if csv_file is not None:
        write_text(context, csv_file, table_csv(table), "--csv")
    if as_json:
        print_document({**report_document(compared.report), **table_document(table)})
        return int(compared.report.code)
    show_report(context, compared.report, request)
    if not context.obj["quiet"]:
        if any(row.is_done or row.failed for row in table.rows):
            click.echo(f"\n{table_text(table)}", nl=False)
        count_warnings(compared.report, request)
    return int(compared.report.code)
