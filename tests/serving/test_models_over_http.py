"""Models over HTTP: loaded and let go of while conversations go on, and trained."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from typing import Any

import pytest

from graphbuild.assistant.runtime.events import ReminderScheduled
from graphbuild.package.package import read_package
from graphbuild.serving.models import _in_header
from graphbuild.serving.trainings import _environment
from tests.serving.conftest import Server, Servers
from tests.trained import Trained

DOCUMENT = """
recipe: default.v1
language: en
pipeline:
- name: WhitespaceTokenizer
- name: KeywordIntentClassifier
policies:
- name: RulePolicy
intents: [greet]
responses:
  utter_greet: [{text: Trained over HTTP.}]
nlu:
- intent: greet
  examples: |
    - hi
    - hello there
rules:
- rule: greet back
  steps:
  - intent: greet
  - action: utter_greet
"""


def texts(parts: list[dict[str, Any]]) -> list[str]:
    return [part["text"] for part in parts]


def test_another_model_goes_on_with_the_conversations(servers: Servers, trained: Trained) -> None:
    server = servers.make()
    server.say("/greet")
    before = server.get("/conversations/ann/tracker").json()["events"]
    other = servers.package.parent / "other.tar.gz"
    shutil.copy(servers.package, other)
    try:
        assert server.ask("PUT", "/model", {"model_file": "other.tar.gz"}).status_code == 204
        assert server.get("/status").json()["model_file"] == "other.tar.gz"
        assert server.get("/conversations/ann/tracker").json()["events"] == before
        server.say("/goodbye")
        events = server.get("/conversations/ann/tracker").json()["events"]
        assert events[: len(before)] == before
        assert events[-1]["metadata"]["model_id"] == "other"
    finally:
        other.unlink()


def test_without_a_model_nothing_is_answered_until_there_is_one(servers: Servers) -> None:
    server = servers.make()
    server.say("/greet")
    assert server.ask("DELETE", "/model").status_code == 204
    for method, path, body in (
        ("POST", "/webhooks/rest/webhook", {"message": "hello"}),
        ("POST", "/webhooks/rest/webhook?stream=true", {"message": "hello"}),
        ("POST", "/model/parse", {"text": "hello"}),
        ("GET", "/domain", None),
        ("GET", "/status", None),
        ("GET", "/conversations/ann/tracker", None),
    ):
        answer = server.ask(method, path, body)
        assert (answer.status_code, answer.json()["reason"]) == (409, "Conflict")
    assert server.get("/health").json()["model_loaded"] is False
    assert server.ask("PUT", "/model", {"model_file": servers.package.name}).status_code == 204
    assert "greet" in str(server.get("/conversations/ann/tracker").json()["events"])


def test_who_is_being_answered_keeps_the_model_until_the_end(servers: Servers) -> None:
    server = servers.make()

    async def replaced_meanwhile() -> tuple[bool, bool]:
        async with server.served.use() as agent:
            await server.served.unload()
            await asyncio.sleep(0)
            answered = bool((await agent.processor.handle("/greet", "ann")).messages)
            still = agent._processor is not None
        for task in list(server.served._closing):
            await task
        return answered and still, agent._processor is None

    assert server.runner.run(replaced_meanwhile()) == (True, True)


def test_reminders_are_done_by_the_model_that_came_after(servers: Servers) -> None:
    server = servers.make()
    server.say("/greet")

    async def due() -> list[dict[str, Any]]:
        agent = server.served.agent
        assert agent is not None
        soon = "2000-01-01T00:00:00+00:00"
        await agent.processor.inject([ReminderScheduled("goodbye", soon, name="bye", kill_on_user_msg=False)], "ann")
        await server.served.load(servers.package)
        while len(server.served._kept.reminders) or server.served._kept.reminders._running:
            await asyncio.sleep(0)
        return await server.served._kept.store.read("ann", whole=True)

    events = server.runner.run(due())
    assert [event["text"] for event in events if event["event"] == "user"] == ["/greet", "EXTERNAL: goodbye"]


def test_models_from_elsewhere_are_loaded_where_it_is_said(servers: Servers, trained: Trained) -> None:
    elsewhere = servers.folder / "elsewhere.tar.gz"
    shutil.copy(servers.package, elsewhere)
    assert servers.make().ask("PUT", "/model", {"model_file": str(elsewhere)}).status_code == 400
    inside = servers.folder / "models"
    inside.mkdir()
    (inside / "link.tar.gz").symlink_to(elsewhere)
    assert servers.make(models=inside).ask("PUT", "/model", {"model_file": "link.tar.gz"}).status_code == 400
    assert servers.make(loads_any=True).ask("PUT", "/model", {"model_file": str(elsewhere)}).status_code == 204


def test_a_document_does_not_see_what_the_server_knows(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may train would read it in the package."""
    for name in ("DB_PASSWORD", "GRAPHBUILD_AUTH_TOKEN", "HF_TOKEN"):
        monkeypatch.setenv(name, "hunter2")
    server = servers.make(is_empty=True, models=servers.folder / "models")
    document = DOCUMENT.replace("Trained over HTTP.", '"${DB_PASSWORD} ${GRAPHBUILD_AUTH_TOKEN} ${HF_TOKEN}"')
    answer = server.post("/model/train", content=document, timeout=None)
    assert answer.status_code == 200, answer.text
    package = read_package(servers.folder / "models" / answer.headers["filename"])
    said = b"".join(package.artifacts.values())
    assert b"hunter2" not in said
    assert b"${DB_PASSWORD} ${GRAPHBUILD_AUTH_TOKEN} ${HF_TOKEN}" in said


