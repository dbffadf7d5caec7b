"""Real assistants of Rasa 1 and 2, read by us and by Rasa 2.8.34 itself (corpora/oracle/README.md)."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.data.domain_merge import merge_domain, space_of
from graphbuild.assistant.data.parts import DomainPart, NLUPart, ResponsesPart, StoryBlock, StoryPart
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.readers.responses_markdown import read_responses_markdown
from graphbuild.assistant.data.readers.story_markdown import read_story_markdown
from graphbuild.assistant.data.show import show
from graphbuild.assistant.data.story_steps import merge_blocks
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError
from tests.assistant.data.test_show_corpora import with_joints_numbered
from tests.assistant.dialogue.retelling import retell, told
from tests.assistant.dialogue.test_oracle_dialogues import lines

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


@pytest.mark.parametrize("name", LEGACY)
def test_the_dialogues_are_those_of_rasa(name: str) -> None:
    _, stories, responses = data_of(CORPORA / "assistants" / name)
    space = space_of(merge_domain([domain_of(CORPORA / "assistants" / name)[0]], responses))
    graph, _ = merge_blocks(block for part in stories for block in part.blocks)
    expected = [(one["rule"], retell(one["events"], space, rule=one["rule"])) for one in oracle(name)["dialogues"]]
    assert lines(told(TrackerGenerator().apply(graph, space).dialogues)) == lines(expected)


# ---- Rasa's own fixtures


def fixture(path: str) -> SourceFile:
    return SourceFile(CORPORA / "conformance" / path, path)


DOMAINS_OF_OLD = {
    # intents, entities, slots, responses, forms
    "default.yml": (3, 1, 2, 3, 0),
    "default_deprecated_templates.yml": (7, 3, 0, 3, 0),
    "default_with_mapping.yml": (3, 1, 2, 3, 0),
    "form.yml": (8, 1, 2, 3, 1),
    "people_form.yml": (2, 0, 2, 1, 0),
    "triggers_and_forms.yml": (1, 0, 0, 1, 1),
    "test_domain_from_directory1/domain_valid.yml": (3, 1, 2, 3, 0),
}
"""Those that Rasa 3.6.21 refuses, or reads without their `templates`."""


@pytest.mark.parametrize("path", DOMAINS_OF_OLD)
def test_a_domain_of_old_is_read_whole(path: str) -> None:
    read = DomainFile().apply(fixture(f"test_domains/{path}"))
    part = read.part
    counts = [len(section) for section in (part.intents, part.entities, part.slots, part.responses, part.forms)]
    assert tuple(counts) == DOMAINS_OF_OLD[path]
    assert part.is_legacy
    assert len(read.warnings.rows) == 1
    merge_domain([part], [])


def domains_of_rasa_3() -> list[tuple[str, dict[str, int]]]:
    """Single files, with Rasa's own counts."""
    if not CORPORA.is_dir():
        return []
    found = re.finditer(
        r"^- `(test_domains/[^`]+\.yml)` - .*3\.6\.21: reads: (\d+ intents[^\[]*)",
        (CORPORA / "INDEX.md").read_text(),
        re.MULTILINE,
    )
    return [(one[1], {what: int(n) for n, what in re.findall(r"(\d+) ([a-z]+)", one[2])}) for one in found]


@pytest.mark.parametrize(("path", "counts"), domains_of_rasa_3())
def test_a_domain_of_rasa_3_is_read_as_rasa_reads_it(path: str, counts: dict[str, int]) -> None:
    part = DomainFile().apply(fixture(path)).part
    ours = {what: len(getattr(part, what)) for what in counts}
    if path.endswith("default_deprecated_templates.yml"):
        assert ours.pop("responses") == 3
        counts = {what: count for what, count in counts.items() if what != "responses"}
    assert ours == counts


