"""Real assistants: the dialogues that we make of their files are those that Rasa 3.6.21 makes (corpora/oracle)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.data.domain_merge import MergedDomain, merge_domain, slot_spaces, space_of
from graphbuild.assistant.data.parts import StoryBlock
from graphbuild.assistant.data.space import DomainSpace, SlotSpace
from graphbuild.assistant.data.stories import Checkpoint, Event, StoryGraph, StoryStep
from graphbuild.assistant.data.story_steps import merge_blocks, steps_of
from graphbuild.assistant.dialogue.retold import told_dialogues
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.source import SourceFile
from tests.assistant.dialogue.retelling import retell, told

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
LOADS = (
    *("community-envirocar", "community-robocorp", "community-thesis", "concertbot", "course-08-actions"),
    *("course-09-custom-forms", "e2ebot", "financial-demo", "form-01-actions", "form-02-slots", "form-03-conditions"),
    *("form-04-from-text", "form-05-validation", "formbot", "moodbot", "rasa-init-3.6", "responseselectorbot"),
    *("retail-demo", "rules"),
)
"""Those of which corpora/INDEX.md says that Rasa 3.6.21 loads them unchanged."""
ORACLES = sorted(path.stem for path in CORPORA.glob("oracle/*.json") if ".policies" not in path.name)

pytestmark = [pytest.mark.corpora, pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")]


def parts_of(project: Path) -> tuple[list[StoryBlock], MergedDomain]:
    parts = [TrainingDataFile().apply(SourceFile(path, path.name)) for path in sorted(project.glob("data/**/*.yml"))]
    domain = DomainFile().apply(SourceFile(project / "domain.yml", "domain.yml")).part
    blocks = [block for part in parts for block in part.stories.blocks]
    return blocks, merge_domain([domain], [part.responses for part in parts])


def read(project: Path) -> tuple[StoryGraph, DomainSpace]:
    blocks, domain = parts_of(project)
    return merge_blocks(blocks)[0], space_of(domain)


def lines(dialogues: list[tuple[bool, Any]]) -> list[str]:
    return sorted(json.dumps(dialogue, sort_keys=True) for dialogue in dialogues)


@pytest.mark.parametrize("name", LOADS)
def test_the_dialogues_of_an_assistant_are_those_of_rasa(name: str) -> None:
    graph, domain = read(CORPORA / "assistants" / name)
    oracle = json.loads((CORPORA / "oracle" / f"{name}.json").read_text())["dialogues"]
    expected = [(one["rule"], retell(one["events"], domain, rule=one["rule"])) for one in oracle]
    assert lines(told(TrackerGenerator().apply(graph, domain).dialogues)) == lines(expected)


@pytest.mark.parametrize("name", LOADS)
def test_the_events_of_an_assistants_dialogues_are_those_of_rasa(name: str) -> None:
    blocks, domain = parts_of(CORPORA / "assistants" / name)
    oracle = json.loads((CORPORA / "oracle" / f"{name}.json").read_text())["dialogues"]
    steps = [one for block in blocks for one in steps_of(block)]
    made = told_dialogues(steps, space_of(domain), slot_spaces(domain))
    assert texts(made) == texts(oracle)


@pytest.mark.parametrize("name", ORACLES)
def test_the_steps_of_rasa_are_joined_as_rasa_joins_them(name: str) -> None:
    """Those of older formats too: seen without slots, for their domains are not read here."""
    oracle = json.loads((CORPORA / "oracle" / f"{name}.json").read_text())
    domain = DomainSpace((), (), (), (), ())
    graph = StoryGraph(tuple(step(one) for one in oracle["steps"]))
    expected = {*lines([(one["rule"], retell(one["events"], domain, rule=one["rule"])) for one in oracle["dialogues"]])}
    assert {*lines(told(TrackerGenerator().apply(graph, domain).dialogues))} == expected


@pytest.mark.parametrize("name", sorted(set(ORACLES) - set(LOADS)))
def test_the_steps_of_older_formats_tell_the_events_that_rasa_tells(name: str) -> None:
    oracle = json.loads((CORPORA / "oracle" / f"{name}.json").read_text())
    plain = oracle["domain"]
    # In those formats an entity fills the slot of its name.
    slots = [
        SlotSpace(slot, one["type"], fills_from=((slot, None, None, (), ()),) if slot in plain["entities"] else ())
        for slot, one in sorted(plain["slots"].items())
    ]
    influencing = tuple(slot for slot in slots if plain["slots"][slot.name]["influence_conversation"])
    domain = DomainSpace((), (), influencing, (), tuple(plain["forms"]))
    made = told_dialogues([step(one) for one in oracle["steps"]], domain, slots)
    assert texts(made) == texts(oracle["dialogues"])


def texts(dialogues: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(one, sort_keys=True) for one in dialogues)


def step(plain: dict[str, Any]) -> StoryStep:
    start, end = ([Checkpoint(name) for name in plain[key]] for key in ("start", "end"))
    return StoryStep(tuple(start), tuple(end), tuple(event(one) for one in plain["events"]), plain["rule"])


def event(plain: dict[str, Any]) -> Event:
    if "user" in plain:
        entities = tuple(tuple(sorted(entity.items())) for entity in plain.get("entities", ()))
        return Event("user", plain["user"], text=plain.get("text"), entities=entities)
    kind = next(kind for kind in ("action", "bot", "slot", "loop", "event") if kind in plain)
    return Event(kind, plain[kind], plain.get("value"))
