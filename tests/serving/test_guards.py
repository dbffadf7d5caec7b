"""Who may ask, for how long, with how much; what is there without the API."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from graphbuild.agent import Agent, AgentSettings, load_model
from graphbuild.serving.served import _Loaded
from tests.serving.conftest import Servers


def test_without_the_api_there_are_webhooks_and_how_it_is(servers: Servers) -> None:
    server = servers.make(enables_api=False)
    assert server.say("/greet")
    for path in ("/status", "/health", "/version", "/"):
        assert server.get(path).status_code == 200
    for method, path in (("GET", "/domain"), ("POST", "/model/parse"), ("GET", "/conversations/a/tracker")):
        assert server.ask(method, path).status_code == 404


def test_the_rest_channel_is_there_only_where_it_is_asked_for(servers: Servers) -> None:
    server = servers.make(answers_webhook=False)
    assert server.post("/webhooks/rest/webhook", {"message": "hello"}).status_code == 404
    assert server.get("/domain").status_code == 200


def test_a_token_is_asked_for_but_in_channels(servers: Servers) -> None:
    server = servers.make(auth_token="sésame")
    assert server.say("/greet")
    assert server.get("/health").status_code == 200
    for path in ("/status", "/domain", "/status?token=wrong", "/status?token="):
        answer = server.get(path)
        assert (answer.status_code, answer.json()["reason"]) == (401, "NotAuthenticated")
    assert server.get("/status", params={"token": "sésame"}).status_code == 200
    assert server.get("/status", headers={"Authorization": "Bearer wrong"}).status_code == 401
    other = servers.make(auth_token="sesame")
    assert other.get("/status", headers={"Authorization": "Bearer sesame"}).status_code == 200


def test_what_is_too_long_is_not_read(servers: Servers) -> None:
    server = servers.make(most_body_bytes=100)
    answer = server.post("/model/parse", {"text": "a" * 100})
    assert (answer.status_code, answer.json()["reason"]) == (413, "PayloadTooLarge")

    heard: list[int] = []

    async def chunks(count: int) -> Any:
        for number in range(count):
            heard.append(number)
            yield b" " * 10

    # Who sends a little too much is heard out, and hears the answer; who sends without end is cut off.
    for sent, most in ((50, 50), (1000, 100)):
        heard.clear()
        answer = server.ask("POST", "/model/parse", content=chunks(sent))
        assert answer.status_code == 413
        assert 50 <= len(heard) <= most
    heard.clear()
    headers = {"expect": "100-continue", "content-length": "500"}
    assert server.ask("POST", "/model/parse", content=chunks(50), headers=headers).status_code == 413
    assert not heard
    assert server.post("/model/parse", {"text": "a"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/webhooks/rest/webhook", {"message": "a" * 11}),
        ("POST", "/webhooks/rest/webhook?stream=true", {"message": "a" * 11}),
        ("POST", "/model/parse", {"text": "a" * 11}),
        ("POST", "/model/predict", [{"event": "user", "text": "a" * 11}]),
        ("POST", "/conversations/ann/messages", {"sender": "user", "text": "a" * 11}),
        ("POST", "/conversations/ann/tracker/events", {"event": "user", "text": "a" * 11}),
        ("PUT", "/conversations/ann/tracker/events", [{"event": "user", "text": "a" * 11}]),
    ],
)
def test_a_message_that_is_too_long_is_not_understood(servers: Servers, method: str, path: str, body: Any) -> None:
    """The model would read it whole, and others would wait: it is refused before anybody reads it."""
    server = servers.make(most_message_characters=10)
    answer = server.ask(method, path, body)
    assert (answer.status_code, answer.json()["reason"]) == (413, "PayloadTooLarge")
    assert "11 characters long, and may be 10" in answer.json()["message"]
    assert server.runner.run(server.served._kept.store.read("ann", whole=True)) == []
    assert server.post("/model/parse", {"text": "a" * 10}).status_code == 200


def test_what_does_not_arrive_is_given_up(servers: Servers) -> None:
    server = servers.make(request_timeout_s=0.05)

    async def slowly() -> Any:
        yield b"{"
        await asyncio.Event().wait()

    answer = server.ask("POST", "/model/parse", content=slowly())
    assert (answer.status_code, answer.json()["code"]) == (408, 408)


def test_an_answer_that_takes_too_long_leaves_no_trace(servers: Servers) -> None:
    server = servers.make(response_timeout_s=0.5)

    async def never(*_: Any) -> None:
        await asyncio.Event().wait()

    settings = AgentSettings(actions={"utter_greet": never}, kept=server.served._kept)
    agent = Agent(load_model(servers.package), servers.package, settings)
    server.served._replace(_Loaded(agent))
    answer = server.post("/webhooks/rest/webhook", {"sender": "ann", "message": "/greet"})
    assert (answer.status_code, answer.json()["reason"]) == (503, "ServiceUnavailable")
    assert server.runner.run(server.served._kept.store.read("ann", whole=True)) == []
    # The conversation goes on, and may take its time for that: half a second is little on a busy machine.
    assert server.runner.run(agent.handle_text("/goodbye", sender_id="ann"))


def test_a_streamed_turn_that_is_under_way_at_the_end_has_not_happened(servers: Servers) -> None:
    other, server = servers.make(), servers.make()
    begun = asyncio.Event()

    async def never(*_: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    settings = AgentSettings(actions={"utter_greet": never}, kept=server.served._kept)
    server.served._replace(_Loaded(Agent(load_model(servers.package), servers.package, settings)))

    async def ended_meanwhile() -> list[dict[str, Any]]:
        said = {"sender": "ann", "message": "/greet"}
        asked = asyncio.create_task(server.client.post("/webhooks/rest/webhook?stream=true", json=said))
        await begun.wait()
        await other.desk.end()
        assert not asked.done(), "each server has turns of its own"
        await server.desk.end()
        assert (await asked).text == ""
        return await server.served._kept.store.read("ann", whole=True)

    assert server.runner.run(ended_meanwhile()) == []


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"text": "\\ud800"}', b"[" * 100_000])
def test_what_is_no_json_is_refused(servers: Servers, body: bytes) -> None:
    answer = servers.make().ask("POST", "/model/parse", content=body)
    assert (answer.status_code, answer.json()["reason"]) == (400, "BadRequest")


def test_pages_of_other_sites_may_not_ask_unless_it_is_said(servers: Servers) -> None:
    headers = {"Origin": "http://elsewhere.example"}
    asked = {"sender": "ann", "message": "/greet"}
    server = servers.make()
    assert server.post("/webhooks/rest/webhook", asked, headers=headers).status_code == 403
    own = {"Origin": "http://localhost:5005"}
    assert server.post("/webhooks/rest/webhook", asked, headers=own).status_code == 200
    for origins in (("http://elsewhere.example",), ("*",)):
        answer = servers.make(origins=origins).post("/webhooks/rest/webhook", asked, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] in (headers["Origin"], "*")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:5005", 200),
        ("[::1]:5005", 200),
        ("LOCALHOST", 200),
        ("evil.example:5005", 403),
        ("[evil", 403),
        (":", 403),
    ],
)
def test_a_name_that_was_led_here_is_no_site_of_ours(servers: Servers, host: str, status: int) -> None:
    headers = {"Origin": f"http://{host}", "Host": host}
    asked = {"sender": "ann", "message": "/greet"}
    assert servers.make().post("/webhooks/rest/webhook", asked, headers=headers).status_code == status
    named = servers.make(origins=(f"http://{host}",))
    assert named.post("/webhooks/rest/webhook", asked, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/conversations/ann/tracker", "/health", "/webhooks/rest/", "/domain"])
def test_a_name_that_was_led_here_reads_nothing(servers: Servers, path: str) -> None:
    """A browser sends such a request without asking, and would let the page read the answer as its own."""
    led = {"Host": "evil.example:5005"}
    refused = servers.make().get(path, headers=led)
    assert (refused.status_code, refused.json()["reason"]) == (403, "NotAuthorized")
    for host in ("127.0.0.1:5005", "[::1]:5005", "LOCALHOST:1", ""):
        assert servers.make().get(path, headers={"Host": host}).status_code == 200
    for said in (
        {"hosts": None},
        {"hosts": ("*",)},
        {"hosts": ("Evil.Example",)},
        {"origins": ("http://evil.example",)},
    ):
        assert servers.make(**said).get(path, headers=led).status_code == 200


def test_pages_of_a_name_that_is_said_are_our_own(servers: Servers) -> None:
    headers = {"Host": "bot.example", "Origin": "https://bot.example"}
    asked = {"sender": "ann", "message": "/greet"}
    server = servers.make(hosts=("bot.example",))
    assert server.post("/webhooks/rest/webhook", asked, headers=headers).status_code == 200
    headers["Origin"] = "https://other.example"
    assert server.post("/webhooks/rest/webhook", asked, headers=headers).status_code == 403


def test_the_log_has_a_line_for_each_request_and_no_more(servers: Servers, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "graphbuild.serving")
    servers.make().get("/conversations/a%20b/tracker?token=secret")
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("GET /conversations/a%20b/tracker -> 200 in ")
    assert "secret" not in line


def test_an_error_of_ours_is_json_too(servers: Servers, tmp_path: Path) -> None:
    server = servers.make()
    (tmp_path / "models").mkdir()
    server = servers.make(models=tmp_path / "models")
    (tmp_path / "models" / "a.tar.gz").write_bytes(b"no archive")
    answer = server.ask("PUT", "/model", {"model_file": "a.tar.gz"})
    assert answer.json()["details"]["problems"]
    assert server.say("/greet")
