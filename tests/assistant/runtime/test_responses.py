"""What the assistant says: which variation, with what filled in, in which parts; responses of a server."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.domain import Slot
from graphbuild.assistant.runtime.channel import Collector, lines_of, parts_of
from graphbuild.assistant.runtime.events import SlotSet
from graphbuild.assistant.runtime.http_endpoint import EndpointError, EndpointSettings, HttpEndpoint
from graphbuild.assistant.runtime.interpolation import interpolate
from graphbuild.assistant.runtime.nlg_server import NlgServer
from graphbuild.assistant.runtime.responses import DomainResponder, uttered
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.assistant.runtime.utterances import selected
from graphbuild.assistant.runtime.variations import fitting, identifier
from tests.assistant.runtime.servers import server

SLOTS = {"city": Slot("text"), "count": Slot("float"), "vip": Slot("bool")}


def tracker(**values: Any) -> Tracker:
    return Tracker.of("s", [SlotSet(name, value) for name, value in values.items()], SLOTS)


def when(**values: Any) -> list[dict[str, Any]]:
    return [{"type": "slot", "name": name, "value": value} for name, value in values.items()]


VARIATIONS = [
    {"text": "any"},
    {"text": "rest", "channel": "rest"},
    {"text": "rome", "condition": when(city="rome")},
    {"text": "rome on rest", "condition": when(city="rome"), "channel": "rest"},
    {"text": "vip in rome", "condition": when(city="rome", vip=True)},
]


@pytest.mark.parametrize(
    ("slots", "channel", "expected"),
    [
        ({}, "shell", ["any"]),
        ({}, "rest", ["rest"]),
        ({"city": "ROME"}, "rest", ["rome on rest"]),
        ({"city": "ROME"}, "shell", ["rome"]),
        ({"city": "rome", "vip": True}, "shell", ["rome", "vip in rome"]),
        ({"city": "Bonn"}, "rest", ["rest"]),
    ],
)
def test_which_variations_fit(slots: dict[str, Any], channel: str, expected: list[str]) -> None:
    assert [one["text"] for one in fitting(VARIATIONS, slots, channel)] == expected


def test_no_variation_may_fit() -> None:
    assert fitting([{"text": "x", "channel": "rest"}], {}, "shell") == []
    assert fitting([{"text": "x", "condition": when(city="rome")}], {}, "rest") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{city}!", "Rome!"),
        ("{city} {count} {nothing}", "Rome 3 None"),
        ("{city} {unheard}", "{city} {unheard}"),
        ("{{city}} {count}", "{city} 3"),
        ('{"a": 1}', '{"a": 1}'),
        ("{ {} }", "{ {} }"),
        ("a.b {a.b}", "a.b 1"),
    ],
)
def test_values_take_the_place_of_their_names(text: str, expected: str) -> None:
    assert interpolate(text, {"city": "Rome", "count": 3, "nothing": None, "a.b": 1}) == expected


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_what_names_nothing_stays(said: Any) -> None:
    def without_braces(one: Any) -> Any:
        if isinstance(one, str):
            return one.replace("{", "").replace("}", "")
        if isinstance(one, dict):
            return {key: without_braces(value) for key, value in one.items()}
        return [without_braces(value) for value in one] if isinstance(one, list) else one

    assert interpolate(without_braces(said), {"city": "Rome"}) == without_braces(said)


def test_everything_that_is_said_is_filled_in_and_the_domain_stays_as_it_is() -> None:
    variation = {
        "text": "To {city}",
        "buttons": [{"title": "{city}", "payload": '/go{{"to": "{city}"}}'}],
        "custom": {"deep": [{"of": "{count}"}]},
        "image": "https://x/{city}.png",
        "attachment": "{city}.pdf",
        "metadata": {"of": "{city}"},
    }
    responder = DomainResponder({"utter_x": [variation]})
    message = asyncio.run(responder.message("utter_x", tracker(city="Rome", count=2), "rest", {}))
    assert message == {
        "text": "To Rome",
        "buttons": [{"title": "Rome", "payload": '/go{"to": "Rome"}'}],
        "custom": {"deep": [{"of": "2"}]},
        "image": "https://x/Rome.png",
        "attachment": "Rome.pdf",
        "metadata": {"of": "{city}"},
    }
    assert variation["text"] == "To {city}"
    more = asyncio.run(responder.message("utter_x", tracker(city="Rome", count=2), "rest", {"city": "Bonn"}))
    assert more is not None
    assert more["text"] == "To Bonn"
    assert asyncio.run(responder.message("utter_y", tracker(), "rest", {})) is None


def test_a_seed_decides_among_variations() -> None:
    variations = [{"text": str(number)} for number in range(9)]

    def said(seed: int) -> list[str]:
        responder = DomainResponder({"utter_x": variations}, seed)
        made = [asyncio.run(responder.message("utter_x", tracker(), "rest", {})) for _ in range(12)]
        return [str(one["text"]) for one in made if one]

    assert said(1) == said(1)
    assert said(1) != said(2)
    assert len(set(said(random.Random(3).randrange(100)))) > 1


def test_an_utterance_keeps_what_is_no_part_of_the_message_as_metadata() -> None:
    event = uttered({"text": "x", "image": "i", "utter_action": "utter_x", "channel": "rest"})
    assert event.as_dict()["metadata"] == {"utter_action": "utter_x", "channel": "rest"}
    assert (event.data["image"], event.data["attachment"], event.message()["attachment"]) == ("i", "i", None)
    assert uttered({"attachment": "a"}).message()["attachment"] == "a"


def test_parts_of_a_message() -> None:
    message = {
        "text": "a\n\nb",
        "custom": {"x": 1},
        "image": "i",
        "attachment": "f",
        "elements": [{"title": "T", "subtitle": "S", "buttons": [{"title": "B", "payload": "/b"}]}],
    }
    element = {"text": "T : S", "buttons": [{"title": "B", "payload": "/b"}]}
    parts = [{"text": "a"}, {"text": "b"}, {"custom": {"x": 1}}, {"image": "i"}, {"attachment": "f"}, element]
    assert list(parts_of(message)) == parts
    replies = [{"title": "y"}]
    assert list(parts_of({"text": "a\n\nb", "quick_replies": replies})) == [{"text": "a\n\nb", "buttons": replies}]
    assert list(parts_of({"text": None})) == []
    assert [line for part in parts for line in lines_of(part)] == [
        *("a", "b", '{"x": 1}', "Image: i", "Attachment: f", "T : S", "  1: B (/b)")
    ]
    collector = Collector("rest")
    asyncio.run(collector.send("me", {"text": "a"}))
    assert (collector.name, collector.messages) == ("rest", [{"recipient_id": "me", "text": "a"}])


@pytest.mark.parametrize(
    ("by_intent", "expected"),
    [
        ({"faq": {"response": {"utter_action": "utter_faq/a"}}}, "utter_faq/a"),
        ({"default": {"response": {"intent_response_key": "faq/b"}}}, "utter_faq/b"),
        ({"faq": {"ranking": [{"intent_response_key": "faq/c"}]}, "default": {}}, "utter_faq/c"),
        ({"other": {"response": {"utter_action": "utter_other/a"}}}, None),
        ({"faq": {"ranking": []}}, None),
    ],
)
def test_what_a_selector_chose(by_intent: dict[str, Any], expected: str | None) -> None:
    assert selected({"response_selector": by_intent}, "faq") == expected


def test_ids_of_variations() -> None:
    variations = [{"text": "x", "id": "1"}, {"text": "y", "id": "2"}, {"text": "z"}]
    assert identifier(variations, {}, "rest") == "1"
    assert identifier([*variations, variations[0]], {}, "rest") is None
    assert identifier([], {}, "rest") is None


def test_a_server_may_say_responses() -> None:
    seen: list[dict[str, Any]] = []

    async def main() -> None:
        with server(lambda body: (200, {"text": f"said {body['response']}", "buttons": None}), seen) as url:
            settings = EndpointSettings(url, {"X-Own": "1"}, {"a": "b"}, token="t", token_name="key")
            responder = NlgServer(HttpEndpoint(settings), {"utter_x": [{"text": "x", "id": "one"}]})
            said = await responder.message("utter_x", tracker(city="Rome"), "rest", {"more": 1})
            assert said == {"text": "said utter_x", "buttons": None}
            await responder.close()

    asyncio.run(main())
    (asked,) = seen
    assert asked["path"] == "/webhook?a=b&key=t"
    assert asked["headers"]["X-Own"] == "1"
    body = asked["body"]
    assert (body["id"], body["arguments"], body["channel"]) == ("one", {"more": 1}, {"name": "rest"})
    assert body["tracker"]["slots"]["city"] == "Rome"


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (200, [1], "did not answer with a JSON object"),
        (200, {"text": 3}, "answered with a wrong `text`"),
        (200, b"<html>", "did not answer with JSON"),
        (503, {"sorry": 1}, "answered with status 503"),
    ],
)
def test_a_server_that_says_nonsense_is_told(status: int, answer: Any, why: str) -> None:
    async def main() -> None:
        with server(lambda _: (status, answer)) as url:
            responder = NlgServer(HttpEndpoint(EndpointSettings(url)), {})
            with pytest.raises(EndpointError, match=why):
                await responder.message("utter_x", tracker(), "rest", {})
            await responder.close()

    asyncio.run(main())


def test_a_name_that_is_no_slot_is_logged_once_for_each_response(caplog: pytest.LogCaptureFixture) -> None:
    responder = DomainResponder({"utter_x": [{"text": "To {citty}", "image": "{citty} {contry}.png"}]})
    for _ in range(3):
        said = asyncio.run(responder.message("utter_x", Tracker("me", {}), "rest", {}))
        assert said == {"text": "To {citty}", "image": "{citty} {contry}.png"}
    assert caplog.messages == [
        "a response names {citty}, which is no slot; it is said as it is: 'To {citty}'",
        "a response names {citty}, {contry}, which is no slot; it is said as it is: '{citty} {contry}.png'",
    ]
