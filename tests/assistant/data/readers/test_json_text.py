"""JSON inside lines: objects are read, all else is refused with a sentence and never a crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.readers.intent_text import read_intent_text
from graphbuild.assistant.data.readers.json_text import read_object
from graphbuild.contract.artifact import encode_json


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[1]", "not an object"),
        ("{", "Expecting property name"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "[" * 60 + "]" * 60 + "}", "nested"),
        ('{"a": ' + "[" * 100_000, "nested"),
    ],
)
def test_what_is_no_plain_object_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_object(text)


@given(st.text(alphabet='{}[]":, ab1e9.-\\nNaInfity😀', max_size=30))
def test_what_is_read_can_be_written(text: str) -> None:
    try:
        found = read_object("{" + text + "}")
    except ValueError:
        return
    assert encode_json(found)


def test_entities_stand_where_the_braces_stand() -> None:
    intent, entities = read_intent_text('/inform{"city": ["Rome", "Oslo"]}')
    assert intent == "inform"
    assert entities == [{"entity": "city", "value": city, "start": 7, "end": 33} for city in ("Rome", "Oslo")]
