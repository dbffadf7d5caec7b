"""Additions: laws of texts that are added to, and ways of writing that are known or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.parts import DomainPart, Example, IntentEntry
from graphbuild.assistant.importers.writing_back import read_domain_text, read_training_text
from graphbuild.teaching.additions import with_examples, with_names
from graphbuild.teaching.inserting import with_entries

WORDS = st.text(st.sampled_from("abc :#-'\"[]({}|>é\t…"), min_size=1, max_size=12).map(str.strip).filter(bool)
REMARKS = st.sampled_from(["", "# a remark\n", "\n", "  # inside\n", "\n\n"])


@given(st.lists(WORDS, min_size=1, max_size=4, unique=True), st.lists(REMARKS, min_size=3, max_size=3))
def test_old_lines_stay_and_new_examples_are_read(texts: list[str], remarks: list[str]) -> None:
    old = (
        f'version: "3.1"\n{remarks[0]}nlu:\n  - intent: one\n    examples: |\n      - first\n{remarks[1]}'
        f"  - intent: two\n    examples: |\n      - second\n{remarks[2]}"
    )
    examples = [Example(text, "one", None, ()) for text in texts]
    new = with_examples(old, examples)
    if new is None:
        return
    lines = iter(new.splitlines(keepends=True))
    assert all(any(line == one for one in lines) for line in old.splitlines(keepends=True))
    read = [(one.text, one.intent) for one in read_training_text(new).nlu.examples]
    assert sorted(read) == sorted([("first", "one"), ("second", "two"), *((text, "one") for text in texts)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("intents:\n- a\n", "intents:\n- a\n- b\n"),
        ("intents:\n    - a", "intents:\n    - a\n    - b\n"),
        ("intents: []  # none yet\n", "intents:  # none yet\n  - b\n"),
        ("intents:\nactions:\n- c\n", "intents:\n  - b\nactions:\n- c\n"),
        ("intents: [a, c] # two\n", "intents: [a, c, b] # two\n"),
        ("intents: [\n  a,\n  c,\n]\n", "intents: [\n  a,\n  c, b,\n]\n"),
        ("intents:\n- a\n\n# On actions.\nactions:\n- c\n", "intents:\n- a\n- b\n\n# On actions.\nactions:\n- c\n"),
        ("actions:\n- c\n", "actions:\n- c\n\nintents:\n  - b\n"),
        ("intents:\n- a:\n    use_entities: []\n", "intents:\n- a:\n    use_entities: []\n- b\n"),
    ],
)
def test_names_are_added_to_every_way_of_writing_a_section(old: str, new: str) -> None:
    assert with_names(old, DomainPart(intents=(IntentEntry("b"),))) == new
    assert [one.name for one in read_domain_text(new).intents][-1] == "b"


@pytest.mark.parametrize(
    "old", ["{intents: [a]}", "\ufeffintents:\n- a\n", "intents: &x\n- a\nactions: *x\n", "a: [", "- a"]
)
def test_what_cannot_be_added_to_is_refused(old: str) -> None:
    assert with_names(old, DomainPart(intents=(IntentEntry("b"),))) is None


def test_examples_with_metadata_of_their_intent_get_an_element_of_their_own() -> None:
    old = "nlu:\n- intent: one\n  metadata: {a: 1}\n  examples: |\n    - first\n"
    new = with_examples(old, [Example("more", "one", None, ())])
    assert new == f"{old}\n- intent: one\n  examples: |\n    - more\n"


def test_examples_in_a_list_get_an_element_of_their_own() -> None:
    old = "nlu:\n- intent: one\n  examples:\n  - text: first\n"
    assert (
        with_examples(old, [Example("more", "one", None, ())]) == f"{old}\n- intent: one\n  examples: |\n    - more\n"
    )


def test_a_text_with_odd_ends_of_lines_is_refused() -> None:
    assert with_entries("a:\n- b\x85\n", "a", ["- c"]) is None
