"""`graphbuild store gc`, `pin`, `unpin`, `why-kept`: what is kept of a store."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, project_of
from graphbuild.cli.stores import opened_store
from graphbuild.report.sizes import in_bytes

if TYPE_CHECKING:
    from graphbuild.upkeep.collect import Collected

_REASONS = {
    "pin": "pins",
    "package": "packages",
    "build": "the last builds",
    "running": "builds that run now",
    "recent": "recent use",
}


@click.command(
    "gc",
    epilog=examples(
        "graphbuild store gc --dry-run",
        "graphbuild store gc --max-size 10GB",
        "graphbuild store gc --max-age 30d --keep-builds 3",
    ),
)
@click.option("--max-size", metavar="SIZE", help="Keep this much of what is used no more, the latest used first: 10GB.")
@click.option("--max-age", metavar="AGE", help="Keep it for so long after its last use: 30d. Forget older builds.")
@click.option("--keep-builds", type=click.IntRange(0), default=10, metavar="N",
              help="Keep all that the last N builds of each project and recipe name.  [default: 10]")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would go; change nothing.")
@json_option
@click.pass_context
def gc_command(
    context: click.Context,
    /,
    max_size: str | None,
    max_age: str | None,
    keep_builds: int,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Remove what nothing needs: results and blobs that no package, no pin and none of the last builds names.

    Packages keep what they were made from while they lie in the folder that they were written to. Builds that run
    meanwhile lose nothing. Without --max-size and --max-age all the rest goes. To collect by itself, after a build,
    set $GRAPHBUILD_STORE_MAX_SIZE.
    """
    from graphbuild.upkeep.collect import collect
    from graphbuild.upkeep.limits import age_of, size_of
    from graphbuild.upkeep.policy import Limits

    size = size_of(max_size) if max_size is not None else None
    limits = Limits(size, age_of(max_age) if max_age is not None else None)
    with opened_store(context) as (folder, store):
        found = collect(store, limits, keep_builds, dry_run=dry_run)
    if as_json:
        print_document({"code": 0, "store": str(folder), **asdict(found), "bytes_left": found.bytes_left})
        return 0
    _print_collected(found)
    return 0


def _print_collected(found: Collected) -> None:
    word = "would be removed" if found.is_dry else "removed"
    click.echo(f"{word}: {found.blobs_taken:,} blobs, {in_bytes(found.bytes_taken)}; {found.actions_taken:,} results")
    if found.builds_forgotten:
        click.echo(f"forgotten: the records of {found.builds_forgotten:,} old builds")
    _print_checkpoints(found, word)
    if found.spared:
        click.echo(f"spared: {found.spared:,} blobs that a build came to rely on meanwhile")
    click.echo(f"kept: {found.blobs_before - found.blobs_taken:,} blobs, {in_bytes(found.bytes_left)}")
    for reason, size in found.kept_for.items():
        if size:
            click.echo(f"  for {_REASONS[reason]:<20}{in_bytes(size):>12}")
    for path in found.unreadable:
        click.echo(f"{path} cannot be read, and so keeps nothing")
    if found.bytes_over:
        click.echo(
            f"still {in_bytes(found.bytes_over)} above --max-size: only removing packages, `store unpin`, or a smaller "
            "--keep-builds lets that go"
        )


def _print_checkpoints(found: Collected, word: str) -> None:
    if found.checkpoints_taken:
        size = in_bytes(found.checkpoint_bytes_taken)
        click.echo(f"{word}: {found.checkpoints_taken:,} checkpoints that no training goes on from, {size}")
    if found.checkpoints_left:
        click.echo(
            f"kept: {found.checkpoints_left:,} checkpoints of trainings that run, or were broken off and may go on"
        )


@click.command(
    "pin",
    epilog=examples(
        "graphbuild store pin models/20260101-120000-1a2b3c4d.tar.gz",
        "graphbuild store pin last",
        "graphbuild store pin blake3:1a2b3c4d",
        "graphbuild store pin",
    ),
)
@click.argument("name", required=False, metavar="[DIGEST|PACKAGE|BUILD]")
@json_option
@click.pass_context
def pin_command(context: click.Context, /, name: str | None, as_json: bool) -> int:
    """Keep a blob, a result, all behind a package, or all of a build, until it is unpinned. Without a name: list pins.

    A digest may be shortened to its first 6 figures or more; a build is named as `graphbuild builds` does, or `last`.
    """
    from graphbuild.upkeep.naming import make_pin

    with opened_store(context) as (folder, store):
        if name is not None:
            store.pins.add(make_pin(store, name, project_of(context)))
        pins = store.pins.all()
    if as_json:
        listed = [{**asdict(pin), "keys": len(pin.keys), "blobs": len(pin.blobs)} for pin in pins]
        print_document({"code": 0, "store": str(folder), "pins": listed})
        return 0
    if not pins:
        click.echo("no pins")
    for pin in pins:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(pin.since))
        click.echo(f"{pin.kind:<8} {since}  {pin.name}")
    return 0


@click.command(
    "unpin",
    epilog=examples(
        "graphbuild store unpin models/20260101-120000-1a2b3c4d.tar.gz",
    ),
)
@click.argument("name", metavar="DIGEST|PACKAGE|BUILD")
@click.pass_context
def unpin_command(context: click.Context, /, name: str) -> int:
    """Pin something no more. What nothing else keeps goes with the next `store gc`."""
    from graphbuild.upkeep.naming import find_pin

    with opened_store(context) as (_, store):
        found = find_pin(store, name, project_of(context))
        store.pins.remove(found)
    click.echo(f"unpinned {found}")
    return 0


@click.command(
    "why-kept",
    epilog=examples(
        "graphbuild store why-kept blake3:1a2b3c4d",
    ),
)
@click.argument("digest")
@click.option("--keep-builds", type=click.IntRange(0), default=10, metavar="N",
              help="As for `store gc`.  [default: 10]")  # fmt: skip
@json_option
@click.pass_context
def why_kept_command(context: click.Context, /, digest: str, keep_builds: int, as_json: bool) -> int:
    """Say what keeps a blob or a result: pins, packages, builds, through which node. Exit code 1 if nothing does."""
    from graphbuild.upkeep.why import why_kept

    with opened_store(context) as (folder, store):
        found = why_kept(store, digest, keep_builds)
    code = 0 if found.reasons else 1
    if as_json:
        print_document({"code": code, "store": str(folder), **asdict(found)})
        return code
    size = "" if found.is_action else f", {in_bytes(found.size)}"
    click.echo(f"{'result' if found.is_action else 'blob'} {found.digest}{size}")
    for why in found.reasons:
        click.echo(f"  {why.kind:<8} {why.name}{f': {why.detail}' if why.detail else ''}")
    if not found.reasons:
        click.echo("  nothing keeps it: `store gc` without limits removes it")
    return code
