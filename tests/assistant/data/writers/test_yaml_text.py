"""Plain values written as YAML: they read back equal, by our reader and by one of YAML 1.1."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.writers.yaml_text import YamlText, quoted, variable
from graphbuild.contract.artifact import encode_json
from graphbuild.contract.yaml_tree import parse_yaml

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.text(st.sampled_from("ab \n\t:#-|>'\"\\{}[],&*!?%@`~$0189.éß漢😀\u200f\u2028\u0085\ufeff"), max_size=20),
    st.sampled_from(
        ["yes", "No", "null", "~", "3.1", "0x1F", "1_000", "2020-01-01", "---", "...", "<<", "=", "${HOME}"]
    ),
)
SCALARS = st.one_of(
    TEXTS, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
def test_values_read_back_equal(document: dict[str, Any]) -> None:
    text = YamlText().document(document, spaced=tuple(document))
    tree, problems = parse_yaml(text, "written.yml", {})
    assert not problems
    assert encode_json(tree.plain()) == encode_json(document)


@given(TEXTS)
def test_a_reader_of_yaml_1_1_agrees_on_texts(value: str) -> None:
    assert yaml.safe_load(YamlText().document({"key": [value]})) == {"key": [value]}


def test_people_would_write_it_so() -> None:
    document = {
        "version": "3.1",
        "nlu": [{"intent": "greet", "examples": "- hey\n- hello\n"}, {"intent": "bye", "examples": "- bye\n"}],
        "slots": {"city": {"type": "text", "values": [], "mappings": [{"type": "from_entity", "entity": "city"}]}},
        "text": "first\n\n  second # no comment",
        "said": ["a: b", "don't", '"no", he said', " edge ", "yes", "42", "#1", "👋 hi", "שלום", "2 of 3"],
    }
    assert YamlText().document(document, spaced=("nlu",)) == (
        'version: "3.1"\n\nnlu:\n- intent: greet\n  examples: |\n    - hey\n    - hello\n\n- intent: bye\n'
        "  examples: |\n    - bye\n\nslots:\n  city:\n    type: text\n    values: []\n    mappings:\n"
        "    - type: from_entity\n      entity: city\n\ntext: |-\n  first\n\n    second # no comment\n\nsaid:\n"
        '- "a: b"\n- don\'t\n- \'"no", he said\'\n- " edge "\n- "yes"\n- "42"\n- "#1"\n- 👋 hi\n- שלום\n- "2 of 3"\n'
    )


def test_variables_stay_without_quotes_and_texts_that_look_like_them_have_some() -> None:
    document = {"url": f"9{variable('HOST')}/x", "said": "costs ${b}"}
    text = YamlText().document(document)
    assert text == 'url: 9${HOST}/x\n\nsaid: "costs ${b}"\n'
    assert parse_yaml(text, "x", {"HOST": "y"})[0].plain() == {"url": "9y/x", "said": "costs ${b}"}
    with pytest.raises(ValueError, match="several lines"):
        YamlText().document({"a": f"b\n{variable('c')}"})


def test_a_long_key_is_written_after_a_question_mark() -> None:
    document = {"k" * 2000: {"a": [1]}, "other": "b"}
    assert parse_yaml(YamlText().document(document), "x")[0].plain() == document


def test_what_yaml_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        quoted("\ud800")
    with pytest.raises(ValueError, match="finite"):
        YamlText().scalar(float("inf"))
