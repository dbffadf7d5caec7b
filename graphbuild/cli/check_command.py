"""`graphbuild check [TARGET...]`: build again beside the store, and compare."""

from __future__ import annotations

from typing import Any

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, loudness_options, recipe_options, recipe_request, show_error
from graphbuild.cli.stopping import stopped_by_sigterm
from graphbuild.cli.watching import listening
from graphbuild.errors import GraphbuildError


@click.command(
    "check",
    short_help="Build again and compare; find inputs that are not declared.",
    epilog=examples(
        "graphbuild check",
        "graphbuild check intent:train --jobs 4",
        "graphbuild check -c recipe:light --json",
    ),
)
@click.argument("targets", nargs=-1)
@recipe_options
@loudness_options
@click.option("-j", "--jobs", default=1, metavar="N", type=click.IntRange(1), help="Actions at a time.")
@json_option
@click.pass_context
def command(context: click.Context, /, targets: tuple[str, ...], jobs: int, as_json: bool, **options: Any) -> int:
    """Build TARGETs again beside the store, and compare: the recipe's default targets when none is named.

    Every node runs once more, in a temporary store, from the same inputs as the first time. What makes something else
    of them is named, the first in build order first, with the places where the two differ; what only follows from that
    is told apart. What the store does not have yet is built twice, both times beside it: store, packages and history
    stay as they are.

    Meanwhile every file that a node reads is compared with what it declares. One of the project that is not declared is
    named with the line that reads it: an edit to it would run nothing. Files elsewhere and connections over the network
    are noted.

    Exit code 1 where something differs, or is not declared.
    """
    from graphbuild.checking.check import check
    from graphbuild.checking.first_build import InProcessOfItsOwn
    from graphbuild.checking.telling import check_document, notes_of, problems_of, summary_of

    request = recipe_request(context, options, targets=targets, jobs=jobs)
    is_quiet = as_json or context.obj["quiet"]

    with stopped_by_sigterm(), listening(context, as_json=as_json) as listener:
        report = check(request, InProcessOfItsOwn(is_quiet), listener, (lambda _: None) if is_quiet else click.echo)
    if as_json:
        print_document(check_document(report))
        return int(report.code)
    found = [*problems_of(report), *notes_of(report)]
    if found:
        show_error(GraphbuildError(found), str(request.project), wants_json=False)
    if not context.obj["quiet"]:
        click.echo(summary_of(report))
    return int(report.code)
