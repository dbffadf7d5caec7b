"""TextFeatures: the texts of dialogues with their words and what featurizers made of them; the entities in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import Messages, Spans, TokenizedMessages, get_spans, put_spans
from graphbuild.contract.columns import Array, ColumnsArtifact, pack_strings, unpack_strings

_MESSAGES = "messages."


@dataclass(frozen=True)
class DialogueTexts(Messages):
    """What users say and the bot says word for word in some dialogues: sorted, each text once.

    A type of its own, so that the pipeline that reads examples is not wired to it.
    """

    type_name: ClassVar[str] = "DialogueTexts.v1"


@dataclass(frozen=True)
class TextFeatures(ColumnsArtifact):
    """Texts of dialogues, n of them with t words in all, and their features by featurizer."""

    type_name: ClassVar[str] = "TextFeatures.v1"
    messages: TokenizedMessages
    features: tuple[Features, ...]

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays, plain = self.messages.to_columns()
        found = {f"{_MESSAGES}{name}": one for name, one in arrays.items()}
        kinds = []
        for number, one in enumerate(self.features):
            own, kind = one.to_columns()
            found.update({f"{number}.{name}": array for name, array in own.items()})
            kinds.append(kind)
        return found, {"messages": plain, "features": kinds}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        def part(prefix: str) -> dict[str, Array]:
            return {name.removeprefix(prefix): one for name, one in arrays.items() if name.startswith(prefix)}

        kinds = enumerate(plain["features"])
        return cls(
            TokenizedMessages.from_columns(part(_MESSAGES), plain["messages"]),
            tuple(Features.from_columns(part(f"{number}."), kind) for number, kind in kinds),
        )


@dataclass(frozen=True)
class TextEntities(ColumnsArtifact):
    """The texts of users in stories that have entities, sorted, and where these are."""

    type_name: ClassVar[str] = "TextEntities.v1"
    texts: tuple[str, ...]  # [n]
    entities: Spans

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {}
        arrays["texts.bytes"], arrays["texts.splits"] = pack_strings(self.texts)
        put_spans(arrays, self.entities)
        return arrays, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - no plain part
        return cls(tuple(unpack_strings(arrays["texts.bytes"], arrays["texts.splits"])), get_spans(arrays))
