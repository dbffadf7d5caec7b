"""Real assistants of Rasa 1 and 2, read by us and by Rasa 2.8.34 itself (corpora/oracle/README.md)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.data.parts import DomainPart, NLUPart, ResponsesPart, StoryPart
from graphbuild.assistant.data.reading import Reading
from graphbuild.assistant.data.show import show
from graphbuild.assistant.data.story_markdown import read_story_markdown
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.source import SourceFile
from tests.assistant.data.test_show_corpora import with_joints_numbered

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
LEGACY = (
    *("carbon-bot", "community-cedex-event-1x", "community-cedex-hotel-1x", "community-cedex-travel-1x"),
    *("community-coffee-de-1x", "community-coffee-sv-1x", "community-coviz-1x", "community-intents-zh-1x"),
    *("community-smalltalk-1x", "concertbot-1x", "formbot-1x", "masterclass-ep8-medicare-1x", "moodbot-1x"),
)

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA"),
]


def domain_of(project: Path) -> tuple[DomainPart, list[str]]:
    """The domain and what is odd about it."""
    read = DomainFile().apply(SourceFile(project / "domain.yml", "domain.yml"))
    return read.part, [row[1] for row in read.warnings.rows]


def data_of(project: Path) -> tuple[list[NLUPart], list[StoryPart], list[ResponsesPart]]:
    """All but the NLU data in Markdown."""
    yaml = [TrainingDataFile().apply(SourceFile(path, path.name)) for path in sorted(project.glob("data/*.yml"))]
    stories = [one.stories for one in yaml]
    for path in sorted(project.glob("data/stories*.md")):
        reading = Reading(path.name)
        stories.append(read_story_markdown(reading.text_of(SourceFile(path, path.name)) or "", reading))
        assert [row for row in reading.finish()[1].rows if "passed over" in row[1]] == []
    return [one.nlu for one in yaml], stories, [one.responses for one in yaml]


def shown(name: str) -> dict[str, Any]:
    nlu, stories, responses = data_of(CORPORA / "assistants" / name)
    domain, _ = domain_of(CORPORA / "assistants" / name)
    return json.loads(json.dumps(show([domain], nlu, stories, responses, is_legacy=True)))


def oracle(name: str) -> dict[str, Any]:
    return json.loads((CORPORA / "oracle" / f"{name}.json").read_text())


@pytest.mark.parametrize("name", LEGACY)
def test_the_steps_are_those_of_rasa(name: str) -> None:
    assert with_joints_numbered(shown(name)["steps"]) == with_joints_numbered(oracle(name)["steps"])


@pytest.mark.parametrize("name", LEGACY)
def test_the_domain_is_that_of_rasa(name: str) -> None:
    """Rasa 2.8 passes over the `templates` of Rasa 1; here they are the responses that they were."""
    ours, expected = shown(name)["domain"], oracle(name)["domain"]
    if "\ntemplates:" in (CORPORA / "assistants" / name / "domain.yml").read_text():
        assert expected["responses"] == []
        unheard = set(ours.pop("responses")) - set(expected["actions"])
        for key in ("actions", "input_states"):
            ours[key] = [one for one in ours[key] if one not in unheard]
    assert {key: ours[key] for key in ours} == {key: expected[key] for key in ours}


@pytest.mark.parametrize("name", LEGACY)
def test_one_notice_says_of_which_generation_a_domain_is(name: str) -> None:
    part, odd = domain_of(CORPORA / "assistants" / name)
    notices = [what for what in odd if "a domain of Rasa 1 or 2" in what]
    assert len(notices) == part.is_legacy
    assert part.is_legacy == (name not in ("community-smalltalk-1x", "moodbot-1x"))
    assert odd == notices
