"""`graphbuild store push` and `pull`: what is behind packages and builds, to the remote store and from there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, project_of, store_of
from graphbuild.cli.remotes import remote_options
from graphbuild.cli.stores import opened_store
from graphbuild.errors import Problem, UsageError
from graphbuild.report.sizes import in_bytes
from graphbuild.session import BuildRequest, remote_of, store_folder

if TYPE_CHECKING:
    from graphbuild.contract.digest import Digest
    from graphbuild.remote.choice import Choice
    from graphbuild.remote.layered import LayeredStore
    from graphbuild.remote.opening import Opened
    from graphbuild.store.interface import Store

_ENDING = ".tar.gz"


@click.command(
    "push",
    epilog=examples(
        "graphbuild store push",
        "graphbuild store push models/20260101-120000-1a2b3c4d.tar.gz",
        "graphbuild store push last --remote s3://team-cache/assistant",
    ),
)
@click.argument("name", required=False, metavar="[PACKAGE|BUILD]")
@remote_options
@json_option
@click.pass_context
def push_command(context: click.Context, /, name: str | None, as_json: bool) -> int:
    """Send results to the remote store, with their blobs: those behind a package or a build, or all there are.

    What is there already is not sent again. Exit code 1 if something could not be sent.
    """
    from graphbuild.remote.closures import push
    from graphbuild.remote.opening import open_remote
    from graphbuild.upkeep.naming import make_pin

    choice = remote_choice(context)
    with opened_store(context) as (_, store):
        pin = make_pin(store, name, project_of(context)) if name is not None else None
        label = None if pin is None else _label(pin.name)
        opened = open_remote(store, choice)
        try:
            found = push(opened, store, pin.keys if pin is not None else None, label, _tell(context, as_json=as_json))
        finally:
            opened.line.close()
    code = 1 if found.failed else 0
    counts = opened.counts
    if as_json:
        print_document({"code": code, "name": label, **asdict(found), **(counts.document() or {})})
        return code
    sent = in_bytes(counts.number("bytes_sent"))
    click.echo(f"{found.results:,} results are at {choice.address}; {sent} were sent")
    if found.kept_back:
        click.echo(f"{found.kept_back:,} were not sent: their blobs are private, or not here")
    if found.failed:
        click.echo(f"{found.failed:,} could not be sent", err=True)
    return code


@click.command(
    "pull",
    epilog=examples(
        "graphbuild store pull models/20260101-120000-1a2b3c4d.tar.gz",
        "graphbuild store pull 20260101-120000-1a2b3c4d.tar.gz --json",
    ),
)
@click.argument("names", nargs=-1, required=True, metavar="PACKAGE|BUILD...")
@remote_options
@json_option
@click.pass_context
def pull_command(context: click.Context, /, names: tuple[str, ...], as_json: bool) -> int:
    """Have all that is behind packages or builds from the remote store, for instance to work without a network.

    A package may be a file that is here; else, and of a build that was not here, the name is one that was pushed. Exit
    code 1 if something is neither here nor there.
    """
    from graphbuild.remote.closures import pull

    choice = remote_choice(context)
    with _layered(context, choice) as (opened, store):
        keys = [key for name in names for key in _keys(context, opened, store, name)]
        found = pull(opened, store, list(dict.fromkeys(keys)), _tell(context, as_json=as_json))
    code = 1 if found.missing or found.lost else 0
    if as_json:
        print_document({"code": code, "names": list(names), **asdict(found), "remote": opened.counts.document()})
        return code
    had = in_bytes(opened.counts.number("bytes_received"))
    click.echo(f"{found.results:,} results and {found.blobs:,} blobs are here; {had} were received")
    if found.missing or found.lost:
        click.echo(f"neither here nor there: {found.missing:,} results, {found.lost:,} blobs", err=True)
    return code


def remote_choice(context: click.Context) -> Choice:
    """The remote of a command that needs one. Raises UsageError."""
    choice = remote_of(BuildRequest(project_of(context), ""))
    if choice is None:
        hint = "--remote URL, $GRAPHBUILD_REMOTE, or [remote] in graphbuild.toml"
        raise UsageError(Problem("no remote store is set", hint=hint))
    return choice


@contextmanager
def _layered(context: click.Context, choice: Choice) -> Iterator[tuple[Opened, LayeredStore]]:
    from graphbuild.remote.layered import LayeredStore
    from graphbuild.remote.opening import open_remote
    from graphbuild.store.local import open_store

    local = open_store(store_folder(BuildRequest(project_of(context), "", store=store_of(context))))
    opened = open_remote(local, choice)
    store = LayeredStore(local, opened.line, opened.farther, opened.reader, None, opened.counts, choice.wait_s)
    with closing(store):
        store.blobs.hold()
        yield opened, store


def _keys(context: click.Context, opened: Opened, store: Store, name: str) -> list[Digest]:
    """The results behind a name: as known here, or else as somebody has pushed it. Raises UsageError."""
    from graphbuild.remote.closures import keys_of
    from graphbuild.upkeep.naming import make_pin

    try:
        pin = make_pin(store, name, project_of(context))
    except UsageError:
        known = keys_of(opened, _label(name))
        if known is None:
            raise
        return known
    return sorted(pin.keys)


def _label(name: str) -> str:
    """What others know it by: a package by the name of its file."""
    return Path(name).name if name.endswith(_ENDING) else name


def _tell(context: click.Context, *, as_json: bool) -> _Progress:
    return _Progress(is_shown=not as_json and not context.obj["quiet"] and sys.stderr.isatty())


class _Progress:
    """How far it is, on one line of a terminal."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown

    def __call__(self, done: int, total: int) -> None:
        if self._is_shown:
            click.echo(f"\r{done:,} of {total:,}", nl=done >= total, err=True)
