"""DucklingEntityExtractor against a small server that answers as Duckling does."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.assistant.nlu.extractors.duckling import URL_VARIABLE, DucklingEntityExtractor, DucklingOutput
from graphbuild.contract.options import to_plain
from tests.assistant.nlu.samples import messages_of

NUMBER = {"body": "3", "start": 0, "end": 1, "dim": "number", "value": {"value": 3, "type": "value"}, "latent": False}
INTERVAL = {
    "body": "from noon",
    "start": 2,
    "end": 11,
    "dim": "time",
    "value": {"type": "interval", "from": {"value": "12:00", "grain": "hour"}},
}


class FakeDuckling(ThreadingHTTPServer):
    """Knows the answers to some texts; remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answers: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers = answers
        self.asked: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    server: FakeDuckling

    def do_POST(self) -> None:
        fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(fields)
        text = fields.get("text", [""])[0]
        if text == "slow":
            time.sleep(0.5)
        answer = self.server.answers.get(text, b"[]")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # whoever waited for a slow one has gone
            self.send_response(500 if text == "bad" else 200)
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[FakeDuckling]:
    answers = {"3 from noon": json.dumps([NUMBER, INTERVAL]).encode(), "odd": b"[{}]", "none": b"no json"}
    made = FakeDuckling(answers)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def asked(*texts: str, **options: Any) -> DucklingOutput:
    return DucklingEntityExtractor(DucklingEntityExtractor.Config(**options)).apply(messages_of(*texts))


def test_what_the_server_says_becomes_entities_with_all_that_it_says(server: FakeDuckling) -> None:
    made = asked("3 from noon", "nothing", url=f"{server.url}/")
    assert made.warnings.rows == ()
    parses = Parses(("3 from noon", "nothing"), IntentPredictions.latest([], 2), made.output)
    rest = {"extractor": "DucklingEntityExtractor", "confidence_entity": 1.0}
    assert parses.entities.row(0) == [
        {
            "start": 0,
            "end": 1,
            "entity": "number",
            "value": 3,
            "text": "3",
            **rest,
            "additional_info": {"value": 3, "type": "value"},
        },
        {
            "start": 2,
            "end": 11,
            "entity": "time",
            "value": {"to": None, "from": "12:00"},
            "text": "from noon",
            "additional_info": INTERVAL["value"],
            **rest,
        },
    ]
    assert parses.entities.row(1) == []
    assert type(made.output).decode(made.output.encode()).encode() == made.output.encode()


def test_only_the_wanted_dimensions_are_kept_and_options_reach_the_server(server: FakeDuckling) -> None:
    options = {"locale": "de_DE", "timezone": "Europe/Berlin", "reference_time": 5}
    made = asked("3 from noon", url=server.url, dimensions=["time"], **options)
    assert [span["entity"] for span in made.output.spans.row(0)] == ["time"]
    assert server.asked == [
        {
            "text": ["3 from noon"],
            "locale": ["de_DE"],
            "tz": ["Europe/Berlin"],
            "dims": ['["time"]'],
            "reftime": ["5"],
        }
    ]


def test_the_moment_is_now_unless_told_otherwise(server: FakeDuckling) -> None:
    before = int(time.time()) * 1000
    asked("x", url=server.url)
    assert before <= int(server.asked[0]["reftime"][0]) <= time.time() * 1000
    assert sorted(server.asked[0]) == ["reftime", "text"]


def test_the_environment_goes_before_the_option(server: FakeDuckling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, server.url)
    assert asked("3 from noon", url="http://127.0.0.1:1").output.spans.values == (
        "3",
        '{"from":"12:00","to":null}',
    )


def test_without_an_address_it_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    made = asked("3", "4")
    assert [what for _, what, _ in made.warnings.rows] == ["Duckling has no address: it finds no entities"]
    assert len(made.output.spans.splits) == 3


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "file:///etc/passwd", "nonsense"])
def test_without_a_server_it_warns(url: str) -> None:
    made = asked(*map(str, range(20)), url=url)
    ((_, what, hint),) = made.warnings.rows
    assert what.startswith("Duckling did not answer for 20 of 20 messages: ")
    assert hint == f"is there a Duckling server at {url}?"
    assert made.output.spans.values == ()


@pytest.mark.parametrize("text", ["odd", "none", "bad", "slow"])
def test_a_message_that_fails_leaves_the_others(server: FakeDuckling, text: str) -> None:
    made = asked("3 from noon", text, url=server.url, timeout=0.2)
    assert made.warnings.rows[0][1].startswith("Duckling did not answer for 1 of 2 messages: ")
    assert len(made.output.spans.row(0)) == 2


def test_where_the_server_is_is_in_no_key() -> None:
    counted = to_plain(DucklingEntityExtractor.Config(), with_display_only=False)
    assert sorted(counted) == ["dimensions", "locale", "reference_time", "timezone"]
