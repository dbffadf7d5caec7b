"""`graphbuild store keygen`: a key to sign results with, and the line by which others trust it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, project_of
from graphbuild.errors import Problem, UsageError

_FILE = "signing.key"
_NAME = re.compile(r"[A-Za-z0-9_-]+")


@click.command(
    "keygen",
    epilog=examples(
        "graphbuild store keygen --name ci",
        "graphbuild store keygen --name ci --out /run/secrets/graphbuild.key",
        "graphbuild store keygen --json",
    ),
)
@click.option(
    "--out", metavar="FILE", help="Where the private key goes.  [default: graphbuild/signing.key in ~/.config]"
)
@click.option("--name", default="ci", show_default=True, metavar="NAME", help="What the settings call the key.")
@json_option
@click.pass_context
def keygen_command(context: click.Context, /, out: str | None, name: str, as_json: bool) -> int:
    """Make a key that signs results, and print the lines by which a project trusts it.

    The private key is written to a file that only its owner reads; a file that is there is not written over. The public
    key goes into graphbuild.toml. Builds sign what they send with --sign-with FILE or $GRAPHBUILD_SIGNING_KEY.
    """
    from graphbuild.remote.keys import new_key

    if _NAME.fullmatch(name) is None:
        raise UsageError(Problem(f"`{name}` is no name for a key", hint="letters, digits, - and _"))
    path = Path(context.obj["folder"]) / Path(out).expanduser() if out else _default()
    key = new_key()
    _write(path, key.text())
    if as_json:
        print_document({"code": 0, "private_key": str(path), "name": name, "public_key": key.public})
        return 0
    click.echo(f"The private key is in {path}: for who signs, and nobody else.")
    project = project_of(context).resolve()
    if path.resolve().is_relative_to(project):
        click.echo(f"warning: that is in the project {project}: keep it out of version control", err=True)
    click.echo(f'\nIn graphbuild.toml, for all who are to trust it:\n\n[remote.keys]\n{name} = "{key.public}"')
    return 0


def _default() -> Path:
    folder = os.environ.get("XDG_CONFIG_HOME")
    return (Path(folder) if folder else Path.home() / ".config") / "graphbuild" / _FILE


def _write(path: Path, text: str) -> None:
    """Leaves a whole file that only its owner reads, or none. Raises UsageError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise UsageError(Problem(f"{path} is there already", hint="--out names another file")) from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        with os.fdopen(descriptor, "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
