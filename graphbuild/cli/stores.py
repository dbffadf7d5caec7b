"""The store that a command is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphbuild.cli.output import project_of, store_of
from graphbuild.errors import UsageError
from graphbuild.session import BuildRequest, store_folder

if TYPE_CHECKING:
    from graphbuild.store.local import LocalStore


@contextmanager
def opened_store(context: click.Context) -> Iterator[tuple[Path, LocalStore]]:
    """The store of a command, which is to be there, and its folder. Raises UsageError."""
    from graphbuild.store.local import open_store

    folder = store_folder(BuildRequest(project_of(context), "", store=store_of(context)))
    if not folder.is_dir():
        raise UsageError(f"there is no store in {folder}: nothing was built yet, or it is elsewhere (--store DIR)")
    with closing(open_store(folder)) as store:
        yield folder, store
