"""Real assistants: all can be validated, and what is found in well-made ones is no error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphbuild.assistant.validation.codes import CODES
from graphbuild.errors import Level
from graphbuild.project.validation import validate
from graphbuild.session import BuildRequest

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
ASSISTANTS = sorted(path.name for path in CORPORA.glob("assistants/*") if path.is_dir())
WELL_MADE = (
    "moodbot",
    "rasa-init-3.6",
    "formbot",
    "responseselectorbot",
    "concertbot",
    "retail-demo",
    "financial-demo",
)

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA"),
]


@pytest.mark.parametrize("name", ASSISTANTS)
def test_an_assistant_is_validated(name: str, tmp_path: Path) -> None:
    project = CORPORA / "assistants" / name
    found = validate(BuildRequest(project, "config.yml", store=tmp_path))
    assert {one.code for one in found.findings} <= set(CODES)
    for one in found.findings:
        assert one.location is None or (project / one.location.path).exists()
        # What is in the data of one file has a place; a merge or a double has one where it can.
        assert one.location is not None or one.code in ("GB001", "GB002", "GB101", "GB601", "GB602"), one
    if name in WELL_MADE:
        assert found.count(Level.ERROR) == 0, [one for one in found.findings if one.level is Level.ERROR]
        assert found.unchecked == ()