@pytest.mark.parametrize(
    ("folder", "counts"),
    [
        ("test_domain_from_directory_for_entities", (6, 5, 0, 0)),
        ("test_domain_with_duplicates", (8, 0, 1, 6)),
        ("test_domain_without_duplicates", (8, 0, 1, 6)),
    ],
)
def test_a_domain_in_a_folder_is_merged_as_rasa_merges_it(folder: str, counts: tuple[int, ...]) -> None:
    paths = sorted((CORPORA / "conformance" / "test_domains" / folder).glob("*.yml"))
    merged = merge_domain([DomainFile().apply(SourceFile(path, path.name)).part for path in paths], [])
    assert tuple(map(len, (merged.intents, merged.entities, merged.slots, merged.responses))) == counts


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("wrong_response_format.yml", ":21:7: a variation of `utter_default` has neither `text` nor `custom`"),
        ("test_domain_from_directory/domain_invalid.yml", ":4:1: key `version` is given twice"),
    ],
)
def test_an_invalid_domain_is_refused_at_its_line(path: str, problem: str) -> None:
    with pytest.raises(DataError) as error:
        DomainFile().apply(fixture(f"test_domains/{path}"))
    (found,) = str(error.value).splitlines()
    assert found.startswith(f"test_domains/{path}{problem}")


STORIES = {
    # blocks, user turns, actions, other events, checkpoints
    "test_evaluations/form-end-to-end-stories.md": (3, 10, 17, 6, 0),
    "test_evaluations/stories_trip_circuit_breaker.md": (1, 1, 11, 0, 0),
    "test_evaluations/story_unknown_entity.md": (1, 2, 2, 0, 0),
    "test_stories/stories_conflicting_1.md": (2, 6, 6, 0, 0),
    "test_stories/stories_conflicting_2.md": (3, 3, 3, 0, 3),
    "test_stories/stories_conflicting_3.md": (3, 4, 3, 0, 3),
    "test_stories/stories_conflicting_4.md": (2, 6, 6, 2, 0),
    "test_stories/stories_conflicting_5.md": (2, 6, 6, 1, 0),
    "test_stories/stories_conflicting_6.md": (5, 8, 5, 0, 0),
    "test_stories/stories_form.md": (6, 24, 28, 10, 0),
    "test_stories/stories_retrieval_intents.md": (6, 11, 13, 0, 0),
    "test_stories/stories_unused_checkpoints.md": (3, 3, 4, 2, 3),
    "test_stories/story_slot_different_types.md": (1, 1, 1, 3, 0),
}


@pytest.mark.parametrize("path", STORIES)
def test_stories_in_markdown_are_read_whole(path: str) -> None:
    """As many as one counts by hand."""
    blocks = read_stories(path)
    elements = [element for block in blocks for element in block.elements]
    kinds = [event.type for element in elements for event in element.events]
    users, actions = kinds.count("user"), kinds.count("action")
    checkpoints = sum(element.checkpoint is not None for element in elements)
    assert (len(blocks), users, actions, len(kinds) - users - actions, checkpoints) == STORIES[path]


def test_every_story_of_babi_is_read() -> None:
    text = fixture("test_stories/stories_babi_small.md").read_text()
    blocks = read_stories("test_stories/stories_babi_small.md")
    assert len(blocks) == text.count("## ")
    assert sum(len(block.elements) for block in blocks) == len(re.findall(r"^\s*[*-]", text, re.MULTILINE))


def read_stories(path: str) -> tuple[StoryBlock, ...]:
    reading = Reading(path)
    part = read_story_markdown(reading.text_of(fixture(path)) or "", reading)
    assert reading.finish()[1].rows == ()
    return part.blocks


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("test_nlg/responses.md", ["utter_chitchat/ask_name"]),
        ("test_responses/default.md", ["utter_chitchat/ask_name", "utter_chitchat/ask_weather"]),
    ],
)
def test_responses_in_markdown_are_read(path: str, names: list[str]) -> None:
    reading = Reading(path)
    part = read_responses_markdown(reading.text_of(fixture(path)) or "", reading)
    assert [name for name, _ in part.responses] == names
    assert part.responses[0][1] == ({"text": "my name is Sara, Rasa's documentation bot!"},)
    assert reading.finish()[1].rows == ()
