from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.text_column import TextColumn

TEXTS = st.lists(st.text() | st.just("\ud800"), max_size=8)  # JSON may hold half of a pair of surrogates


@given(TEXTS)
def test_a_column_is_the_sequence_of_its_texts(texts: list[str]) -> None:
    column = TextColumn.of(texts)
    assert column == texts
    assert [column[place] for place in range(len(column))] == texts
    assert column[1:3] == tuple(texts[1:3])
    assert hash(column) == hash(tuple(texts))
    assert TextColumn.of(column) is column


@given(st.lists(TEXTS, max_size=4), st.data())
def test_some_texts_of_several_columns(parts: list[list[str]], data: st.DataObject) -> None:
    columns = [TextColumn.of(part) for part in parts]
    whole = TextColumn.concatenate([(one.data, one.splits) for one in columns])
    texts = [text for part in parts for text in part]
    assert whole == texts
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=9)) if texts else []
    assert whole.take(np.array(rows, dtype=np.int64)) == [texts[row] for row in rows]


def test_a_text_is_no_column_of_its_letters() -> None:
    assert TextColumn.of(["a", "b"]) != "ab"
    assert repr(TextColumn.of(["a", "b", "c", "d"])) == "TextColumn(4: 'a', 'b', 'c', ...)"
