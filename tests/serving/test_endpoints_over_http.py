"""The endpoints: Rasa's paths, shapes and status codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
import yaml

from graphbuild.agent import Agent, AgentSettings
from graphbuild.serving.served import _Loaded
from graphbuild.version import version
from tests.serving.conftest import Server, Servers

LISTEN = {"event": "action", "name": "action_listen"}


def test_a_message_is_answered_in_parts(server: Server) -> None:
    (part,) = server.say("/greet")
    assert part["recipient_id"] == "ann"
    assert part["text"]
    state = server.get("/conversations/ann/tracker").json()
    assert state["latest_message"]["intent"]["name"] == "greet"
    assert next(event for event in state["events"] if event["event"] == "user")["input_channel"] == "rest"


def test_without_a_sender_it_is_the_default_one(server: Server) -> None:
    answer = server.post("/webhooks/rest/webhook", {"message": "/greet", "metadata": {"from": "page"}})
    assert [part["recipient_id"] for part in answer.json()] == ["default"]
    events = server.get("/conversations/default/tracker").json()["events"]
    assert next(event for event in events if event["event"] == "user")["metadata"]["from"] == "page"


def test_a_stream_holds_the_parts_line_by_line(server: Server) -> None:
    asked = {"sender": "ann", "message": "/greet"}
    answer = server.post("/webhooks/rest/webhook?stream=true", asked)
    assert [set(json.loads(line)) for line in answer.text.splitlines()] == [{"recipient_id", "text"}]


def test_a_parse_has_the_shape_of_a_parse(server: Server) -> None:
    found = server.post("/model/parse", {"text": "/greet"}).json()
    assert found["intent"] == {"name": "greet", "confidence": 1.0}
    assert {"text", "intent", "entities", "intent_ranking"} <= set(found)


def test_a_tracker_holds_the_events_that_are_asked_for(server: Server) -> None:
    server.say("/greet")
    counts = {
        verbosity: server.get(f"/conversations/ann/tracker?include_events={verbosity}").json()["events"]
        for verbosity in ("NONE", "applied", "AFTER_RESTART", "ALL")
    }
    assert counts["NONE"] is None
    assert len(counts["ALL"]) == len(counts["AFTER_RESTART"]) >= len(counts["applied"]) > 0
    first = counts["ALL"][0]["timestamp"]
    before = server.get(f"/conversations/ann/tracker?until={first}").json()["events"]
    assert before == counts["ALL"][:1]


def test_a_conversation_that_is_new_begins_with_a_session(server: Server) -> None:
    events = server.get("/conversations/with/a/slash/tracker").json()["events"]
    assert [event["event"] for event in events] == ["action", "session_started", "action"]


def test_events_are_appended_and_replaced(server: Server) -> None:
    server.say("/greet")
    event = {"event": "slot", "name": "nowhere", "value": 1}
    appended = server.post("/conversations/ann/tracker/events", event).json()
    assert appended["events"][-1]["name"] == "nowhere"
    replaced = server.ask("PUT", "/conversations/ann/tracker/events", [LISTEN, event]).json()
    assert [one["event"] for one in replaced["events"]] == ["action", "slot"]
    assert server.get("/conversations/ann/tracker").json()["events"] == replaced["events"]


def test_events_that_bring_a_session_get_no_other(server: Server) -> None:
    events = [{"event": "action", "name": "action_session_start"}, {"event": "session_started"}, LISTEN]
    found = server.post("/conversations/bob/tracker/events", events).json()["events"]
    assert [event["event"] for event in found] == ["action", "session_started", "action"]


def test_a_prediction_is_sorted_by_score(server: Server) -> None:
    server.say("/greet")
    found = server.post("/conversations/ann/predict").json()
    assert found["scores"][0]["score"] == found["confidence"]
    assert [one["score"] for one in found["scores"]] == sorted((one["score"] for one in found["scores"]), reverse=True)
    user = {"event": "user", "text": "/greet", "parse_data": {"intent": {"name": "greet"}}}
    after = server.post("/model/predict", [LISTEN, user]).json()
    likely = {one["action"]: one["score"] for one in after["scores"] if one["score"]}
    assert likely == {"utter_greet": after["confidence"], "action_default_fallback": 0.3}


def test_an_action_is_done_and_an_intent_triggered(server: Server) -> None:
    server.say("/greet")
    done = server.post("/conversations/ann/execute", {"name": "utter_goodbye", "policy": "me", "confidence": 1}).json()
    assert [set(part) for part in done["messages"]] == [{"recipient_id", "text"}]
    assert done["tracker"]["latest_action_name"] == "utter_goodbye"
    meant = server.post("/conversations/bob/trigger_intent", {"name": "goodbye"}).json()
    assert meant["tracker"]["latest_message"]["intent"]["name"] == "goodbye"
    assert meant["messages"]


def test_a_message_from_elsewhere_is_heard_and_not_answered(server: Server) -> None:
    state = server.post("/conversations/ann/messages", {"text": "/greet", "sender": "user"}).json()
    assert [event["event"] for event in state["events"]][-1] == "user"
    parse = {"intent": {"name": "goodbye", "confidence": 1.0}, "entities": []}
    said = {"text": "ciao", "sender": "user", "parse_data": parse}
    assert server.post("/conversations/ann/messages", said).json()["latest_message"]["intent"]["name"] == "goodbye"


def test_a_story_is_one_of_the_conversation(server: Server) -> None:
    server.say("/greet")
    server.say("see you later")
    answer = server.get("/conversations/ann/story")
    (story,) = yaml.safe_load(answer.text)["stories"]
    assert story["story"] == "ann"
    assert story["steps"][:2] == [{"intent": "greet"}, {"action": "utter_greet"}]
    assert story["steps"][2]["user"] == "see you later"


def test_all_sessions_are_stories_of_their_own(server: Server) -> None:
    server.say("/greet")
    server.say("/session_start")
    server.say("/greet")
    names = [
        one["story"] for one in yaml.safe_load(server.get("/conversations/ann/story?all_sessions=true").text)["stories"]
    ]
    assert names == ["ann, story 1", "ann, story 2"]


def test_the_domain_is_json_or_yaml(server: Server) -> None:
    as_json = server.get("/domain").json()
    as_yaml = server.get("/domain", headers={"Accept": "application/x-yaml"})
    assert as_yaml.headers["content-type"].startswith("application/x-yaml")
    assert yaml.safe_load(as_yaml.text) == as_json
    assert "utter_greet" in as_json["responses"]
    assert server.get("/domain", headers={"Accept": "text/html"}).status_code == 406


def test_it_says_how_it_is(server: Server, servers: Servers) -> None:
    name = servers.package.name
    model = name.removesuffix(".tar.gz")
    assert server.get("/status").json() == {"model_file": name, "model_id": model, "num_active_training_jobs": 0}
    assert server.get("/health").json() == {"status": "ok", "model_loaded": True}
    assert server.get("/webhooks/rest/").json() == {"status": "ok"}
    assert server.get("/version").json()["version"] == version()
    assert version() in server.get("/").text


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("POST", "/webhooks/rest/webhook", None, 400, "BadRequest"),
        ("POST", "/webhooks/rest/webhook", {"message": 1}, 400, "BadRequest"),
        ("POST", "/webhooks/rest/webhook", {"message": "a", "sender": 7}, 400, "BadRequest"),
        ("POST", "/webhooks/rest/webhook?stream=perhaps", {"message": "a"}, 400, "BadRequest"),
        ("POST", "/model/parse", ["hello"], 400, "BadRequest"),
        ("POST", "/model/parse", {"text": None}, 400, "BadRequest"),
        ("POST", "/model/predict", [{"event": "slot"}], 400, "BadRequest"),
        ("POST", "/model/train", None, 400, "BadRequest"),
        ("POST", "/model/train?callback_url=http://a", {"a": 1}, 400, "BadRequest"),
        ("POST", "/model/train?augmentation=-1", {"a": 1}, 400, "BadRequest"),
        ("PUT", "/model", {"model_file": "nowhere.tar.gz"}, 400, "BadRequest"),
        ("PUT", "/model", {"model_file": "../" * 9 + "etc/passwd"}, 400, "BadRequest"),
        ("PUT", "/model", {"model_server": {"url": "http://a"}}, 400, "BadRequest"),
        ("GET", "/conversations/a/tracker?include_events=SOME", None, 400, "BadRequest"),
        ("GET", "/conversations/a/tracker?until=noon", None, 400, "BadRequest"),
        ("GET", "/conversations/a/tracker?until=nan", None, 400, "BadRequest"),
        ("GET", "/conversations/a/story?until=inf", None, 400, "BadRequest"),
        ("GET", "/conversations//tracker", None, 404, "Not found"),
        ("PUT", "/model", {"model_file": ""}, 400, "BadRequest"),
        ("PUT", "/model", {"model_file": "."}, 400, "BadRequest"),
        ("POST", "/conversations/a/tracker/events", [1], 400, "BadRequest"),
        ("PUT", "/conversations/a/tracker/events", [], 400, "BadRequest"),
        ("POST", "/conversations/a/tracker/events", {"event": "user", "text": 5}, 400, "BadRequest"),
        ("POST", "/conversations/a/tracker/events", {"event": "bot", "text": []}, 400, "BadRequest"),
        ("POST", "/conversations/a/execute", {"name": "utter_greet"}, 404, "Not found"),
        ("POST", "/conversations/a/predict", None, 404, "Not found"),
        ("GET", "/conversations/a/story", None, 404, "Not found"),
        ("POST", "/conversations/a/trigger_intent", {"name": "no_such"}, 404, "NotFound"),
        ("POST", "/conversations/a/trigger_intent", {"name": ""}, 400, "BadRequest"),
        ("POST", "/conversations/a/messages", {"text": "a", "sender": "bot"}, 400, "BadRequest"),
        ("GET", "/nowhere", None, 404, "NotFound"),
        ("DELETE", "/domain", None, 405, "MethodNotAllowed"),
    ],
)
def test_what_cannot_be_answered_says_why(
    server: Server, method: str, path: str, body: Any, status: int, reason: str
) -> None:
    answer = server.ask(method, path, body)
    said = answer.json()
    assert (answer.status_code, said["code"], said["status"], said["reason"]) == (status, status, "failure", reason)
    assert said["message"]


class UnderstandsOnly:
    """A model of NLU alone."""

    language = None
    domain: ClassVar[dict[str, Any]] = {}

    def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        return [{"text": text, "intent": {"name": "greet", "confidence": 1.0}, "entities": []} for text in texts]

    def decide(self, moments: Any) -> Any:
        raise AssertionError("nobody may ask")


@pytest.mark.parametrize("path", ["/webhooks/rest/webhook", "/webhooks/rest/webhook?stream=true"])
def test_a_model_of_nlu_alone_says_that_it_does_not_talk(server: Server, path: str) -> None:
    server.served._replace(_Loaded(Agent(UnderstandsOnly(), None, AgentSettings(kept=server.served._kept))))
    answer = server.post(path, {"sender": "ann", "message": "hello"})
    assert (answer.status_code, answer.json()["reason"]) == (409, "Conflict")
    assert "trained without policies" in answer.json()["message"]
    assert server.post("/model/parse", {"text": "hello"}).json()["intent"]["name"] == "greet"


def test_an_unknown_action_is_the_clients_mistake(server: Server) -> None:
    server.say("/greet")
    answer = server.post("/conversations/ann/execute", {"name": "action_none"})
    assert answer.status_code == 400
    assert answer.json()["details"]["problems"][0]["what"] == "the domain has no action `action_none`"


def test_twenty_conversations_at_once_are_answered_each_as_alone(server: Server) -> None:
    texts = ["/greet", "/goodbye", "hello", "/greet"]
    alone = [[part.get("text") for part in server.say(text, "alone")] for text in texts]

    async def one(sender: str) -> list[dict[str, Any]]:
        said = []
        for text in texts:
            answer = await server.client.post("/webhooks/rest/webhook", json={"sender": sender, "message": text})
            said.append(answer.json())
        return said

    async def everybody() -> list[list[dict[str, Any]]]:
        return list(await asyncio.gather(*(one(f"user {number}") for number in range(20))))

    for number, said in enumerate(server.runner.run(everybody())):
        assert {part["recipient_id"] for parts in said for part in parts} == {f"user {number}"}
        assert [len(parts) for parts in said] == [len(parts) for parts in alone]
        events = server.get(f"/conversations/user {number}/tracker").json()["events"]
        assert [event["text"] for event in events if event["event"] == "user"] == texts
