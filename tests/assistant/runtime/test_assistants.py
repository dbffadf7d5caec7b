"""Real assistants: their domains at run time are those of their training, their states too, and their forms talk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.importers.domain import Domain
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.events import ActionExecuted
from graphbuild.assistant.runtime.processor import Processor
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.contract.artifact import decode_json, encode_json
from graphbuild.contract.source import SourceFile
from tests.assistant.runtime.models import RulesAndStories
from tests.assistant.runtime.test_moments import both_ways

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
pytestmark = [pytest.mark.corpora, pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")]
NAMES = ("carbon-bot", "concertbot-1x", "financial-demo", "form-05-validation", "formbot", "responseselectorbot")


def folder(name: str) -> Path:
    return CORPORA / "assistants" / name


def files(name: str) -> Iterator[SourceFile]:
    for path in sorted((folder(name) / "data").rglob("*")):
        if path.suffix in (".yml", ".md"):
            yield SourceFile(path, path.name)


@pytest.mark.parametrize("name", NAMES)
def test_domains_are_those_of_training(name: str) -> None:
    path = folder(name) / "domain.yml"
    part = DomainFile().apply(SourceFile(path, path.name)).part
    trained = Domain().apply([part], [TrainingDataFile().apply(file).responses for file in files(name)])
    running = RunningDomain.of(decode_json(encode_json(trained.document.value)))
    assert running.space == trained.space
    assert running.slots == trained.slots.slots
    assert running.forms == trained.forms.forms
    assert running.session == trained.session
    assert dict(running.responses) == {name: tuple(said) for name, said in trained.responses.variations.items()}


def trained(name: str) -> RulesAndStories:
    stories = [folder(name) / "data" / file for file in ("rules.yml", "stories.yml")]
    return RulesAndStories(folder(name) / "domain.yml", [path for path in stories if path.exists()])


@pytest.mark.parametrize("name", ["concertbot", "formbot", "moodbot"])
def test_states_are_those_of_the_stories(name: str) -> None:
    ours, theirs = both_ways(trained(name))
    assert theirs
    assert ours == theirs


def test_formbot_books_a_table() -> None:
    """With the turns of its own stories: a form that is filled out, interrupted, stopped."""

    def check(tracker: Tracker, domain: RunningDomain) -> list[Any]:
        return []

    async def main() -> None:
        processor = Processor(trained("formbot"), actions={"validate_restaurant_form": check})

        async def says(sender: str, *texts: str) -> list[list[str]]:
            return [[one["text"] for one in (await processor.handle(text, sender)).messages] for text in texts]

        cuisine, people = '/inform{"cuisine": "thai"}', '/inform{"number": 4}'
        happy = (
            "/greet",
            "/request_restaurant",
            cuisine,
            "/chitchat",
            people,
            "/affirm",
            "/deny",
            "/inform",
            "/thankyou",
        )
        assert await says("happy", *happy) == [
            ["Hello! I am restaurant search assistant! How can I help?"],
            ["What cuisine?"],
            ["How many people?"],
            ["chitchat", "How many people?"],
            ["Do you want to sit outside?"],
            ["Please provide additional preferences"],
            ["Please give your feedback on your experience so far"],
            [
                "All done!",
                (
                    "I am going to run a restaurant search using the following parameters:\n - cuisine: thai\n"
                    " - num_people: 4\n - outdoor_seating: True\n - preferences: no additional preferences\n"
                    " - feedback: /inform"
                ),
            ],
            ["You are welcome :)"],
        ]
        asked = ["Do you want to continue?"]
        stop = ("/request_restaurant", "/stop", "/deny", "/greet")
        assert (await says("stop", *stop))[1:3] == [asked, []]
        tracker = await processor.tracker("stop")
        done = [event.label for event in tracker.events if isinstance(event, ActionExecuted)]
        assert "action_deactivate_loop" in done
        assert tracker.active_loop_name is None
        assert (await says("on", "/request_restaurant", "/stop", "/affirm"))[1:] == [asked, ["What cuisine?"]]
        await processor.close()

    asyncio.run(main())
