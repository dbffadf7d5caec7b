"""Going on from an earlier training of TED's kind: labels are the same, states may have new features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.dialogue.policies.ted_state import TedState
from graphbuild.errors import DataError, Problem

if TYPE_CHECKING:
    from graphbuild.assistant.networks.layers import Weight

_AGAIN = "train without --finetune"
_KERNEL = "{}.sparse.kernel"


@dataclass(frozen=True)
class Start:
    """Weights of an earlier training, and where the rows of those that grew stand now."""

    weights: Mapping[str, NDArray[np.float32]]
    rows: Mapping[str, NDArray[np.int64]]

    @classmethod
    def of(cls, then: TedState, now: TedState) -> Start:
        """Of a state, for a training with what another reads and tells. Raises DataError where they do not fit."""
        _check("what it tells", then.labels, now.labels, can_grow=False)
        _check("the parts of its states", tuple(then.vocabulary), tuple(now.vocabulary), can_grow=False)
        for attribute, names in then.vocabulary.items():
            _check(f"what it knows of {attribute}", names, now.vocabulary[attribute], can_grow=True)
        rows = {
            _KERNEL.format(attribute): np.searchsorted(now.vocabulary[attribute], names)
            for attribute, names in then.vocabulary.items()
        }
        return cls(then.weights, rows)

    def begin(self, weights: Mapping[str, Weight]) -> dict[str, Weight]:
        """Weights before training, with what was learnt of them. Raises DataError where the networks differ."""
        from graphbuild.assistant.networks import steps

        for name in sorted({*weights, *self.weights}):
            old = self.weights[name].shape if name in self.weights else ()
            new = weights[name].value.shape if name in weights else ()
            # Rows may have come; where those that were there stand now is known.
            if (old[1:] if name in self.rows else old) != (new[1:] if name in self.rows else new):
                raise DataError(Problem(f"`{name}` of the network is not what it is in the model", hint=_AGAIN))
        return {
            name: steps.replaced(weight, self.weights[name], self.rows.get(name)) for name, weight in weights.items()
        }


def _check(what: str, then: tuple[str, ...], now: tuple[str, ...], *, can_grow: bool) -> None:
    added, removed = (sorted({*a} - {*b}) for a, b in ((now, then), (then, now)))
    changes = (("added", [] if can_grow else added), ("removed", removed))
    facts = tuple((word, ", ".join(names)) for word, names in changes if names)
    if facts:
        raise DataError(Problem(f"{what} is not what the model learnt", facts=facts, hint=_AGAIN))
