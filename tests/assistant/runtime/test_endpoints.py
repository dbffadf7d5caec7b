"""endpoints.yml and credentials.yml: what they say, and what is wrong about them, with places; servers that fail."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.runtime.action_server import ServerAction
from graphbuild.assistant.runtime.actions import Turn
from graphbuild.assistant.runtime.credentials import read_credentials
from graphbuild.assistant.runtime.endpoints import StoreSettings, read_endpoints
from graphbuild.assistant.runtime.http_endpoint import EndpointError, EndpointSettings, HttpEndpoint
from graphbuild.assistant.runtime.processor import Processor
from graphbuild.assistant.runtime.sql_tracker_store import SqlTrackerStore
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.assistant.runtime.tracker_store import MemoryTrackerStore
from graphbuild.errors import DataError
from tests.assistant.runtime.models import RulesAndStories
from tests.assistant.runtime.servers import server


def written(folder: Path, text: str) -> str:
    (folder / "endpoints.yml").write_text(text, "utf-8")
    return str(folder / "endpoints.yml")


def test_what_endpoints_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTIONS", "http://actions:5055/webhook")
    text = """
action_endpoint:
  url: ${ACTIONS}
  headers: {X-One: 1}
  token: abc
  basic_auth: {username: me, password: secret}
  enable_selective_domain: true
  timeout: 2.5
