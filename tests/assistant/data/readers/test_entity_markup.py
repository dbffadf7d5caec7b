import contextlib
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphbuild.assistant.data.readers.entity_markup import MarkupError, find_marks, read_markup

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


AS_RASA_WRITES_IT = re.compile(
    r"\[(?P<text>[^\]]+?)\]"
    r"(?:\((?P<type>[^:)]+?)(?::(?P<value>[^)]+))?\)|\{(?P<one>[^}]+?)\}|\[(?P<many>.*?)\])"
)
ONE_OF_MANY = re.compile(r"\{(?P<one>[^}]+?)\}")


def marks_by_pattern(annotated: str) -> list[tuple[str, list[str]]]:
    """Text of each annotation, and what is said of it."""
    found = []
    for match in AS_RASA_WRITES_IT.finditer(annotated):
        said = [f"{match['type']}|{match['value'] or ''}"] if match["type"] else [match["one"]]
        if match["many"] is not None:
            said = [one["one"] for one in ONE_OF_MANY.finditer(match["many"])]
        found.append((match["text"], said))
    return found


@given(st.text(alphabet="[](){}:ab\n", max_size=30))
@example("[a]([a](b:)")
@example("[a][{a}{}{b}")
@example("[]a](b)")
def test_annotations_are_found_as_the_pattern_finds_them(annotated: str) -> None:
    found = [(text, [as_words(one) for one in said]) for _, _, text, said in find_marks(annotated)]
    assert found == marks_by_pattern(annotated)
    long = find_marks("-" * 2000 + annotated)
    assert [(text, [as_words(one) for one in said]) for _, _, text, said in long] == found


def as_words(said: dict[str, str] | str) -> str:
    return said if isinstance(said, str) else f"{said['entity']}|{said.get('value', '')}"


@pytest.mark.parametrize("piece", ["[", "[a", "[a](", "[a]{", "[a][", "[a][{", "[a](b:", "{", "]"])
def test_a_hostile_line_is_no_trouble(piece: str) -> None:
    for text in (piece * 100_000, piece * 100_000 + "b:)", "[a][" + piece * 100_000 + "]"):
        with contextlib.suppress(MarkupError):
            read_markup(text)
