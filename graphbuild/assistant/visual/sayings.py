"""IntentExamples: for each intent, what users say: one example alone, and one with each set of entities."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.parts import PlainArtifact
from graphbuild.contract.component import Component


@dataclass(frozen=True)
class Sayings(PlainArtifact):
    """One example for each intent and set of entity types: rows of (intent, types, text), sorted."""

    type_name: ClassVar[str] = "Sayings.v1"
    rows: tuple[tuple[str, tuple[str, ...], str], ...] = ()

    def of(self, intent: str, types: frozenset[str]) -> str | None:
        """What users say who mean this and name these; else any of what they say who mean it."""
        found = self._by_intent.get(intent, {})
        return found.get(types) or min(found.values(), key=_fitness, default=None)

    @cached_property
    def _by_intent(self) -> dict[str, dict[frozenset[str], str]]:
        found: dict[str, dict[frozenset[str], str]] = {}
        for intent, types, text in self.rows:
            found.setdefault(intent, {})[frozenset(types)] = text
        return found


class IntentExamples(Component):
    """Picks an example of each intent for people to read: few words, no single one. Their order changes nothing."""

    kind = "projection"

    def apply(self, messages: Messages) -> Sayings:
        """N examples -> at most one for each intent and set of entity types."""
        spans = messages.entities
        types = spans.types.decoded()
        splits = spans.splits.tolist()
        best: dict[tuple[str, tuple[str, ...]], str] = {}
        for row, (text, intent) in enumerate(zip(messages.texts, messages.intents.decoded(), strict=True)):
            if intent is None:
                continue
            named = {one for one in types[splits[row] : splits[row + 1]] if one is not None}
            key = intent, tuple(sorted(named))
            best[key] = min(best.get(key, text), text, key=_fitness)
        return Sayings(tuple((intent, named, text) for (intent, named), text in sorted(best.items())))


def _fitness(text: str) -> tuple[bool, int, str]:
    return len(text.split()) < 2, len(text), text
