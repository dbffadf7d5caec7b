"""The halves of an assistant that a training makes: its type, and what is told of a half that was left out.

Which half there is data for is decided where a graph is compiled (graph/presence.py); here it only gets its words.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from graphbuild.errors import Level, Problem
from graphbuild.graph.graph import Graph

NLU_TARGETS = "nlu"
CORE_TARGETS = "core"
NLU_DATA_TARGETS = "nlu_data"
"""What a package holds more where the NLU data goes into it."""
_TEXTS = "texts"
_DOMAIN = "domain"
_NAMES = {NLU_TARGETS: "the NLU half", CORE_TARGETS: "the dialogue half"}
_LACKING = {
    "domain": "there is no domain, or it is empty",
    "stories": "there are no stories and no rules",
    "examples | texts": "there is no NLU data",
}
_HINTS = {
    "domain": "list its intents, responses and slots in domain.yml, or name another file with --domain",
    "stories": "write some in data/, or name other files with --data",
    "examples | texts": "write some in data/, or name other files with --data",
}


class TrainingType(enum.Enum):
    """What is trained, with Rasa's numbers."""

    NLU = 1
    CORE = 2
    BOTH = 3
    END_TO_END = 4

    @property
    def model_type(self) -> str:
        """Rasa's word for such a model."""
        return {TrainingType.NLU: "nlu", TrainingType.CORE: "core"}.get(self, "rasa")


def training_type(graph: Graph, targets: Sequence[str] = ()) -> TrainingType:
    """What the training of a graph is, that was compiled for some targets."""
    halves = {NLU_TARGETS: TrainingType.NLU, CORE_TARGETS: TrainingType.CORE}
    asked = [one for one in targets if one != NLU_DATA_TARGETS]
    only = graph.part or (asked[0] if len(asked) == 1 else None)
    if only in halves:
        return halves[only]
    return TrainingType.END_TO_END if _TEXTS in graph.holds else TrainingType.BOTH


def notices(graph: Graph) -> tuple[Problem, ...]:
    """What is told of halves that were left out, because there is nothing to learn them from."""
    return tuple(_notice(group, words) for group, words in graph.left_out.items())


def _notice(group: str, lacking: Sequence[str]) -> Problem:
    # Without a domain stories could not be read, so that it is told first, and alone.
    word = _DOMAIN if _DOMAIN in lacking else lacking[0]
    name = _NAMES.get(group, f"`{group}`")
    why = _LACKING.get(word, f"no file holds `{word}`")
    return Problem(f"{name} was left out: {why}", None, hint=_HINTS.get(word), level=Level.WARNING)
