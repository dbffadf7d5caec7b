"""docs/cli.md, made of the help texts: `python -m graphbuild.cli.reference > docs/cli.md`. A test keeps it current."""

from __future__ import annotations

from collections.abc import Iterator

import click

from graphbuild.cli.main import COMMANDS, cli

_WIDTH = 100
_HEAD = """\
# Command line

Made by `python -m graphbuild.cli.reference`; a test says when it is no longer current.
Every command has `--help`. With `--json` a command prints one JSON document on standard output and nothing else there.

| exit code | means |
|---|---|
| 0 | done |
| 1 | the build or a check failed |
| 2 | wrong usage or bad input |
| 3 | `plan`, `--dry-run`: something would be built |
| 130 | interrupted |
"""


def reference() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_sections(cli, None)])


def _sections(command: click.Command, parent: click.Context | None, name: str | None = None) -> Iterator[str]:
    name = name or ("graphbuild" if parent is None else command.name)
    context = click.Context(command, parent=parent, info_name=name, **{**command.context_settings, **_FIXED})
    text = click.unstyle(command.get_help(context)).rstrip()
    yield f"## {context.command_path}\n\n```text\n{text}\n```\n"
    if isinstance(command, click.Group):
        for child in COMMANDS if parent is None else command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None:
                yield from _sections(found, context)
    for one in getattr(command, "also", ()):
        yield from _sections(one, parent, f"{name} {one.name}")


_FIXED = {"terminal_width": _WIDTH, "max_content_width": _WIDTH}

if __name__ == "__main__":
    click.echo(reference(), nl=False)
