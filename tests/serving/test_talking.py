"""Talking in the terminal: lines in, messages out."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.agent import Agent, AgentSettings
from graphbuild.cli.asking import PlainAsker
from graphbuild.errors import Problem
from graphbuild.serving.talking import chosen, talk
from tests.assistant.runtime.models import the_bot
from tests.cli.command_line import run
from tests.trained import Trained

BUTTONS = [{"title": "Yes", "payload": "/affirm"}, {"title": "No"}]


def talked(*lines: str, as_json: bool = False, **actions: Any) -> tuple[list[str], list[str]]:
    """What is shown, and what is told, where these lines are typed."""
    shown: list[str] = []
    told: list[str] = []

    async def typed() -> AsyncIterator[str]:
        for line in lines:
            yield line

    def tell(problems: Sequence[Problem]) -> None:
        told.extend(problem.what for problem in problems)

    async def conversation() -> None:
        agent = Agent(the_bot(), settings=AgentSettings(actions=actions, seed=1))
        await talk(agent, typed(), "me", shown.append, tell, as_json=as_json)
        await agent.close()

    asyncio.run(conversation())
    return shown, told


def test_messages_are_shown_and_stop_ends_it() -> None:
    one, _ = talked("/greet")
    assert one
    assert talked("/greet", "/stop", "/greet")[0] == one


def test_a_turn_is_a_line_for_programs() -> None:
    shown, _ = talked("/greet", "/bye", as_json=True)
    first, second = (json.loads(line) for line in shown)
    assert first["intent"] == "greet"
    assert [set(part) for part in first["messages"]] == [{"recipient_id", "text"}] * len(first["messages"])
    assert set(first) == {"messages", "intent", "latest_action", "slots", "problems"}
    assert second["intent"] == "bye"


def test_a_number_chooses_a_button() -> None:
    parts = [{"text": "Sure?", "buttons": BUTTONS}, {"text": "Well?"}]
    assert [chosen(text, parts) for text in ("1", "2", "3", "0", "one", "²")] == ["/affirm", "No", "3", "0", "one", "²"]
    assert chosen("1", parts[1:]) == "1"


@given(st.text(), st.integers(0, 5))
def test_what_chooses_no_button_is_what_was_typed(text: str, count: int) -> None:
    parts = [{"buttons": [{"title": "t", "payload": "/p"}] * count}]
    assert chosen(text, parts) in (text, "/p")
    assert chosen(text, []) == text


def test_the_shell_answers_line_by_line(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    package = trained.package()
    monkeypatch.setattr("sys.stdin", io.StringIO("/greet\n\n/goodbye\n/stop\n/greet\n"))
    ran = run("shell", package, "--json")
    assert (ran.code, ran.err) == (0, "")
    turns = [json.loads(line) for line in ran.out.splitlines()]
    assert [turn["latest_action"] for turn in turns] == ["utter_greet", "utter_goodbye"]
    assert all(turn["messages"] for turn in turns)
    monkeypatch.setattr("sys.stdin", io.StringIO("/greet\n"))
    ran = run("shell", "-m", package.parent)
    assert (ran.code, ran.out.splitlines()) == (0, [part["text"] for part in turns[0]["messages"]])


def test_bytes_that_are_no_text_end_nothing(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (["shell"], ["shell", "nlu"]):
        monkeypatch.setattr("sys.stdin", io.StringIO("\udcff\udcfe\nhello \udcff\n"))
        ran = run(*command, "-m", trained.package(), "--json")
        assert (ran.code, ran.err, len(ran.out.splitlines())) == (0, "", 2)
    monkeypatch.setattr("sys.stdin", io.StringIO("hello \udcff\n"))
    assert PlainAsker().ask("?") == "hello ?"


def test_the_shell_says_what_it_cannot_talk_to(trained: Trained) -> None:
    ran = run("shell", "-m", trained.package("recipe:light", "nlu"))
    assert ran.code == 2
    assert "trained without policies" in ran.err
    assert "graphbuild shell nlu" in ran.err
    assert "named twice" in run("shell", "a", "-m", "b").err


def test_what_goes_wrong_in_an_action_is_told_once(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text("nlg: {url: 'http://127.0.0.1:9/nlg', timeout: 2}\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("/greet\n"))
    ran = run("shell", trained.package(), "--endpoints", endpoints)
    assert (ran.code, ran.out) == (0, "")
    assert "error: " in ran.err
    assert ran.err.count("127.0.0.1:9/nlg") == 1
