"""`graphbuild test [nlu|core]`: evaluate an assistant, each half by itself or both of them."""

from __future__ import annotations

import click

from graphbuild.cli.core_test_command import core_command
from graphbuild.cli.halves_test_command import halves_command
from graphbuild.cli.nlu_test_command import nlu_command
from graphbuild.cli.output import examples

_BOTH = "all"


class _Halves(click.Group):
    """A group whose command for both halves need not be named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Names it where no other is and no help is asked for."""
        if not args or (args[0].startswith("-") and not {*args} & set(self.get_help_option_names(ctx))):
            args = [_BOTH, *args]
        return super().parse_args(ctx, args)


@click.group(
    "test",
    cls=_Halves,
    short_help="Evaluate how well an assistant understands and acts.",
    epilog=examples(
        "graphbuild test",
        "graphbuild test core --stories tests/test_stories.yml",
        "graphbuild test nlu --nlu tests/nlu.yml",
    ),
)
def command() -> None:
    """Evaluate an assistant: what it does on test stories, what it understands of examples, or both.

    `graphbuild test` without a command is `graphbuild test all`, and takes its options.
    """


for one in (halves_command, core_command, nlu_command):
    command.add_command(one)
