"""`graphbuild store`: what is in the store, and whether it is sound."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, project_of, store_of
from graphbuild.errors import ExitCode, UsageError
from graphbuild.report.sizes import in_bytes
from graphbuild.session import BuildRequest, store_folder

if TYPE_CHECKING:
    from graphbuild.store.local import LocalStore


@click.group(
    "store",
    short_help="Look after the store: stats, verify.",
    epilog=examples(
        "graphbuild store stats",
        "graphbuild --store /shared/store store verify",
    ),
)
def command() -> None:
    """Look after the store: .graphbuild in the project, $GRAPHBUILD_STORE, or --store."""


@command.command(
    "stats",
    epilog=examples(
        "graphbuild store stats --json",
    ),
)
@json_option
@click.pass_context
def stats_command(context: click.Context, /, as_json: bool) -> int:
    """Count what is in the store, and say how big it is."""
    from graphbuild.store.maintenance import stats

    with _opened(context) as (folder, store):
        found = stats(store)
    if as_json:
        print_document({"code": 0, "store": str(folder), **asdict(found)})
        return 0
    click.echo(f"store        {folder}")
    click.echo(f"blobs        {found.blobs:,}, {in_bytes(found.blob_bytes)}")
    click.echo(f"actions      {found.actions:,}, database {in_bytes(found.database_bytes)}")
    if found.divergences:
        click.echo(f"divergences  {found.divergences:,}: actions that made other bytes from the same inputs")
    if found.quarantined:
        click.echo(f"set aside    {found.quarantined:,} damaged blobs, in {folder / 'quarantine'}")
    return 0


@command.command(
    "verify",
    epilog=examples(
        "graphbuild store verify",
    ),
)
@json_option
@click.pass_context
def verify_command(context: click.Context, /, as_json: bool) -> int:
    """Read every blob of the store and compare it with its digest.

    Damaged blobs are set aside; the next build that needs one makes it again. Exit code 1 if anything was damaged or
    is missing.
    """
    from graphbuild.store.maintenance import verify

    with _opened(context) as (folder, store):
        found = verify(store)
    code = ExitCode.FAILED if found.damaged or found.lost else ExitCode.DONE
    if as_json:
        print_document({"code": int(code), "store": str(folder), **asdict(found)})
        return int(code)
    for digest in found.damaged:
        click.echo(f"damaged  {digest} (set aside)")
    for digest in found.lost:
        click.echo(f"missing  {digest}")
    click.echo(f"{found.sound:,} blobs are sound, {len(found.damaged):,} damaged, {len(found.lost):,} missing")
    if code:
        click.echo("What is missing is made again by the next build that needs it.")
    return int(code)


@contextmanager
def _opened(context: click.Context) -> Iterator[tuple[Path, LocalStore]]:
    from graphbuild.store.local import open_store

    folder = store_folder(BuildRequest(project_of(context), "", store=store_of(context)))
    if not folder.is_dir():
        raise UsageError(f"there is no store in {folder}: nothing was built yet, or it is elsewhere (--store DIR)")
    with closing(open_store(folder)) as store:
        yield folder, store
