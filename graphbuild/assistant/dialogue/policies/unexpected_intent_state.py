"""What a trained UnexpecTEDIntentPolicy is: a network, and how similar each intent is where it was not expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

import numpy as np

from graphbuild.assistant.dialogue.policies.ted_state import TedState
from graphbuild.contract.columns import Array

_QUANTILES = "quantiles"
_SHARES = 20
"""Tolerances 0, 0.05 ... 0.95."""


@dataclass(frozen=True)
class UnexpectedIntentState(TedState):
    """A trained network with its thresholds."""

    type_name: ClassVar[str] = "UnexpectedIntentState.v1"
    quantiles: Array = field(kw_only=True)
    """[l, 20] for each intent and tolerance, the similarity below which the intent is unlikely."""

    @classmethod
    def of(cls, state: TedState, scores: Array, is_right: Array) -> Self:
        """A network with the similarities [m, l] of all intents in all samples, and which were right [m, l].

        RASA.md 4.3: quantiles of the similarities where an intent was not right, never above the least where it was.
        """
        wanted = [1 - share / _SHARES for share in range(_SHARES)]
        quantiles = np.zeros((len(state.labels), _SHARES), dtype=np.float32)
        for intent in range(len(state.labels)):
            was_right = is_right[:, intent] > 0
            least = scores[was_right, intent].min()
            wrong = scores[~was_right, intent]
            quantiles[intent] = np.minimum(least, np.quantile(wrong, wanted, method="lower")) if len(wrong) else least
        return cls(**_parts(state), quantiles=quantiles)

    def thresholds(self, tolerance: float) -> Array:
        """Of each intent, [l]."""
        return np.asarray(self.quantiles[:, min(int(tolerance * _SHARES), _SHARES - 1)])

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays, plain = super().to_columns()
        return {**arrays, _QUANTILES: self.quantiles}, plain

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(**_parts(TedState.from_columns(arrays, plain)), quantiles=arrays[_QUANTILES])


def _parts(state: TedState) -> dict[str, Any]:
    return {one.name: getattr(state, one.name) for one in fields(TedState)}