nlg: {url: "https://nlg/say"}
tracker_store: {type: SQL, dialect: postgresql, url: db, port: 5432, db: talks, username: me, password: p}
lock_store: {type: redis, url: localhost}
event_broker: {type: pika}
trackerstore: {}
"""
    found = read_endpoints(written(tmp_path, text))
    assert found.action_endpoint == EndpointSettings(
        "http://actions:5055/webhook",
        {"X-One": "1"},
        token="abc",
        basic_auth={"username": "me", "password": "secret"},
        timeout_s=2.5,
        enable_selective_domain=True,
    )
    assert found.nlg == EndpointSettings("https://nlg/say")
    parts = {"drivername": "postgresql", "host": "db", "port": 5432, "database": "talks", "query": {}}
    assert found.tracker_store == StoreSettings(parts={**parts, "username": "me", "password": "p"})
    assert sorted((line, what.split(";")[0].split(":")[0]) for line, what, _ in found.warnings.rows) == [
        (11, "a `lock_store` of type `redis` is not there"),
        (12, "`event_broker` is passed over"),
        (13, "`trackerstore` is not known here"),
    ]
    assert found.action_server() is not None
    assert found.responder({}) is not None


def test_stores_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    empty = read_endpoints(written(tmp_path, "# nothing\n"))
    assert (empty.action_server(), empty.responder({})) == (None, None)
    assert isinstance(empty.tracker_store.open(), MemoryTrackerStore)
    bounded = read_endpoints(written(tmp_path, "tracker_store: {type: InMemory, max_event_history: 5}"))
    assert bounded.tracker_store == StoreSettings(max_event_history=5)
    for said in ("type: SQL, db: a.db", "type: SQL, url: 'sqlite:///a.db'"):
        store = read_endpoints(written(tmp_path, f"tracker_store: {{{said}}}")).tracker_store.open()
        assert isinstance(store, SqlTrackerStore)
        asyncio.run(store.close())
        (tmp_path / "a.db").unlink()


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("action_endpoint: 5", "1:18", "`action_endpoint` must be a mapping"),
        ("action_endpoint:\n  headers: {}", "2:3", "`action_endpoint` has no `url`"),
        ("action_endpoint:\n  url: localhost:5055", "2:8", "must begin with http:// or https://"),
        ("action_endpoint:\n  url: http://x\n  tokn: a", "3:3", "has no key `tokn`"),
        ("nlg:\n  url: http://x\n  type: my.Generator", "3:9", "`nlg` of type `my.Generator` is not known here"),
        ("nlg: {url: http://x, timeout: soon}", "1:31", "must be a number of seconds"),
        ("tracker_store: {type: mongod}", "1:23", "a `tracker_store` of type `mongod` is not there"),
        ("tracker_store: {type: SQL, port: x}", "1:34", "`port` must be a whole number"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, where: str, why: str) -> None:
    with pytest.raises(DataError) as caught:
        read_endpoints(written(tmp_path, text))
    (problem,) = caught.value.problems
    assert why in problem.what
    assert str(problem.location).endswith(f"endpoints.yml:{where}")


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_endpoints("nowhere.yml")


def test_credentials(tmp_path: Path) -> None:
    found = read_credentials(written(tmp_path, "rest:\nslack: {slack_token: x}\nmy.Channel: {}\n"))
    assert found.channels == {"rest": {}}
    assert [(line, what) for line, what, _ in found.warnings.rows] == [
        (2, "channel `slack` is not there; it is passed over"),
        (3, "channel of your own, or none that is known: `my.Channel` is not there; it is passed over"),
    ]
    with pytest.raises(DataError, match="channel `rest` must be a mapping"):
        read_credentials(written(tmp_path, "rest: 5"))


def failing(bot: RulesAndStories, settings: EndpointSettings) -> EndpointError:
    """The error of an action of a server."""

    async def main() -> EndpointError:
        processor = Processor(bot)
        assistant, endpoint = processor.assistant, HttpEndpoint(settings)
        tracker = Tracker("s", processor.domain.slots)
        turn = Turn(tracker, processor.domain, assistant.book, assistant.responder, "rest")
        try:
            with pytest.raises(EndpointError) as caught:
                await ServerAction("action_book", endpoint).run(turn)
            return caught.value
        finally:
            await endpoint.close()
            await processor.close()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (200, b"oh", "did not answer with JSON"),
        (200, b"[" * 100_000, "did not answer with JSON"),
        (200, {"events": 1}, "did not answer with lists `events` and `responses`"),
        (200, [], "did not answer with lists"),
        (400, {"no": "action"}, "answered with status 400"),
        (500, b"trace", "answered with status 500"),
        (302, {}, "answered with status 302"),
    ],
)
def test_action_servers_that_fail_are_told(bot: RulesAndStories, status: int, answer: Any, why: str) -> None:
    with server(lambda _: (status, answer)) as url:
        (problem,) = failing(bot, EndpointSettings(url)).problems
    assert problem.what.startswith("action `action_book`: the server ")
    assert why in problem.what
    assert problem.facts[0] == ("server", url)


def test_an_answer_that_cannot_be_decoded_is_told(bot: RulesAndStories) -> None:
    headers = {"Content-Encoding": "gzip"}
    with server(lambda _: (200, b"no gzip"), headers=headers) as url:
        (problem,) = failing(bot, EndpointSettings(url)).problems
    assert "did not answer with what can be read" in problem.what


def test_action_servers_that_are_not_there_or_sleep_are_told(bot: RulesAndStories) -> None:
    with server(lambda _: (200, {})) as url:
        pass
    (problem,) = failing(bot, EndpointSettings(url)).problems
    assert "cannot be reached" in problem.what
    assert problem.hint == "is the server running?"
    wake = threading.Event()

    def sleep(_: Any) -> tuple[int, Any]:
        wake.wait(20)
        return 200, {}

    with server(sleep) as url:
        (problem,) = failing(bot, EndpointSettings(url, timeout_s=0.05)).problems
        wake.set()
    assert "did not answer within 0.05 seconds" in problem.what


def test_certificates_that_are_not_there_are_told(bot: RulesAndStories) -> None:
    (problem,) = failing(bot, EndpointSettings("https://localhost:1", cafile="nowhere.pem")).problems
    assert problem.facts == (("cafile", "nowhere.pem"),)


def test_the_domain_is_sent_only_where_it_is_asked_for(bot: RulesAndStories) -> None:
    seen: list[dict[str, Any]] = []

    async def main() -> None:
        with server(lambda _: (200, {"events": [], "responses": []}), seen) as url:
            for selective in (False, True):
                endpoint = HttpEndpoint(EndpointSettings(url, enable_selective_domain=selective))
                processor = Processor(bot, action_server=endpoint)
                await processor.execute_action("action_book")
                await processor.close()

    asyncio.run(main())
    assert [("domain" in one["body"]) for one in seen] == [True, False]
    body = seen[0]["body"]
    assert (body["next_action"], body["sender_id"], body["version"]) == ("action_book", "default", "3.6.21")
    assert [event["event"] for event in body["tracker"]["events"]] == ["action", "session_started", "action"]
