"""IntentRankings: how much a policy that knows which intents to expect expected each of them. RASA.md 4.3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.messages import Ints
from graphbuild.contract.columns import Array, ColumnsArtifact, pack_strings, unpack_strings

_DIGITS = 7
"""As many of a similarity as single precision has."""


@dataclass(frozen=True)
class IntentRankings(ColumnsArtifact):
    """The intents of n dialogues by how well they fit, the best r of l; and the one that came."""

    type_name: ClassVar[str] = "IntentRankings.v1"
    intents: tuple[str, ...]  # [l]
    thresholds: NDArray[np.float32]  # [l] what an intent has to reach not to be unlikely
    heard: Ints  # [n] codes, -1 where no intent was judged
    similarities: NDArray[np.float32]  # [n] of the intent that came
    ranking: Ints  # [n, r] codes
    scores: NDArray[np.float32]  # [n, r] descending

    @classmethod
    def of(
        cls, intents: tuple[str, ...], thresholds: Array, heard: Ints, found: NDArray[np.float32], length: int
    ) -> Self:
        """From the similarities [n, l] of dialogues; `length`: the longest ranking, 0 for all intents."""
        order = np.argsort(-found, axis=1, kind="stable")[:, : length or None]
        own = np.take_along_axis(found, np.maximum(heard, 0)[:, None], axis=1)[:, 0]
        scores = np.take_along_axis(found, order, axis=1)
        return cls(intents, np.asarray(thresholds), heard, own, order.astype(np.int32), scores)

    def row(self, dialogue: int) -> dict[str, Any] | None:
        """Rasa's metadata of `action_unlikely_intent`; None where no intent was judged."""
        code = int(self.heard[dialogue])
        if code < 0:
            return None
        pairs = zip(self.ranking[dialogue].tolist(), self.scores[dialogue].tolist(), strict=True)
        return {
            "query_intent": self._judged(code, float(self.similarities[dialogue])),
            "ranking": [self._judged(one, score) for one, score in pairs],
        }

    def _judged(self, code: int, score: float) -> dict[str, Any]:
        threshold = float(self.thresholds[code])
        numbers = {"score": score, "threshold": threshold, "severity": threshold - score}
        return {"name": self.intents[code], **{name: round(one, _DIGITS) for name, one in numbers.items()}}

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        names = ("thresholds", "heard", "similarities", "ranking", "scores")
        arrays: dict[str, Array] = {name: getattr(self, name) for name in names}
        arrays["intents.bytes"], arrays["intents.splits"] = pack_strings(self.intents)
        return arrays, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - no plain part
        return cls(
            tuple(unpack_strings(arrays["intents.bytes"], arrays["intents.splits"])),
            *(arrays[name] for name in ("thresholds", "heard", "similarities", "ranking", "scores")),
        )
