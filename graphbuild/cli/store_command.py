"""`graphbuild store`: what is in the store, and whether it is sound. What is kept of it: cli.store_keeping."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, project_of
from graphbuild.cli.store_keeping import gc_command, pin_command, unpin_command, why_kept_command
from graphbuild.cli.store_keygen import keygen_command
from graphbuild.cli.store_moving import pull_command, push_command
from graphbuild.cli.stores import opened_store
from graphbuild.errors import ExitCode, UsageError
from graphbuild.report.sizes import in_bytes
from graphbuild.session import BuildRequest, remote_of

if TYPE_CHECKING:
    from graphbuild.upkeep.statistics import Share

CURSOR_MEMO = "verified.v1"
"""Where the last walk of `verify` with a budget ended."""


@click.group(
    "store",
    short_help="Look after the store: stats, gc, verify, pin, push, pull, keygen.",
    epilog=examples(
        "graphbuild store stats",
        "graphbuild store gc --max-size 10GB --dry-run",
        "graphbuild --store /shared/store store verify",
    ),
)
def command() -> None:
    """Look after the store: .graphbuild in the project, $GRAPHBUILD_STORE, or --store."""


@command.command(
    "stats",
    epilog=examples(
        "graphbuild store stats",
        "graphbuild store stats --json",
    ),
)
@click.option("--top", default=10, metavar="N", help="How many nodes are listed.  [default: 10]")
@json_option
@click.pass_context
def stats_command(context: click.Context, /, top: int, as_json: bool) -> int:
    """Count what is in the store: how big it is, by kind of component and by node, and how much is shared."""
    from graphbuild.remote.farther import elsewhere
    from graphbuild.store.maintenance import stats
    from graphbuild.upkeep.statistics import composition

    with opened_store(context) as (folder, store):
        sizes = store.collection.sizes()
        found = stats(store, sizes)
        made = composition(store, sizes)
        far = len(elsewhere(store) - sizes.keys())
    remote = remote_of(BuildRequest(project_of(context), ""))
    if as_json:
        told = {} if remote is None else {"remote": {"url": str(remote.address), "far_blobs": far}}
        print_document({"code": 0, "store": str(folder), **asdict(found), **asdict(made), **told})
        return 0
    click.echo(f"store        {folder}")
    click.echo(f"blobs        {found.blobs:,}, {in_bytes(found.blob_bytes)}")
    click.echo(f"actions      {found.actions:,}, database {in_bytes(found.database_bytes)}")
    click.echo(f"sharing      results name {in_bytes(made.named_bytes)}: {made.dedup_ratio:.2f} times what they take")
    if made.unnamed_blobs:
        click.echo(f"unnamed      {made.unnamed_blobs:,} blobs that no result names, {in_bytes(made.unnamed_bytes)}")
    if found.checkpoints:
        size = in_bytes(found.checkpoint_bytes)
        click.echo(f"checkpoints  {found.checkpoints:,}, {size}: trainings that run, or were killed and may go on")
    if remote is not None:
        click.echo(f"remote       {remote.address}; {far:,} blobs are known to be there, as far as they are not here")
    if found.divergences:
        click.echo(f"divergences  {found.divergences:,}: actions that made other bytes from the same inputs")
    if found.quarantined:
        click.echo(f"set aside    {found.quarantined:,} damaged blobs, in {folder / 'quarantine'}")
    _print_shares("kind", made.by_kind)
    _print_shares("node", made.by_node[:top])
    if len(made.by_node) > top:
        click.echo(f"... and {len(made.by_node) - top:,} more nodes (--top N)")
    return 0


def _print_shares(title: str, shares: Sequence[Share]) -> None:
    if shares:
        width = max(len(title), *(len(share.name) for share in shares))
        click.echo(f"\n{title:<{width}}  results   blobs        size")
        for one in shares:
            click.echo(f"{one.name:<{width}}  {one.results:>7,} {one.blobs:>7,}  {in_bytes(one.bytes):>10}")


@command.command(
    "verify",
    epilog=examples(
        "graphbuild store verify",
        "graphbuild store verify --budget 30s",
        "graphbuild store verify --repair",
    ),
)
@click.option("--budget", metavar="TIME|SIZE", help="Read so long (30s) or so much (2GB); the next time goes on there.")
@click.option("--repair", "repairs", is_flag=True, help="Take lost blobs out of packages, forget results without.")
@json_option
@click.pass_context
def verify_command(context: click.Context, /, budget: str | None, repairs: bool, as_json: bool) -> int:
    """Read the blobs of the store and compare each with its digest.

    Damaged blobs are set aside; the next build that needs one makes it again. Exit code 1 if anything was damaged or
    is missing, and was not repaired.
    """
    from graphbuild.remote.farther import elsewhere
    from graphbuild.store.maintenance import verify
    from graphbuild.upkeep.repair import repair

    enough = _enough(budget)
    with opened_store(context) as (folder, store):
        is_sound = store.is_sound()
        kept = store.memos.get(CURSOR_MEMO, "last") if budget is not None else None
        found = verify(store, elsewhere(store), after=json.loads(kept) if kept is not None else None, enough=enough)
        if budget is not None:
            store.memos.set(CURSOR_MEMO, "last", json.dumps(found.reached).encode())
        wrong = {*found.damaged, *found.lost}
        repaired = repair(store, wrong) if repairs and (wrong or not is_sound) else None
    is_wrong = bool(wrong) or not is_sound
    code = ExitCode.FAILED if is_wrong and repaired is None else ExitCode.DONE
    if as_json:
        document = {"code": int(code), "store": str(folder), **asdict(found), "database_is_sound": is_sound}
        print_document({**document, "repaired": asdict(repaired) if repaired is not None else None})
        return int(code)
    for digest in found.damaged:
        click.echo(f"damaged  {digest} (set aside)")
    for digest in found.lost:
        click.echo(f"missing  {digest}")
    if not is_sound:
        click.echo("damaged  the database")
    click.echo(f"{found.sound:,} blobs are sound, {len(found.damaged):,} damaged, {len(found.lost):,} missing")
    if found.reached is not None:
        click.echo(f"Read {in_bytes(found.bytes)}; the next `store verify --budget` goes on from there.")
    if repaired is not None and repaired.is_database_new:
        click.echo("The database was set aside, and a new one begun: the next build runs everything again.")
    elif repaired is not None:
        click.echo(
            f"{len(repaired.restored):,} came back out of packages, {repaired.forgotten:,} results are forgotten."
        )
    elif is_wrong:
        click.echo("What is missing is made again by the next build that needs it; --repair tries packages first.")
    return int(code)


def _enough(budget: str | None) -> Callable[[int], bool]:
    """Whether so many bytes read are enough, or the time is over. Raises UsageError."""
    from graphbuild.upkeep.limits import age_of, size_of

    if budget is None:
        return lambda _: False
    try:
        size = size_of(budget)
    except UsageError:
        over = time.monotonic() + age_of(budget)
        return lambda _: time.monotonic() >= over
    return lambda read: read >= size


for one in (
    *(push_command, pull_command, keygen_command),
    *(gc_command, pin_command, unpin_command, why_kept_command),
):
    command.add_command(one)
