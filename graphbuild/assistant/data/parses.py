"""Parses: all that a pipeline understands of a batch of messages. What evaluation and the dialogue at run time read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions, ResponsePredictions
from graphbuild.assistant.data.text_column import TextColumn
from graphbuild.contract.columns import Array, ColumnsArtifact


@dataclass(frozen=True)
class Parses(ColumnsArtifact):
    """Messages with their intents, their entities from all extractors, and the responses selected for them."""

    type_name: ClassVar[str] = "Parses.v1"
    texts: Sequence[str]  # [n]
    intents: IntentPredictions
    entities: EntityPredictions
    responses: tuple[ResponsePredictions, ...] = ()
    """One a selector."""

    def __len__(self) -> int:
        return len(self.texts)

    def row(self, message: int) -> dict[str, Any]:
        """The parse of one message as a dict of Rasa's shape. Of responses it has the keys; texts are the domain's."""
        ranking = _ranking(self.intents, message, "name")
        return {
            "text": self.texts[message],
            "intent": ranking[0] if ranking else {"name": None, "confidence": 0.0},
            "intent_ranking": ranking,
            "entities": self.entities.row(message),
            "response_selector": {
                one.retrieval_intent or "default": {"ranking": _ranking(one, message, "intent_response_key")}
                for one in self.responses
            },
        }

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {}
        texts = TextColumn.of(self.texts)
        arrays["texts.bytes"], arrays["texts.splits"] = texts.data, texts.splits
        parts = {"intents": self.intents, "entities": self.entities}
        parts |= {f"responses.{i}": one for i, one in enumerate(self.responses)}
        plain = {}
        for name, part in parts.items():
            columns, plain[name] = part.to_columns()
            arrays |= {f"{name}/{column}": array for column, array in columns.items()}
        return arrays, plain

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        def part(name: str) -> dict[str, Array]:
            return {key.removeprefix(f"{name}/"): array for key, array in arrays.items() if key.startswith(f"{name}/")}

        responses = [f"responses.{i}" for i in range(len(plain) - 2)]
        return cls(
            TextColumn(arrays["texts.bytes"], arrays["texts.splits"]),
            IntentPredictions.from_columns(part("intents"), plain["intents"]),
            EntityPredictions.from_columns(part("entities"), plain["entities"]),
            tuple(ResponsePredictions.from_columns(part(name), plain[name]) for name in responses),
        )


def _ranking(made: IntentPredictions | ResponsePredictions, message: int, name: str) -> list[dict[str, Any]]:
    pairs = zip(made.ranking[message].tolist(), made.confidences[message].tolist(), strict=True)
    return [{name: made.names[code], "confidence": confidence} for code, confidence in pairs if code >= 0]
