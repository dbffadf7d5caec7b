"""Going on from an earlier training of DIET's kind: what must be the same, and where old weights stand among new ones.

Labels and tags must be the same; features may have new columns, at the end of each featurizer's. Trains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.nlu.classifiers.diet_state import DietState
from graphbuild.assistant.nlu.extractors.bilou import TagScheme
from graphbuild.errors import DataError, Problem

if TYPE_CHECKING:
    from graphbuild.assistant.networks.layers import Weight

_HINT = "a fine-tuning learns the labels of the model; for others train without --finetune"
_KERNEL = "{}.sparse.kernel"
LEVELS = ("words", "messages")
"""What features are of, as kernels are named."""
_WORDS = {"entity": "entities", "role": "roles", "group": "groups"}


def check_same(start: DietState, kind: str, labels: Sequence[str], schemes: Mapping[str, TagScheme]) -> None:
    """Raises DataError that names every label of some kind and every tag that was added or removed."""
    problems = _changes(kind, start.labels, labels)
    for level in dict.fromkeys([*start.schemes, *schemes]):
        then, now = (one[level].names if level in one else () for one in (start.schemes, schemes))
        problems += _changes(_WORDS[level], then, now)
    if problems:
        raise DataError(problems)


def _changes(what: str, then: Sequence[str], now: Sequence[str]) -> list[Problem]:
    """One problem for what was added to names or removed from them."""
    changes = (("added", set(now) - set(then)), ("removed", set(then) - set(now)))
    facts = tuple((word, ", ".join(sorted(names))) for word, names in changes if names)
    return [Problem(f"the {what} are not those that the model learnt", facts=facts, hint=_HINT)] if facts else []


@dataclass(frozen=True)
class Start:
    """Weights of an earlier training, and where the rows of those that grew stand now."""

    weights: Mapping[str, NDArray[np.float32]]
    rows: Mapping[str, NDArray[np.int64]]

    @classmethod
    def of(cls, then: DietState, now: DietState) -> Start:
        """Of a state, for a training with the layout of another. Raises DataError where its features do not fit."""
        rows = {}
        for level, old, new in zip(LEVELS, then.parts, now.parts, strict=True):
            if len(old) != len(new) or any(width < before for before, width in zip(old, new, strict=True)):
                facts = (("columns of the model", str(old)), ("columns now", str(new)))
                raise DataError(Problem(f"features of {level} went since the model was trained", facts=facts))
            rows[_KERNEL.format(level)] = places(old, new)
        old_terms, new_terms = then.label_terms, now.label_terms
        if old_terms != new_terms[: len(old_terms)] or bool(old_terms) != bool(new_terms):
            hint = "have the tokenizer split names as it did, or train without --finetune"
            raise DataError(Problem("the words of the labels are not those that the model learnt", hint=hint))
        if old_terms:
            rows[_KERNEL.format("labels")] = np.arange(len(old_terms))
        return cls(then.weights, rows)

    def begin(self, weights: Mapping[str, Weight]) -> dict[str, Weight]:
        """Weights before training, with what was learnt of them. Raises DataError where the networks differ."""
        from graphbuild.assistant.networks import steps

        for name in sorted({*weights, *self.weights}):
            old = self.weights[name].shape if name in self.weights else ()
            new = weights[name].value.shape if name in weights else ()
            # Rows may have come; where those that were there stand now is known.
            if (old[1:] if name in self.rows else old) != (new[1:] if name in self.rows else new):
                facts = (("weight", name), ("in the model", size(old)), ("now", size(new)))
                what = "the features make another network than the model is"
                raise DataError(Problem(what, facts=facts, hint="train without --finetune"))
        return {
            name: steps.replaced(weight, self.weights[name], self.rows.get(name)) for name, weight in weights.items()
        }


def places(old: Sequence[int], new: Sequence[int]) -> NDArray[np.int64]:
    """Where the columns of parts side by side stand, once the parts have grown at their ends."""
    begins = np.cumsum([0, *new])[: len(new)]
    found = [np.arange(begin, begin + width) for begin, width in zip(begins.tolist(), old, strict=True)]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found]).astype(np.int64)


def size(shape: tuple[int, ...]) -> str:
    """A shape in words."""
    return " x ".join(str(size) for size in shape) or "none"
