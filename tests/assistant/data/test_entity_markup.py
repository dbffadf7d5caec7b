import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.entity_markup import MarkupError, _marks, read_markup

ROME = {"start": 7, "end": 11, "entity": "city", "value": "Rome"}


@pytest.mark.parametrize(
    ("annotated", "plain", "spans"),
    [
        ("fly to [Rome](city)", "fly to Rome", [ROME]),
        ("fly to [Rome](city:roma) now", "fly to Rome now", [{**ROME, "value": "roma"}]),
        (
            'fly to [Rome](city) from [NY]{"entity":"city","role":"from","value":"New York"}',
            "fly to Rome from NY",
            [ROME, {"start": 17, "end": 19, "entity": "city", "value": "New York", "role": "from"}],
        ),
        (
            'fly to [Rome][{"entity": "city"}, {"entity": "capital", "group": "1"}]',
            "fly to Rome",
            [ROME, {**ROME, "entity": "capital", "group": "1"}],
        ),
        ('fly to [Rome]{"entity": "city", "value": 3}', "fly to Rome", [{**ROME, "value": "3"}]),
        ("fly to [[Rome](city)", "fly to [Rome", [{**ROME, "start": 7, "end": 12, "value": "[Rome"}]),
        ("fly to [](city) or [Rome](:city) or [Rome](city:)", "fly to [](city) or [Rome](:city) or [Rome](city:)", []),
        ("a [remark] (in brackets)", "a [remark] (in brackets)", []),
        ("nothing", "nothing", []),
    ],
)
def test_each_form_of_annotation_is_read(annotated: str, plain: str, spans: list[dict[str, object]]) -> None:
    assert read_markup(annotated) == (plain, spans)


@pytest.mark.parametrize(
    ("annotated", "what"),
    [
        ('to [NY]{"entity": city}', "not JSON"),
        ('to [NY]{"role": "from"}', 'no "entity"'),
        ('to [NY]{"entity": "city", "value": true}', '"value"'),
        ('to [NY]{"entity": ' + "[" * 100_000 + "}", "not JSON"),
    ],
)
def test_a_broken_annotation_says_where_it_is(annotated: str, what: str) -> None:
    with pytest.raises(MarkupError, match=what) as caught:
        read_markup(annotated)
    assert caught.value.offset == 3


@given(st.lists(st.tuples(st.text("ab ", max_size=4), st.text("xyz", min_size=1, max_size=4)), max_size=5))
def test_spans_hold_the_annotated_text(pieces: list[tuple[str, str]]) -> None:
    plain, spans = read_markup("".join(f"{before}[{word}](thing)" for before, word in pieces))
    assert plain == "".join(before + word for before, word in pieces)
    assert [plain[span["start"] : span["end"]] for span in spans] == [word for _, word in pieces]


PATTERN = re.compile(
    r"\[(?P<text>[^\]]+?)\]"
    r"(?:\((?P<type>[^:)]+?)(?::(?P<value>[^)]+))?\)|\{(?P<one>[^}]+?)\}|\[(?P<many>.*?)\])"
)
"""An annotation, said shortly; searching for it takes time that grows with the square of the text."""


@given(st.text("[](){}:ab\n", max_size=20))
def test_annotations_are_what_the_pattern_says(text: str) -> None:
    expected = [(match.start(), match.end("text"), match.end()) for match in PATTERN.finditer(text)]
    assert list(_marks(text)) == expected


@pytest.mark.parametrize("piece", ["[", "[a", "[[]", "[a](", "[a][", "[a]{", "[a](:", "[a](b:", "[a][{"])
def test_a_long_text_of_open_brackets_is_read_at_once(piece: str) -> None:
    plain, spans = read_markup(piece * 50_000)
    assert plain
    assert len(spans) <= 50_000
