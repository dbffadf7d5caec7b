"""Every assistant of the corpora by its own config.yml: it trains, is tested by its own tests, and answers.

Or it is said what is missing or wrong, and where. Epochs are cut to one: what counts are the components of the config.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from graphbuild.agent import Agent
from graphbuild.assistant.runtime.events import ActionExecuted, UserUttered
from graphbuild.assistant.runtime.processor import Reply
from graphbuild.errors import ExitCode, Problem
from tests import assistants
from tests.cli.command_line import Ran, run

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.slow,
    pytest.mark.skipif(not assistants.CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA"),
]
SERVER = re.compile(r"there is nobody who runs action `\w+`|action `\w+`: the server cannot be reached")
"""What an action of the user's own comes to where its server does not run."""
GUESSED = re.compile(r"more than 10 actions in one turn")
"""What policies may come to that learnt for one epoch, where the stories do not say what comes next."""
ITSELF = ("action_extract_slots", "action_listen")
"""Actions that stories do not tell."""


@pytest.mark.parametrize("name", assistants.assistants())
def test_it_trains_and_is_tested_and_answers_or_says_what_is_missing(name: str, tmp_path: Path) -> None:
    project = Path(shutil.copytree(assistants.ASSISTANTS / name, tmp_path / name))
    assistants.shorten(project / "config.yml")
    ran = run("-C", project, "train", "--json")
    if ran.code != 0:
        says_what_is_missing(name, ran)
        return
    assert name not in {**assistants.WRONG, **assistants.FAULTS}
    says_how_it_was_tested(project, run("-C", project, "test", "--no-plot", "--json"))
    answers(project)


def says_what_is_missing(name: str, ran: Ran) -> None:
    """Told in words, by kind: what is missing or wrong in the config is wrong usage; in the data a failed check."""
    assert "Traceback" not in ran.err
    problems = ran.document["problems"]
    assert problems
    if name in assistants.WRONG:
        known = [what for _, what in assistants.WRONG[name]]
        assert ran.code == ExitCode.USAGE
        assert [one["what"] for one in problems if not assistants.MISSING.match(one["what"])] == known
        return
    if name in assistants.FAULTS and ran.code != ExitCode.USAGE:
        assert sorted(f"{one['path']}:{one['line']}:{one['column']}" for one in problems) == assistants.FAULTS[name]
        return
    assert ran.code == ExitCode.USAGE
    for one in problems:
        assert assistants.MISSING.match(one["what"]), one
        assert one["path"] == "config.yml"


def says_how_it_was_tested(project: Path, ran: Ran) -> None:
    """Each half is tested where there is something to test it on; what a single epoch comes to is no matter."""
    assert "Traceback" not in ran.err
    has_tests = any(assistants.stories(assistants.story_tests(project, "tests")))
    if ran.code == ExitCode.USAGE:
        told = [one["what"] for one in ran.document["problems"]]
        assert told == ["there are no test stories: tests/test_*.yml", "there are no examples in the training data"]
        assert not has_tests
        return
    assert ran.code == ExitCode.DONE, ran.document
    assert ("core" in ran.document["reasons"]) == (not has_tests)
    if has_tests:
        assert ran.document["core"]["conversations"]["total"] > 0


def answers(project: Path) -> None:
    """The first test story, or else the first story, turn by turn; and by its intents a story that only says things."""
    endpoints = project / "endpoints.yml"
    agent = Agent.load(project / "models", project, endpoints=endpoints if endpoints.exists() else None)
    domain = agent.processor.domain
    files = assistants.story_tests(project) or assistants.data_files(project)
    first = next(assistants.stories(files), None)
    known = (assistants.turns(one) for one in assistants.stories(assistants.data_files(project)))
    said = next((one for one in known if _only_says(one, set(domain.responses), domain.retrieval_intents)), [])

    async def talk() -> tuple[list[Reply], list[Reply]]:
        one = [await agent.processor.handle(text, "one") for text, _ in (assistants.turns(first) if first else ())]
        other = [await agent.processor.handle(text, "other") for text, _ in said]
        await agent.close()
        return one, other

    every, known_story = asyncio.run(talk())
    for reply in (*every, *known_story):
        assert reply.tracker.latest_action_name == "action_listen"
        assert [one for one in reply.problems if not (_is_of_a_server(one) or GUESSED.match(one.what))] == []
    if remembers(project):
        assert [done(reply) for reply in known_story] == [actions for _, actions in said]


def remembers(project: Path) -> bool:
    """Whether its policies know a story that they were trained on, whatever networks learn in an epoch."""
    policies = assistants.components_of(project / "config.yml", "policies")
    return any("MemoizationPolicy" in one["name"] for one in policies if isinstance(one, dict))


def done(reply: Reply) -> list[str]:
    """What the assistant did in answer to the last turn of the user."""
    events = reply.tracker.events
    last = max(place for place, event in enumerate(events) if isinstance(event, UserUttered))
    actions = [event.label for event in events[last:] if isinstance(event, ActionExecuted)]
    return [one for one in actions if one not in ITSELF]


def _only_says(story: Sequence[tuple[str, list[str]]], responses: set[str], retrieval: frozenset[str]) -> bool:
    """Whether each turn names an intent, and nothing is done but to say something."""
    intents = [text[1:] for text, _ in story if text.startswith("/")]
    acts: list[Any] = [action for _, actions in story for action in actions]
    return len(intents) == len(story) and not retrieval & {*intents} and {*acts} <= responses


def _is_of_a_server(problem: Problem) -> bool:
    return SERVER.match(problem.what) is not None
