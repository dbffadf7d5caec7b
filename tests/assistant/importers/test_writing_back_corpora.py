"""Every file of every assistant that can be read: converted to current YAML, it reads back equal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphbuild.assistant.data.domain_merge import merge_domain
from graphbuild.assistant.data.migration.words import modern_domain
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.data.writers.nlu_writer import trimmed
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.assistant.importers.writing_back import AsWritten, domain_text, training_data_text
from graphbuild.contract.component import Component
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
pytestmark = [pytest.mark.corpora, pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")]


def files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (CORPORA / folder).rglob("*") if path.suffix in SUFFIXES]
    return sorted(found) or [Path("none")]


SUFFIXES = (".yml", ".yaml", ".md", ".json")
FILES = files("assistants", "conformance")
FAULTY = ("restaurant/data/nlu.yml", "incorrect_nlu_format.md", "domain_invalid.yml", "_missing_intent.yml")
UNTRIMMED = "training_data_containing_special_chars.json"
"""Its examples have spaces at their ends, which YAML cannot say: they are taken away (`data convert --trim`)."""


def named(path: Path) -> str:
    return str(path.relative_to(CORPORA)) if path.is_relative_to(CORPORA) else str(path)


def source(path: Path) -> SourceFile:
    said = TrainingDataFile.mentions(path.read_bytes(), path.suffix)
    folder = next((one for one in path.parents if (one / "domain.yml").is_file()), path.parent)
    others = {word: folder / word if (folder / word).is_file() else None for word in said.files}
    return SourceFile(path, path.name, AsWritten(), others)


def readable(path: Path, component: type[Component]) -> bool:
    try:
        component().apply(source(path))  # type: ignore[attr-defined]
    except DataError:
        return False
    return True


@pytest.mark.parametrize("path", FILES, ids=named)
def test_training_data_reads_back_equal(path: Path) -> None:
    """The writer itself reads back what it wrote, and raises where it is not equal."""
    if not readable(path, TrainingDataFile):
        assert named(path).endswith(FAULTY)
        pytest.skip("cannot be read")
    data = TrainingDataFile().apply(source(path))
    nlu = trimmed(data.nlu) if path.name == UNTRIMMED else data.nlu
    training_data_text(TrainingData(nlu, data.stories, data.responses), path.name)


@pytest.mark.parametrize("path", files("assistants"), ids=named)
def test_a_domain_reads_back_equal(path: Path) -> None:
    if path.suffix not in DomainFile.suffixes or not readable(path, DomainFile):
        pytest.skip("cannot be read")
    part = DomainFile().apply(source(path)).part
    domain_text(modern_domain(part, merge_domain([part], [])), path.name)