def test_what_programs_go_by_is_handed_on() -> None:
    seen = {"PATH": "/bin", "LC_ALL": "C", "PYTHONPATH": "x", "GRAPHBUILD_STORE": "s", "CUDA_VISIBLE_DEVICES": ""}
    kept_back = {
        "DB_PASSWORD": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "GRAPHBUILD_SSL_PASSWORD": "c",
        "HF_TOKEN": "d",
        "X": "",
    }
    assert _environment({**seen, **kept_back}) == seen


def test_a_document_is_trained_and_what_it_gives_is_loaded(servers: Servers) -> None:
    server = servers.make(is_empty=True, models=servers.folder / "models")
    yaml = {"Content-Type": "application/yaml"}

    async def train_and_look() -> tuple[Any, list[int]]:
        training = asyncio.create_task(server.client.post("/model/train", content=DOCUMENT, headers=yaml, timeout=None))
        seen = []
        while not training.done():
            status = await server.client.get("/status")
            seen.append(status.json()["details"]["num_active_training_jobs"])
            await asyncio.sleep(0.05)
        return training.result(), seen

    answer, seen = server.runner.run(train_and_look())
    assert answer.status_code == 200, answer.text
    assert 1 in seen
    assert server.trainings.active == 0
    name = answer.headers["filename"]
    assert answer.content == (servers.folder / "models" / name).read_bytes()
    assert read_package(servers.folder / "models" / name).manifest
    assert server.ask("PUT", "/model", {"model_file": name}).status_code == 204
    assert texts(server.say("hi")) == ["Trained over HTTP."]

    wrong = DOCUMENT.replace("KeywordIntentClassifier", "KeywordIntentClasifier")
    refused = server.post("/model/train", content=wrong, headers=yaml, timeout=None)
    assert (refused.status_code, refused.json()["reason"]) == (400, "TrainingError")
    assert "KeywordIntentClasifier" in refused.json()["message"]
    assert {one["path"] for one in refused.json()["details"]["problems"]} == {"the document"}
    assert refused.json()["details"]["problems"][0]["line"]

    lacking = DOCUMENT + "session_config: {carry_over_slots_to_new_session: ${NOBODY_SET_THIS}}\n"
    refused = server.post("/model/train", content=lacking, headers=yaml, timeout=None)
    assert {one["path"] for one in refused.json()["details"]["problems"]} == {"the document"}


def test_what_is_odd_about_a_document_is_in_a_header(servers: Servers) -> None:
    server = servers.make(is_empty=True, models=servers.folder / "models")
    answer = server.post("/model/train", content=f"{DOCUMENT}na\u00efve: 1\n".encode(), timeout=None)
    assert answer.status_code == 200, answer.text
    found = json.loads(answer.headers["warnings"])
    assert {(one["code"], one["line"]) for one in found} == {("GB002", DOCUMENT.count("\n") + 1)}
    assert all("`na\u00efve`" in one["what"] for one in found)


def test_a_header_has_as_many_warnings_as_fit() -> None:
    told = [{"code": "GB203", "line": number, "what": "\u00e9" * 100, "hint": None} for number in range(1, 100)]
    kept = _in_header(told)
    assert len(kept) <= 4_000
    assert json.loads(kept) == told[: len(json.loads(kept))]
    assert not _in_header([])


def test_so_many_trainings_may_wait_and_none_after_the_end(servers: Servers) -> None:
    full = servers.make(most_trainings=0)
    assert full.post("/model/train", content=DOCUMENT).status_code == 429
    ending = servers.make()
    ending.runner.run(ending.trainings.end())
    assert ending.post("/model/train", content=DOCUMENT).status_code == 503


def test_conversations_that_are_over_leave_their_events_and_nothing_else(server: Server) -> None:
    for number in range(30):
        server.say("/greet", f"user {number}")
    kept = server.served._kept
    assert len(kept.locks) == len(kept.reminders) == 0
    agent = server.served.agent
    assert agent is not None
    assert not agent.processor.assistant.thinking._asked
    assert len(server.runner.run(kept.store.senders())) == 30


@pytest.mark.parametrize("handler", [signal.default_int_handler, signal.SIG_IGN], ids=["in front", "in the background"])
def test_a_training_that_runs_is_stopped_at_the_end(servers: Servers, handler: Any) -> None:
    """Also where Ctrl-C is ignored, which children inherit."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        _stop_a_training(servers)
    finally:
        signal.signal(signal.SIGINT, before)


def _stop_a_training(servers: Servers) -> None:
    server = servers.make(models=servers.folder / "models")

    async def ended_meanwhile() -> list[int]:
        asked = [asyncio.create_task(server.client.post("/model/train", content=DOCUMENT)) for _ in range(2)]
        while server.trainings._running is None:
            await asyncio.sleep(0.01)
        assert server.trainings.active == 2
        await server.trainings.end()
        return [(await one).status_code for one in asked]

    assert server.runner.run(ended_meanwhile()) == [503, 503]
    assert server.trainings.active == 0
    assert not list((servers.folder / "models").glob("*.tar.gz"))
