"""`--remote`, `--no-remote`, `--remote-read-only`, `--sign-with`: the remote store behind all that a command does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from graphbuild.session import REMOTE_VARIABLE

_Function = TypeVar("_Function", bound=Callable[..., Any])
_NAMED = f"{__name__}.url"
"""What was named before the command, where the folder of `-C` is not known yet."""


def remote_options(function: _Function) -> _Function:
    """The options, before a command or after it."""
    for option in (
        click.option(
            "--remote-read-only", is_flag=True, expose_value=False, callback=_read_only,
            help="Send nothing to the remote store.",
        ),
        click.option(
            "--sign-with", metavar="FILE", expose_value=False, callback=_sign_with,
            help="Sign what is sent to the remote store with this private key.  [default: $GRAPHBUILD_SIGNING_KEY]",
        ),
        click.option(
            "--no-remote", is_flag=True, expose_value=False, callback=_none,
            help="Use no remote store, whatever the environment and the settings say.",
        ),
        click.option(
            "--remote", metavar="URL", expose_value=False, callback=_remote,
            help="The store behind the store: s3://bucket/folder, a folder, ...  [default: $GRAPHBUILD_REMOTE]",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def _remote(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        _choose(context, value)


def _none(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        _choose(context, "")


def _choose(context: click.Context, url: str) -> None:
    context.meta[_NAMED] = url
    if context.parent is not None:
        use_remote(context)


def use_remote(context: click.Context) -> None:
    """Uses the remote that was named, if one was: a relative folder is below that of `-C`. Raises UsageError."""
    url = context.meta.get(_NAMED)
    if url:
        from graphbuild.remote.address import address_of

        url = address_of(url, Path(context.obj["folder"])).url
    if url is not None:
        _set(context, REMOTE_VARIABLE, url)


def _read_only(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from graphbuild.remote.choice import READ_ONLY_VARIABLE  # late: most commands ask no remote

        _set(context, READ_ONLY_VARIABLE, "1")


def _sign_with(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        from graphbuild.remote.choice import SIGNING_KEY_VARIABLE

        _set(context, SIGNING_KEY_VARIABLE, value)


def _set(context: click.Context, variable: str, value: str) -> None:
    """Until the command has ended: whatever opens a store meanwhile, in this process or another, sees it."""
    before = os.environ.get(variable)
    os.environ[variable] = value

    def put_back() -> None:
        if before is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = before

    context.find_root().call_on_close(put_back)
