"""The command line: finds the command, turns errors into screens and exit codes. Loads only the command that is used.

Exit codes: 0 done, 1 the build or a check failed, 2 wrong usage or bad input, 3 (dry run) something would be built,
130 interrupted.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from graphbuild.cli.output import show_error
from graphbuild.errors import ExitCode, GraphbuildError

COMMANDS = {
    "init": "Make a new assistant in a folder, ready to train.",
    "train": "Train an assistant and package it.",
    "build": "Build targets of a recipe.",
    "plan": "Show what would run and why, running nothing.",
    "explain": "Say why a node runs or ran: the field, the module, the file and line.",
    "graph": "Draw the DAG: text, dot, mermaid, json, svg.",
    "query": "Ask about the DAG: deps(x), rdeps(x), somepath(a, b), kind(policy).",
    "store": "Look after the store: stats, verify.",
    "schema": "Print a JSON Schema of recipes, for editors.",
    "recipes": "List the packaged recipes.",
    "components": "List the components, or show one with its ports and options.",
    "doctor": "Check this machine: what is there and what is missing.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called; `--help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"graphbuild.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else " See graphbuild --help."
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from graphbuild.version import version

        click.echo(f"graphbuild {version()}")
        context.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with: graphbuild init my-assistant && graphbuild -C my-assistant train",
)
@click.option("-C", "folder", default=".", metavar="DIR", help="Work in DIR instead of the current folder.")
@click.option("--store", metavar="DIR", help="The store; default $GRAPHBUILD_STORE or .graphbuild in the project.")
@click.option("-v", "--verbose", is_flag=True, help="Say more; show tracebacks of internal errors.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.pass_context
def cli(context: click.Context, /, **options: Any) -> None:
    """Build conversational assistants the way Bazel builds programs: only what changed runs."""
    context.obj = options


def main(arguments: list[str] | None = None) -> None:
    """Runs a command line and exits with its code."""
    given = sys.argv[1:] if arguments is None else arguments
    wants_json = "--json" in given
    try:
        code = cli.main(given, prog_name="graphbuild", standalone_mode=False)
    except click.exceptions.Abort:
        code = ExitCode.INTERRUPTED
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = ExitCode.USAGE
    except GraphbuildError as error:
        show_error(error, _folder(given), wants_json=wants_json)
        code = error.exit_code
    except BrokenPipeError:
        # Whoever read our output has had enough.
        sys.stderr.close()
        code = ExitCode.DONE
    sys.exit(int(code or 0))


def _folder(arguments: list[str]) -> str:
    return arguments[arguments.index("-C") + 1] if "-C" in arguments[:-1] else "."
