"""Tags and spans: the goldens of Rasa's rules, and that what is tagged is read back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.messages import Messages, Spans, TokenizedMessages, no_names
from graphbuild.assistant.nlu.extractors.bilou import NO_TAG, Tags, TagScheme, entities_of_tags, repaired, tag_tokens
from graphbuild.assistant.nlu.tokenizers.whitespace import WhitespaceTokenizer
from tests.assistant.nlu.samples import tokenized

TYPES = ("city", "day")
BILOU = TagScheme(TYPES, bilou=True)
PLAIN = TagScheme(TYPES, bilou=False)


def span(start: int, end: int, entity: str = "city", **more: str) -> dict[str, Any]:
    return {"start": start, "end": end, "entity": entity, "value": "?", **more}


def annotated(*rows: tuple[str, list[dict[str, Any]]]) -> TokenizedMessages:
    nothing = no_names(len(rows))
    messages = Messages(tuple(text for text, _ in rows), nothing, nothing, Spans.of([spans for _, spans in rows]))
    return WhitespaceTokenizer().apply(messages)


def tags(words: str, confidences: list[float] | None = None, scheme: TagScheme = BILOU) -> Tags:
    codes = np.array([scheme.tags.index(word) for word in words.split()], dtype=np.int32)
    return Tags(scheme, codes, None if confidences is None else np.array(confidences, dtype=np.float32))


def read(text: str, entity: Tags, role: Tags | None = None, **options: Any) -> list[tuple[Any, ...]]:
    found = entities_of_tags(tokenized(text), "Test", entity, role, **options)
    return [(one["value"], one["entity"], *([one["role"]] if "role" in one else [])) for one in found.spans.row(0)]


# Spans to tags.


def test_spans_become_tags() -> None:
    messages = annotated(
        ("fly to New York City on Monday", [span(7, 20, role="to"), span(24, 30, "day")]),
        ("", []),
        ("Rome", [span(0, 4, role="from", group="1")]),
    )
    found = tag_tokens(messages, bilou=True)
    assert " ".join(found.entity.decoded()) == "O O B-city I-city L-city O U-day U-city"
    assert " ".join(found.role.decoded()) == "O O B-to I-to L-to O O U-from"
    assert " ".join(found.group.decoded()) == "O O O O O O O U-1"
    assert found.entity.scheme.tags[:6] == ("O", "B-city", "I-city", "L-city", "U-city", "B-day")
    assert " ".join(tag_tokens(messages, bilou=False).entity.decoded()) == "O O city city city O day city"


def test_what_begins_or_ends_inside_a_word_is_told_and_not_tagged_with_bilou() -> None:
    messages = annotated(("see Romeo now", [span(4, 8)]), ("in Rome", [span(3, 7), span(2, 3, "day")]))
    found = tag_tokens(messages, bilou=True)
    assert found.misaligned.tolist() == [0, 2]
    assert found.entity.decoded() == ["O", "O", "O", "O", "U-city"]
    assert tag_tokens(messages, bilou=False).entity.decoded() == ["O", "city", "O", "O", "city"]


def test_of_spans_that_share_tokens_the_longer_counts() -> None:
    found = tag_tokens(annotated(("New York City", [span(0, 3, "day"), span(0, 8), span(9, 13)])), bilou=True)
    assert found.entity.decoded() == ["B-city", "L-city", "U-city"]
    assert found.overlapping.tolist() == [0]


def test_the_schemes_of_an_earlier_training_can_be_kept() -> None:
    before = tag_tokens(annotated(("Rome", [span(0, 4)])), bilou=True)
    found = tag_tokens(annotated(("Rome Monday", [span(0, 4), span(5, 11, "day")])), bilou=True, like=before)
    assert found.entity.scheme == before.entity.scheme
    assert found.entity.decoded() == ["U-city", "O"]


def test_without_annotations_everything_is_outside() -> None:
    found = tag_tokens(tokenized("hello you"), bilou=True)
    assert found.entity.decoded() == [NO_TAG, NO_TAG]
    assert found.entity.scheme.tags == (NO_TAG,)


# Repair.


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ("B-city I-city O", "B-city L-city O"),
        ("B-city O", "U-city O"),
        ("B-city", "U-city"),
        ("B-city I-day L-city", "B-city I-city L-city"),
        ("B-city L-day", "B-city L-city"),
        ("B-city B-city L-city", "U-city B-city L-city"),
        ("O I-city L-city", "O I-city L-city"),
        ("U-city U-day O", "U-city U-day O"),
    ],
)
def test_tags_are_made_consistent(predicted: str, expected: str) -> None:
    made = tags(predicted)
    splits = np.array([0, len(made.codes)], dtype=np.int64)
    assert " ".join(repaired(made, splits).decoded()) == expected


def test_the_name_that_most_and_surest_tokens_have_wins() -> None:
    made = repaired(tags("B-city I-day L-day", [0.9, 0.8, 0.8]), np.array([0, 3], dtype=np.int64))
    assert made.decoded() == ["B-day", "I-day", "L-day"]
    assert made.confidences is not None
    assert made.confidences.tolist() == pytest.approx([2 * 0.8 * (2 / 3) / (0.8 + 2 / 3), 0.8, 0.8])


def test_an_entity_ends_with_its_message() -> None:
    made = repaired(tags("B-city L-city"), np.array([0, 1, 2], dtype=np.int64))
    assert made.decoded() == ["U-city", "L-city"]


# Tags to spans.


def test_neighbours_of_one_type_are_one_entity_or_two_as_the_tags_say() -> None:
    assert read("New York Rome", tags("B-city L-city U-city")) == [("New York", "city"), ("Rome", "city")]
    assert read("New York Rome", tags("city city city", scheme=PLAIN)) == [("New York Rome", "city")]
    assert read("New York Rome", tags("U-city O U-day")) == [("New", "city"), ("Rome", "day")]
    assert read("New York Rome", tags("I-city L-city O")) == [("New York", "city")]


def test_commas_split_unless_told_otherwise() -> None:
    text, made = "Hauptstr. 7, 10119 Berlin", tags("city city city city", scheme=PLAIN)
    assert read(text, made) == [("Hauptstr", "city"), ("7", "city"), ("10119 Berlin", "city")]
    assert read(text, made, split_by_comma=False) == [(text, "city")]
    assert read(text, made, split_by_comma={"city": False}) == [(text, "city")]
    assert len(read(text, made, split_by_comma={"day": False})) == 3


def test_other_or_more_letters_between_always_split() -> None:
    made = tags("city city", scheme=PLAIN)
    assert len(read("Rome -- Berlin", made, split_by_comma=False)) == 2
    assert len(read("Rome    Berlin", made, split_by_comma=False)) == 2
    assert len(read("Rome (Berlin)", made, split_by_comma=False)) == 2


def test_a_change_of_role_begins_another_entity() -> None:
    roles = TagScheme(("from", "to"), bilou=False)
    found = read("Rome Paris", tags("city city", scheme=PLAIN), tags("from to", scheme=roles))
    assert found == [("Rome", "city", "from"), ("Paris", "city", "to")]


def test_an_entity_is_as_sure_as_its_least_sure_token() -> None:
    roles = TagScheme(("from",), bilou=True)
    made = entities_of_tags(
        tokenized("New York now Rome"),
        "Test",
        tags("B-city L-city O U-city", [0.9, 0.6, 0.1, 0.7]),
        tags("B-from L-from O O", [0.5, 0.8, 1, 1], roles),
    )
    assert made.confidences.tolist() == pytest.approx([0.6, 0.7])
    assert made.role_confidences is not None
    assert made.role_confidences.tolist()[0] == pytest.approx(0.5)
    assert type(made).decode(made.encode()).encode() == made.encode()


WORDS = st.lists(st.sampled_from(["Rome", "now", "New"]), max_size=6)
ROWS = st.lists(st.tuples(WORDS, st.lists(st.tuples(*[st.integers(0, 5)] * 2, st.sampled_from(TYPES)), max_size=3)))


@given(ROWS)
def test_what_is_tagged_is_read_back(rows: list[tuple[list[str], list[tuple[int, int, str]]]]) -> None:
    made = []
    for words, wanted in rows:
        starts = np.cumsum([0, *(len(word) + 1 for word in words)]).tolist()
        spans, taken = [], -1
        for first, last, entity in sorted(wanted):
            if taken < first <= last < len(words):
                spans.append(span(starts[first], starts[last] + len(words[last]), entity))
                taken = last
        made.append((" ".join(words), spans))
    messages = annotated(*made)
    tagged = tag_tokens(messages, bilou=True)
    assert not len(tagged.misaligned) + len(tagged.overlapping)
    found = entities_of_tags(messages, "Test", tagged.entity)
    for row, (_, spans) in enumerate(made):
        read_back = [(one["start"], one["end"], one["entity"]) for one in found.spans.row(row)]
        assert read_back == [(one["start"], one["end"], one["entity"]) for one in spans]


@given(st.lists(st.lists(st.sampled_from(BILOU.tags), max_size=7), max_size=4))
def test_repair_is_done_once_and_any_tags_can_be_read(rows: list[list[str]]) -> None:
    made = tags(" ".join(tag for row in rows for tag in row))
    messages = tokenized(*(" ".join(["word"] * len(row)) for row in rows))
    once = repaired(made, messages.tokens.splits)
    assert repaired(once, messages.tokens.splits).decoded() == once.decoded()
    found = entities_of_tags(messages, "Test", made)
    alone = [entities_of_tags(tokenized(" ".join(["word"] * len(row))), "Test", tags(" ".join(row))) for row in rows]
    assert [found.spans.row(i) for i in range(len(rows))] == [one.spans.row(0) for one in alone]
