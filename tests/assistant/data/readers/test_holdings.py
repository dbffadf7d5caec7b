"""What a file holds is told from its first lines, and is what reading all of it would tell."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.readers.holdings import domain_holdings, training_holdings

NLU = (
    "nlu:\n- intent: greet\n  examples: |\n    - hello\n",
    "nlu:\n\n# first\n- synonym: x\n  examples: |\n\n    - y\n",
    "nlu:\n- lookup: towns\n  examples: |\n    - Rome\n",
    "'nlu':\n  - {regex: zip, examples: '- [0-9]+'}\n",
)
NO_NLU = ("nlu: []\n", "nlu:\n", "# nlu:\n# - intent: greet\n", "nlu:\n- intent: greet\n  examples: |\n", "")
STORIES = (
    "stories:\n- story: a\n  steps:\n  - intent: greet\n",
    "stories: # all\n\n- story: a\n  metadata: {x: 1}\n  steps:\n\n  # one\n  - action: utter_greet\n",
    "rules:\n  - rule: b\n    steps:\n    - intent: greet\n    - action: utter_greet\n",
    "{stories: [{story: a, steps: [{action: utter_greet}]}]}\n",
)
NO_STORIES = ("stories: []\n", "rules:\n", "stories:\n- story: a\n  steps: []\n", "# stories:\n", "")


@given(st.sampled_from([*NLU, *NO_NLU]), st.sampled_from([*STORIES[:3], *NO_STORIES]), st.booleans())
def test_a_yaml_file_holds_what_its_sections_hold(nlu: str, stories: str, swapped: bool) -> None:
    text = stories + nlu if swapped else nlu + stories
    wanted = {"examples"} if nlu in NLU else set()
    wanted |= {"stories"} if stories in STORIES else set()
    assert training_holdings(f'version: "3.1"\n{text}'.encode(), ".yml") == wanted


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_another_encoding_holds_what_it_names(encoding: str) -> None:
    """It is read, and an error there: nothing is left out for want of it."""
    assert training_holdings(NLU[0].encode(encoding), ".yml") == {"examples"}
    assert training_holdings((NLU[0] + STORIES[0]).encode(encoding), ".yml") == {"examples", "stories"}
    assert domain_holdings("intents:\n- greet\n".encode(encoding)) == {"domain"}


def test_a_mapping_in_braces() -> None:
    assert training_holdings(STORIES[3].encode(), ".yml") == {"stories"}


@pytest.mark.parametrize(
    ("text", "suffix", "wanted"),
    [
        ("## intent:greet\n- hello\n", ".md", {"examples"}),
        ("## a path\n* greet\n  - utter_greet\n", ".md", {"stories"}),
        ("Some words.\n", ".md", set()),
        (
            json.dumps({"rasa_nlu_data": {"common_examples": [{"text": "hi", "intent": "greet"}]}}),
            ".json",
            {"examples"},
        ),
        (json.dumps({"rasa_nlu_data": {"common_examples": []}}), ".json", set()),
        ("{}", ".json", set()),
        ("stories:\n- story: a\n  steps:\n  - user: hello\n  - bot: hi\n", ".yml", {"stories", "texts"}),
        ("intents: [greet]\nresponses:\n  utter_x:\n  - text: nlu\n", ".yml", set()),
    ],
)
def test_other_formats(text: str, suffix: str, wanted: set[str]) -> None:
    assert training_holdings(text.encode(), suffix) == wanted


@pytest.mark.parametrize("text", ["nlu: [\n", "nlu:\n- intnt: greet\n"])
def test_a_file_that_cannot_be_read_holds_what_it_names(text: str) -> None:
    assert training_holdings(text.encode(), ".yml") == {"examples"}


@pytest.mark.parametrize(
    "text",
    [
        "intents: [greet]\n",
        "intents:\n- greet\n",
        "responses:\n  utter_x:\n  - text: x\n",
        "{intents: [greet]}\n",
        "slots:\n\n# one\n  x: {type: text}\n",
        "intents: [\n",
    ],
)
def test_a_domain(text: str) -> None:
    assert domain_holdings(text.encode()) == {"domain"}


@pytest.mark.parametrize("text", ["", "version: '3.1'\n", "intents: []\n", "intents:\n", "# intents: [greet]\n"])
def test_no_domain(text: str) -> None:
    assert domain_holdings(text.encode()) == frozenset()
