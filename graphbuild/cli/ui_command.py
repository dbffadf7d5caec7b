"""`graphbuild ui`: the live page, served on this machine."""

from __future__ import annotations

import webbrowser
from typing import Any

import click

from graphbuild.cli.output import examples, loudness_options, recipe_options, recipe_request
from graphbuild.errors import ExitCode

_OPEN_TO_OTHERS = (
    "warning: other machines reach this page, and who has the token can build here; it is not encrypted on its way"
)


@click.command(
    "ui",
    short_help="Look at the graph live: build, watch, look back, in a browser.",
    epilog=examples("graphbuild ui", "graphbuild ui -f recipe:light --open", "graphbuild ui -p 8080 intent"),
)
@click.argument("targets", nargs=-1)
@recipe_options
@click.option("-p", "--port", default=0, type=click.IntRange(0, 65535), metavar="PORT", help="[default: any free one]")
@click.option(
    "-i", "--interface", default="127.0.0.1", show_default=True, metavar="HOST", help="0.0.0.0: all of this machine."
)
@click.option("--open/--no-open", "opens", default=False, help="Open the page in a browser.")
@loudness_options
@click.pass_context
def command(context: click.Context, /, targets: tuple[str, ...], opens: bool, **options: Any) -> int:
    """Serve the page of `graphbuild graph`, live: the plan as files change, a build as it runs, earlier ones, packages.

    It listens on this machine alone, unless -i says otherwise. The address that is printed holds a token, without which
    nothing is answered. SIGTERM and Ctrl-C end it; a build that runs is stopped, and what it had finished is kept.
    """
    from graphbuild.ui.app import make_app
    from graphbuild.ui.desk import open_desk
    from graphbuild.web.server import address_of, is_loopback, open_socket, serve

    request = recipe_request(context, options, targets=targets)
    with open_socket(options["interface"], options["port"]) as opened:
        desk = open_desk(request, opened.getsockname()[1])
        address = f"{address_of(opened)}/?token={desk.token}"
        if not is_loopback(opened):
            click.echo(_OPEN_TO_OTHERS, err=True)
        click.echo(f"{address} (Ctrl-C ends)" if not context.obj["quiet"] else address)
        if opens:
            webbrowser.open(address)
        serve(make_app(desk), opened, desk.end)
    return int(ExitCode.DONE)
