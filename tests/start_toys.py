"""A toy that can go on from an earlier training: `tests.start_toys:GoOn`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.options import option
from graphbuild.errors import DataError
from tests.toys import Toy, ToyOptions, WordCounts


class GoOn(Toy):
    """Counts the words of its examples once an epoch, beginning at what it counted before."""

    kind = "classifier"

    @dataclass(frozen=True)
    class Config(ToyOptions):
        epochs: int = option(2, "How often to count.", rounds=True)
        shown: str = option("", "Left out of the key.", display_only=True)
        weight: int = option(1, "What a word counts.")

    def train(self, examples: Sequence[JsonValue], start: WordCounts | None = None) -> WordCounts:
        self._ran("train")
        words = Counter(word for example in examples for word in _words(example))
        counts = {word: count * self.config.epochs * self.config.weight for word, count in words.items()}
        return WordCounts(dict(Counter(start.counts if start is not None else {}) + Counter(counts)))

    def apply(self, state: WordCounts, examples: Sequence[JsonValue]) -> JsonValue:
        self._ran("apply")
        return JsonValue([f"{word}{state.counts.get(word, 0)}" for one in examples for word in _words(one)])


class Wary(GoOn):
    """Goes on only where each word that it learnt is still there, and says so before."""

    def fits(self, start: WordCounts, examples: Sequence[JsonValue]) -> JsonValue:
        self._ran("fits")
        gone = {*start.counts} - {word for example in examples for word in _words(example)}
        if gone:
            raise DataError(f"words are gone: {', '.join(sorted(gone))}")
        return JsonValue([])


def _words(lines: JsonValue) -> list[str]:
    return [word for line in lines.value for word in str(line).split()]
