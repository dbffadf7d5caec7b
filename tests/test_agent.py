"""Agent: which package is loaded, and Rasa's names over it."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from graphbuild import Agent
from graphbuild.errors import GraphbuildError, UsageError
from tests.trained import Trained


def test_a_file_and_a_folder_of_it_are_the_same(trained: Trained) -> None:
    package = trained.package()
    agent = Agent.load(package)
    assert agent.path == package
    assert Agent.load(str(package.parent)).parse("hello") == agent.parse("hello")
    assert agent.parse_all(["hello", "bye"]) == [agent.parse("hello"), agent.parse("bye")]


def test_of_a_folder_the_newest_is_taken(trained: Trained, tmp_path: Path) -> None:
    for age, name in enumerate(("z.tar.gz", "a.tar.gz")):
        shutil.copy(trained.package("recipe:light", "nlu"), tmp_path / name)
        os.utime(tmp_path / name, (1_000_000 + age, 1_000_000 + age))
    assert Agent.load(tmp_path).path == tmp_path / "a.tar.gz"


def test_parse_message_is_a_coroutine_that_leaves_the_loop_to_others(trained: Trained) -> None:
    agent = Agent.load(trained.package())
    went_on = []

    async def both() -> dict[str, object]:
        message = asyncio.create_task(agent.parse_message("hello"))
        while not message.done():
            went_on.append(True)
            await asyncio.sleep(0)
        return message.result()

    assert asyncio.run(both()) == agent.parse("hello")
    assert went_on


@pytest.mark.parametrize("recipe", ["recipe:light", pytest.param("recipe:default", marks=pytest.mark.slow)])
def test_many_threads_are_answered_as_one(trained: Trained, recipe: str) -> None:
    agent = Agent.load(trained.package(recipe))
    texts = [f"hello {number}" for number in range(40)]

    async def everything() -> list[dict[str, object]]:
        return list(await asyncio.gather(*(agent.parse_message(text) for text in texts)))

    assert asyncio.run(everything()) == agent.parse_all(texts)


def test_a_conversation_goes_on_and_is_kept_apart_from_others(trained: Trained) -> None:
    async def talk() -> tuple[list[dict[str, object]], list[dict[str, object]], int, int]:
        agent = Agent.load(trained.package(), seed=1)
        first = await agent.handle_text("/greet", "one")
        second = await agent.handle_text("/goodbye", "one")
        turns = [len((await agent.tracker(sender)).events) for sender in ("one", "two")]
        await agent.close()
        return first, second, turns[0], turns[1]

    first, second, ours, others = asyncio.run(talk())
    assert [set(part) for part in (*first, *second)] == [{"recipient_id", "text"}] * 2
    assert first != second
    assert ours > others > 0


def test_what_comes_next_is_told_and_not_done(trained: Trained) -> None:
    async def ask() -> tuple[dict[str, object], dict[str, object]]:
        agent = Agent.load(trained.package())
        await agent.handle_text("/greet")
        return await agent.predict_next(), await agent.predict_next()

    first, second = asyncio.run(ask())
    assert first["policy"] == second["policy"]
    assert first["confidence"] == second["confidence"]
    scores = {one["action"]: one["score"] for one in first["scores"]}  # type: ignore[attr-defined]
    assert max(scores, key=lambda name: scores[name]) == "utter_greet"
    assert scores["utter_greet"] == first["confidence"]


def test_functions_do_the_actions_that_they_are_named_for(trained: Trained) -> None:
    def greet(tracker: object, domain: object) -> list[object]:
        return ["Well met."]

    agent = Agent.load(trained.package(), actions={"utter_greet": greet})
    said = asyncio.run(agent.handle_text("/greet"))
    assert [part["text"] for part in said] == ["Well met."]


def test_a_model_of_nlu_alone_says_that_it_does_nothing(trained: Trained) -> None:
    agent = Agent.load(trained.package("recipe:light", "nlu"))
    with pytest.raises(UsageError, match="trained without policies"):
        asyncio.run(agent.handle_text("hello"))


def test_where_there_is_no_model_it_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no model in the folder"):
        Agent.load(tmp_path)
    with pytest.raises(UsageError, match="there is no model"):
        Agent.load(tmp_path / "nowhere")
    (tmp_path / "model.zip").write_bytes(b"PK")
    with pytest.raises(UsageError, match="is no model"):
        Agent.load(tmp_path / "model.zip")
    (tmp_path / "rasa.tar.gz").write_bytes(b"\x80\x04.")
    with pytest.raises(GraphbuildError, match="cannot be read"):
        Agent.load(tmp_path / "rasa.tar.gz")


def test_what_is_no_text_and_no_path_is_told(trained: Trained) -> None:
    agent = Agent.load(trained.package())
    for said in (None, 5, b"hello", ["hello"]):
        with pytest.raises(UsageError, match="what is said must be a text, not"):
            agent.parse(said)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="what is said must be a text, not"):
            asyncio.run(agent.handle_text(said))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="`model` must be a path, not int"):
        Agent.load(5)  # type: ignore[arg-type]
    assert asyncio.run(agent.handle_text({"text": "hello"})) == asyncio.run(agent.handle_text("hello"))
