"""Options that take several values after one another, as `-p 0 25 50` and `--nlu a.yml b.yml`: what Rasa's users type.

click takes one value an option; here each further word up to the next option becomes one more of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

import click


class ManyValues(click.Command):
    """A command whose repeatable options take several values at once.

    Of its own arguments only words that it knows (`nlu` of `train`) may stand behind such an option.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeats the option before each further value."""
        names = {
            name
            for parameter in self.params
            if isinstance(parameter, click.Option) and parameter.multiple
            for name in parameter.opts
        }
        own = {
            word
            for parameter in self.params
            if isinstance(parameter, click.Argument) and isinstance(parameter.type, click.Choice)
            for word in parameter.type.choices
        }
        return super().parse_args(ctx, _repeated(args, names, own))


def values_of(args: list[str], names: Sequence[str]) -> list[str]:
    """All values of an option, by any of its names."""
    words = _repeated(args, {*names})
    given = [value for name, value in itertools.pairwise(words) if name in names]
    return given + [value for one in words for name, _, value in [one.partition("=")] if value and name in names]


def _repeated(args: list[str], names: set[str], own: Collection[str] = ()) -> list[str]:
    found: list[str] = []
    option: str | None = None
    has_value = False
    for word in args:
        if word.startswith("-") and len(word) > 1:
            option, has_value = (word if word in names else None), False
            # `--nlu=a.yml b.yml` goes on, too.
            if "=" in word and word.partition("=")[0] in names:
                option, has_value = word.partition("=")[0], True
        elif option is not None and has_value and word in own:
            option = None
        elif option is not None and has_value:
            found.append(option)
        else:
            has_value = option is not None
        found.append(word)
    return found
