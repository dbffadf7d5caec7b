"""Going on from an earlier training of TED's kind: labels are the same, states and texts may have new features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import gt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.dialogue.policies.ted_state import TedState
from graphbuild.assistant.nlu.classifiers.diet_start import LEVELS, places, size
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
        check_labels(then, now.labels)
        _check("the parts of its states", tuple(then.vocabulary), tuple(now.vocabulary), can_grow=False)
        for attribute, names in then.vocabulary.items():
            _check(f"what it knows of {attribute}", names, now.vocabulary[attribute], can_grow=True)
        _check("what it reads as texts", then.spelt, now.spelt, can_grow=False)
        _check("the entities in its texts", _tags(then), _tags(now), can_grow=False)
        rows = {
            _KERNEL.format(attribute): np.searchsorted(now.vocabulary[attribute], names)
            for attribute, names in then.vocabulary.items()
            if attribute not in then.spelt
        }
        return cls(then.weights, rows | _rows_of_texts(then, now))

    def begin(self, weights: Mapping[str, Weight]) -> dict[str, Weight]:
        """Weights before training, with what was learnt of them. Raises DataError where the networks differ."""
        from graphbuild.assistant.networks import steps

        for name in sorted({*weights, *self.weights}):
            old = self.weights[name].shape if name in self.weights else ()
            new = weights[name].value.shape if name in weights else ()
            # Rows may have come; where those that were there stand now is known.
            if (old[1:] if name in self.rows else old) != (new[1:] if name in self.rows else new):
                facts = (("weight", name), ("in the model", size(old)), ("now", size(new)))
                raise DataError(Problem("the stories make another network than the model is", facts=facts, hint=_AGAIN))
        return {
            name: steps.replaced(weight, self.weights[name], self.rows.get(name)) for name, weight in weights.items()
        }


def check_labels(then: TedState, labels: tuple[str, ...]) -> None:
    """Raises DataError where what is to be told is not what an earlier training learnt."""
    _check("what it tells", then.labels, labels, can_grow=False)


def _rows_of_texts(then: TedState, now: TedState) -> dict[str, NDArray[np.int64]]:
    """Where the features of texts stand now, for each network of texts. Raises DataError where some are gone."""
    dense = [tuple(columns for _, columns in state.text_layout) for state in (then, now)]
    parts = list(zip(then.text_parts, now.text_parts, strict=False))
    fit = all(len(old) == len(new) and not any(map(gt, old, new)) for old, new in parts)
    # Of a model that does not say what its columns are they must be the same.
    is_known = bool(then.text_parts) or then.text_layout == now.text_layout
    if dense[0] != dense[1] or not fit or not is_known:
        facts = (("columns of the model", _columns(then)), ("columns now", _columns(now)))
        raise DataError(
            Problem("the words of texts in stories are not those that the model learnt", None, facts, _AGAIN)
        )
    found = {level: places(old, new) for level, (old, new) in zip(LEVELS, parts, strict=False)}
    return {_KERNEL.format(f"{name}.{level}"): rows for name in then.spelt for level, rows in found.items()}


def _tags(state: TedState) -> tuple[str, ...]:
    return state.tags.names if state.tags is not None else ()


def _columns(state: TedState) -> str:
    """How many columns the features of words and of texts have."""
    found = zip(("words", "texts"), state.text_layout, strict=False)
    return ", ".join(f"{sparse + dense} of {what}" for what, (sparse, dense) in found) or "none"


def _check(what: str, then: tuple[str, ...], now: tuple[str, ...], *, can_grow: bool) -> None:
    added, removed = (sorted({*a} - {*b}) for a, b in ((now, then), (then, now)))
    changes = (("added", [] if can_grow else added), ("removed", removed))
    facts = tuple((word, ", ".join(names)) for word, names in changes if names)
    if facts:
        raise DataError(Problem(f"{what} is not what the model learnt", facts=facts, hint=_AGAIN))
