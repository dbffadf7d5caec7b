"""The command line: finds the command, turns errors into screens and exit codes. Loads only the command that is used.

Exit codes: 0 done, 1 the build or a check failed, 2 wrong usage or bad input, 3 (dry run) something would be built,
130 interrupted.
"""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Any

import click

from graphbuild.cli.documents import forget_output
from graphbuild.cli.output import QUIET, VERBOSE, show_error
from graphbuild.cli.remotes import remote_options, use_remote
from graphbuild.errors import ExitCode, GraphbuildError, Interrupted, Problem, UsageError

COMMANDS = {
    "init": "Make a new assistant in a folder, ready to train.",
    "train": "Train an assistant and package it.",
    "build": "Build targets of a recipe.",
    "compare": "Build every variant of the recipe's matrix; compare their scores.",
    "watch": "Build again whenever something is saved.",
    "plan": "Show what would run and why, running nothing.",
    "explain": "Say why a node runs or ran: field, module, file and line.",
    "builds": "List earlier builds; show what one did, and its times.",
    "diff": "Tell in what two builds, or two packages, differ.",
    "shell": "Talk to an assistant; `shell nlu` shows what it understands.",
    "run": "Answer over HTTP: conversations, parses, trainings.",
    "model": "Look into packages: show, verify, diff, sbom, provenance.",
    "test": "Evaluate how well an assistant understands and acts.",
    "check": "Build again and compare; find inputs that are not declared.",
    "validate": "Check domain, data and configuration; trains nothing.",
    "graph": "Draw the DAG: a page, text, svg, dot, mermaid, json.",
    "ui": "Look at the graph live: build, watch, look back, in a browser.",
    "visualize": "Draw the stories as a graph: html, svg, dot.",
    "query": "Ask about the DAG: deps(x), rdeps(x), kind(policy) ...",
    "data": "Look at data, convert, split or migrate it.",
    "store": "Look after the store: stats, gc, verify, pin, push, pull, keygen.",
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
    epilog="Begin with: graphbuild init my-assistant && graphbuild -C my-assistant train\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 something would be built (plan, --dry-run), 130 stopped.",
)
@click.option("-C", "folder", default=".", metavar="DIR", help="Work in DIR instead of the current folder.")
@click.option("--store", metavar="DIR", help="The store; default $GRAPHBUILD_STORE or .graphbuild in the project.")
@remote_options
@click.option("-v", "--verbose", is_flag=True, help=VERBOSE)
@click.option("-q", "--quiet", is_flag=True, help=QUIET)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.pass_context
def cli(context: click.Context, /, **options: Any) -> None:
    """Build conversational assistants the way Bazel builds programs: only what changed runs."""
    context.obj = options
    use_remote(context)


def main(arguments: list[str] | None = None) -> None:
    """Runs a command line and exits with its code."""
    # A plan makes many small objects and keeps them: collecting them again and again finds nothing.
    gc.set_threshold(200_000, 20, 20)
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(_run(given))


def _run(given: list[str]) -> int:
    wants_json = "--json" in given
    forget_output()
    try:
        return int(cli.main(given, prog_name="graphbuild", standalone_mode=False) or 0)
    except (click.exceptions.Abort, KeyboardInterrupt):
        error: GraphbuildError = Interrupted("interrupted; what had finished is kept")
    except click.ClickException as wrong:
        if isinstance(wrong, click.NoSuchOption) and wrong.option_name in ("-C", "--store"):
            where = f"It stands before the command: graphbuild {wrong.option_name} DIR ..."
            wrong = click.UsageError(f"{wrong.format_message()} {where}", wrong.ctx)
        if not wants_json:
            wrong.show()
            return int(ExitCode.USAGE)
        error = UsageError(wrong.format_message())
    except GraphbuildError as known:
        error = known
    except OSError as refused:
        # Not foreseen where it happened, but a fact of the machine: no permission, a full disk.
        error = GraphbuildError(Problem(f"{refused.strerror or refused}", facts=_facts(file=refused.filename)))
        _trace(given)
    except Exception as fault:  # noqa: BLE001 - the last frontier: users get a sentence, not a traceback
        error = internal_error(fault)
        _trace(given)
    show_error(error, _folder(given), wants_json=wants_json)
    return int(error.exit_code)


def internal_error(fault: BaseException) -> GraphbuildError:
    """What a user is told of an error that is ours."""
    import platform
    import traceback

    from graphbuild.version import version

    frames = traceback.extract_tb(fault.__traceback__)
    return GraphbuildError(
        Problem(
            f"internal error: {type(fault).__name__}: {fault}".rstrip(": "),
            facts=_facts(
                at=f"{frames[-1].filename}:{frames[-1].lineno}, in {frames[-1].name}" if frames else None,
                graphbuild=f"{version()}, Python {platform.python_version()}, {platform.platform()}",
            ),
            hint="this is a fault of graphbuild; please report it with the traceback that `graphbuild -v ...` shows",
        )
    )


def _facts(**facts: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in facts.items() if value)


def _trace(arguments: list[str]) -> None:
    """The traceback of the error at hand, for those who asked: `graphbuild -v ...`."""
    if {"-v", "--verbose"} & set(arguments):
        import traceback

        click.echo(traceback.format_exc(), err=True, nl=False)


def _folder(arguments: list[str]) -> str:
    """The folder of `-C`, read without click: the error may be one of its own."""
    for place, word in enumerate(arguments):
        if word == "-C" and place + 1 < len(arguments):
            return arguments[place + 1]
        if word.startswith("-C"):
            return word.removeprefix("-C") or "."
        if word in COMMANDS:
            break
    return "."
