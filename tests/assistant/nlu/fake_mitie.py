"""Stands for the trainers of MITIE at the library's seam: its word features are too big for a test.

Entities and intents are those of the words that were shown. As with the real library, words are bytes, entities are
ranges of tokens that must not overlap, models are files, and what was trained needs the word features to be used.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.assistant.nlu.optional import WordFeatures


class Trained:
    """A model: what is known of each word."""

    def __init__(self, source: str | dict[str, str]) -> None:
        self.known: dict[str, str] = json.loads(Path(source).read_text()) if isinstance(source, str) else source

    def save_to_disk(self, path: str, *, pure_model: bool) -> None:
        assert pure_model
        Path(path).write_text(json.dumps(self.known, sort_keys=True))

    def extract_entities(self, words: list[bytes], features: Any) -> list[tuple[range, str, float]]:
        assert isinstance(features, WordFeatures)
        found: list[tuple[range, str, float]] = []
        for place, name in enumerate(self.known.get(word.decode()) for word in words):
            if name and found and found[-1][1] == name and found[-1][0].stop == place:
                found[-1] = range(found[-1][0].start, place + 1), name, 1.0
            elif name:
                found.append((range(place, place + 1), name, 1.0))
        return found

    def __call__(self, words: list[bytes], features: Any) -> tuple[str, float]:
        assert isinstance(features, WordFeatures)
        votes = Counter(self.known[word.decode()] for word in words if word.decode() in self.known)
        return max(sorted(votes), key=votes.__getitem__, default=min(self.known.values())), 0.5


class Example:
    """A text with its entities."""

    def __init__(self, words: list[bytes]) -> None:
        self.words = words
        self.entities: dict[str, str] = {}
        self._taken: set[int] = set()

    def add_entity(self, where: range, name: bytes) -> None:
        assert len(where) > 0
        assert where.stop <= len(self.words)
        assert not self._taken & set(where)
        self._taken |= set(where)
        self.entities |= {self.words[place].decode(): name.decode() for place in where}


class Trainer:
    """Both trainers."""

    def __init__(self, path: str) -> None:
        self.known: dict[str, str] = {}
        self.num_threads = 0

    def add(self, example: Example) -> None:
        self.known |= example.entities

    def add_labeled_text(self, words: Iterable[bytes], name: bytes) -> None:
        self.known |= {word.decode(): name.decode() for word in words}

    def train(self) -> Trained:
        assert self.known
        assert self.num_threads == 1
        return Trained(self.known)


def fake_mitie(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts these in the place of the library's, which keeps the rest where it is installed."""
    try:
        import mitie
    except ImportError:
        mitie = ModuleType("mitie")
        monkeypatch.setitem(__import__("sys").modules, "mitie", mitie)
    parts = {
        "ner_trainer": Trainer,
        "text_categorizer_trainer": Trainer,
        "ner_training_instance": Example,
        "named_entity_extractor": Trained,
        "text_categorizer": Trained,
    }
    for name, part in parts.items():
        monkeypatch.setattr(mitie, name, part, raising=False)
