"""ExampleFold and ExampleSplit: some of the examples to train on, the others to test on, by content and a seed.

The share of each intent (of each response of retrieval intents) is kept. The order of files and examples changes
nothing. Knows no files.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.messages import Coded, Messages
from graphbuild.contract.artifact import Ports, encode_json
from graphbuild.contract.component import Component, Options
from graphbuild.contract.digest import order_of
from graphbuild.contract.options import AtLeastOne, NotNegative, Share, option
from graphbuild.errors import DataError, Problem

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Halves(Ports):
    """What to train on, and what to test on."""

    train: Messages
    test: Messages


class ExampleFold(Component):
    """Splits examples for one turn of a cross-validation; every example is tested in one of them."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        folds: AtLeastOne = option(5, "How many folds there are.")
        fold: NotNegative = option(0, "The one to test on.")
        seed: NotNegative = option(0, "Another seed, other folds.")

        def __post_init__(self) -> None:
            if self.folds < 2 or self.fold >= self.folds:
                raise ValueError("there are two folds or more, counted from 0")

    config: Config

    def apply(self, messages: Messages) -> Halves:
        """Raises DataError where there are more folds than examples."""
        if len(messages) < self.config.folds:
            what = f"{self.config.folds} folds of {len(messages)} examples"
            raise DataError(Problem(f"{what} cannot be made", hint="fewer: --folds N"))
        dealt = np.concatenate([*_strata(messages, self.config.seed)])
        # Dealt in turns, on from one intent to the next: folds differ by one example at most, in all and in an intent.
        is_tested = np.zeros(len(messages), dtype=bool)
        is_tested[dealt[self.config.fold :: self.config.folds]] = True
        return Halves(taken(messages, np.flatnonzero(~is_tested)), taken(messages, np.flatnonzero(is_tested)))


class ExampleSplit(Component):
    """Splits examples in two; of two or more of an intent, at least one stays for training."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        fraction: Share = option(0.8, "Share of each intent that is for training.")
        seed: NotNegative = option(0, "Another seed, another split.")

    config: Config

    def apply(self, messages: Messages) -> Halves:
        """A smaller fraction of the same examples is part of a larger one."""
        chosen = [rows[: self._share(len(rows))] for rows in _strata(messages, self.config.seed)]
        is_trained = np.zeros(len(messages), dtype=bool)
        is_trained[np.concatenate([np.zeros(0, dtype=np.int64), *chosen])] = True
        return Halves(taken(messages, np.flatnonzero(is_trained)), taken(messages, np.flatnonzero(~is_trained)))

    def _share(self, count: int) -> int:
        return min(max(round(count * self.config.fraction), 1 if self.config.fraction else 0), count)


def _strata(messages: Messages, seed: int) -> list[Rows]:
    """The rows of each intent, in an order drawn from the seed and the content of each."""
    intents, keys = messages.intents.decoded(), messages.response_keys.decoded()
    groups: dict[str, list[tuple[bytes, int]]] = defaultdict(list)
    for row, text in enumerate(messages.texts):
        label = keys[row] or intents[row] or ""
        # Texts that are the same but for their annotations keep the order that merging gave them.
        groups[label].append((order_of(encode_json([seed, label, text])), row))
    return [np.array([row for _, row in sorted(group)], dtype=np.int64) for _, group in sorted(groups.items())]


def taken(messages: Messages, rows: Rows) -> Messages:
    """Some messages by number; names that none of them has are gone, as if there had never been any others."""
    spans = messages.entities.take(rows)
    return Messages(
        tuple(messages.texts[row] for row in rows.tolist()),
        _own(messages.intents.take(rows)),
        _own(messages.response_keys.take(rows)),
        replace(spans, types=_own(spans.types), roles=_own(spans.roles), groups=_own(spans.groups)),
    )


def _own(column: Coded) -> Coded:
    return Coded.of(column.decoded())
