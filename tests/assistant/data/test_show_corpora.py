"""Real assistants, read by us and by Rasa itself: the values must be equal (corpora/oracle/README.md)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.data.show import show
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.source import SourceFile

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
LOADS = (
    *("community-envirocar", "community-robocorp", "community-thesis", "concertbot", "course-08-actions"),
    *("course-09-custom-forms", "e2ebot", "financial-demo", "form-01-actions", "form-02-slots", "form-03-conditions"),
    *("form-04-from-text", "form-05-validation", "formbot", "moodbot", "rasa-init-3.6", "responseselectorbot"),
    *("retail-demo", "rules"),
)
"""Those of which corpora/INDEX.md says that Rasa 3.6.21 loads them unchanged."""

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA"),
]


@pytest.mark.parametrize("name", LOADS)
def test_an_assistant_is_read_as_rasa_reads_it(name: str) -> None:
    expected = json.loads((CORPORA / "oracle" / f"{name}.json").read_text())
    shown = json.loads(json.dumps(shown_by_us(CORPORA / "assistants" / name)))
    for key in ("nlu", "synonyms", "regexes", "lookups"):
        assert shown[key] == expected[key], key
    for key, value in expected["domain"].items():
        assert shown["domain"][key] == value, key
    assert with_joints_numbered(shown["steps"]) == with_joints_numbered(expected["steps"])


def shown_by_us(project: Path) -> dict[str, Any]:
    domain = DomainFile().apply(SourceFile(project / "domain.yml", "domain.yml"))
    # Rasa's order: the paths of all files, sorted.
    files = sorted((project / "data").rglob("*.yml"), key=str)
    data = [TrainingDataFile().apply(SourceFile(path, str(path.relative_to(project)))) for path in files]
    return show(
        [domain.part], [one.nlu for one in data], [one.stories for one in data], [one.responses for one in data]
    )


def with_joints_numbered(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Generated checkpoints by their order of appearance: their names mean nothing."""
    numbers: dict[str, str] = {}

    def number(name: str) -> str:
        return numbers.setdefault(name, f"joint {len(numbers)}") if name.startswith("GENR_") else name

    return [{**s, "start": [number(n) for n in s["start"]], "end": [number(n) for n in s["end"]]} for s in steps]
