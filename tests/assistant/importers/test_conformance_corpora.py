"""Rasa's own fixtures: as many examples, entities, synonyms, ... as Rasa 3.6.21 counts in them (corpora/INDEX.md)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from graphbuild.assistant.importers.nlu_training_data import NLUTrainingData
from graphbuild.assistant.importers.training_data_file import TrainingDataFile, TrainingDataOutput
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
_LINE = re.compile(
    r"^- `(?P<path>[^`]+\.yml)` - (?!INVALID).*3\.6\.21: reads: (?P<counts>\d+ (?:examples|stories)[^\[]*)",
    re.MULTILINE,
)

pytestmark = [pytest.mark.corpora, pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")]


def counted_by_rasa() -> list[tuple[str, dict[str, int]]]:
    if not CORPORA.is_dir():
        return [("none", {})]
    found = _LINE.finditer((CORPORA / "INDEX.md").read_text())
    return [
        (match["path"], {what.strip(): int(count) for count, what in re.findall(r"(\d+) ([a-z ]+)", match["counts"])})
        for match in found
    ]


def read(path: str) -> TrainingDataOutput:
    return TrainingDataFile().apply(SourceFile(CORPORA / "conformance" / path, path))


@pytest.mark.parametrize(("path", "counts"), counted_by_rasa())
def test_a_fixture_is_read_as_rasa_reads_it(path: str, counts: dict[str, int]) -> None:
    found = read(path)
    merged = NLUTrainingData().apply([found.nlu])
    ours = {
        "examples": len(merged.messages),
        "intents": len(merged.messages.intents.names),
        "entities": len(merged.messages.entities.values),
        "synonyms": len(merged.synonyms.pairs),
        "regexes": len(found.nlu.regexes),
        "lookups": len(found.nlu.lookups),
        "retrieval responses": len(found.responses.responses),
        # The index counts names; one fixture gives a name to two stories.
        "stories": len({block.name for block in found.stories.blocks if not block.is_rule}),
        "rules": len({block.name for block in found.stories.blocks if block.is_rule}),
    }
    assert {what: ours[what] for what in counts if what in ours} == {w: n for w, n in counts.items() if w in ours}


@pytest.mark.parametrize(
    "path", ["test_yaml_stories/rules_missing_intent.yml", "test_yaml_stories/stories_missing_intent.yml"]
)
def test_a_step_without_its_intent_is_refused(path: str) -> None:
    with pytest.raises(DataError, match=rf"{path}:6:7: a step `intent` names no intent"):
        read(path)


@pytest.mark.parametrize(
    ("name", "examples", "intents", "marks"),
    [("clinc150", 15000, 150, 0), ("hwu64-fold1", 9960, 64, 8253), ("snips2017", 13784 - 169, 7, None)],
)
def test_large_sets_are_read_whole(name: str, examples: int, intents: int, marks: int | None) -> None:
    path = CORPORA / "nlu" / name / "train.yml"
    merged = NLUTrainingData().apply([TrainingDataFile().apply(SourceFile(path, name)).nlu])
    assert (len(merged.messages), len(merged.messages.intents.names)) == (examples, intents)
    assert marks is None or len(merged.messages.entities.values) == marks
