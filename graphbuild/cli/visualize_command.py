"""`graphbuild visualize`: the stories and rules of an assistant as one graph."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.many_values import ManyValues
from graphbuild.cli.output import examples, json_option, loudness_options, project_of, store_of, write_bytes
from graphbuild.errors import Problem, UsageError

if TYPE_CHECKING:
    from graphbuild.project.visualisation import Visualised

_OUT = "graph.html"


@click.command(
    "visualize",
    cls=ManyValues,
    short_help="Draw the stories as a graph: html, svg, dot.",
    epilog=examples(
        "graphbuild visualize --open",
        "graphbuild visualize -s data/stories --max-history 3 --out stories.svg",
        "graphbuild visualize --out stories.dot",
    ),
)
@click.option("-d", "--domain", metavar="PATH", help="The domain, file or folder.")
@click.option("-s", "--stories", multiple=True, metavar="PATH", help="Stories and rules, files or folders.  [default: "
    "the training data]")  # fmt: skip
@click.option("-u", "--nlu", multiple=True, metavar="PATH", help="NLU data to take examples from, files or folders.  "
    "[default: the training data]")  # fmt: skip
@click.option("--out", metavar="FILE", help=f"The file to write: .html, .svg or .dot.  [default: {_OUT}]")
@click.option("--max-history", default=2, show_default=True, type=click.IntRange(1), metavar="N",
    help="How many last actions are compared; places where they are equal are one.")  # fmt: skip
@click.option("--open", "opens", is_flag=True, help="Open what was written, in a browser.")
@loudness_options
@json_option
@click.pass_context
def command(context: click.Context, /, as_json: bool, **options: Any) -> int:
    """Draw stories and rules as one graph: actions, and between them what users say, slots and forms.

    Trains nothing, and with nothing changed runs nothing. NLU data that cannot be read costs its examples only, a
    domain its responses. With --json the graph itself is printed, and a file is written where --out names one.
    """
    from graphbuild.project.visualisation import FORMATS, visualise

    project = project_of(context)
    out = project / (options["out"] or _OUT)
    form = out.suffix.lower()
    if form not in FORMATS:
        hint = f"the ending says what is written: {', '.join(FORMATS)}"
        raise UsageError(Problem(f"no picture can be written as {options['out']}", hint=hint))
    writes = not as_json or options["out"] is not None
    if options["opens"] and not writes:
        raise UsageError("--json writes no file that could be opened; name one: --out FILE")
    found = visualise(
        project,
        domain=options["domain"],
        stories=options["stories"],
        nlu=options["nlu"],
        max_history=options["max_history"],
        draws=writes and form != ".dot",
        store=store_of(context),
    )
    is_same = False
    if writes:
        content = found.written(form)
        is_same = _holds(out, content)
        write_bytes(out, content)
    if as_json:
        _print_document(found, out if writes else None)
    else:
        _tell(context, found, out, is_same=is_same and found.up_to_date)
    if options["opens"]:
        webbrowser.open(out.resolve().as_uri())
    return 0


def _print_document(found: Visualised, out: Path | None) -> None:
    from graphbuild.report.as_json import problems_document

    document = {
        "code": 0,
        "file": str(out) if out is not None else None,
        "up_to_date": found.up_to_date,
        **found.document,
        "warnings": problems_document(found.warnings),
    }
    print_document(document)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.is_file() and path.read_bytes() == content
    except OSError:
        return False


def _tell(context: click.Context, found: Visualised, out: Path, *, is_same: bool) -> None:
    if context.obj["quiet"]:
        return
    for one in found.warnings:
        place = f"{one.location}: " if one.location is not None else ""
        hint = f" ({one.hint})" if one.hint is not None else ""
        click.echo(f"warning: {place}{one.what}{hint}", err=True)
    drawn = found.story_map
    sizes = f"{len(drawn.tellers):,} stories and rules, {len(drawn.spots):,} nodes, {len(drawn.ways):,} edges"
    click.echo(f"{out}: {sizes}{'; nothing has changed' if is_same else ''}")
