"""What is gathered from earlier results equals, byte for byte, what is computed at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.catalog import COMPONENTS
from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import Messages, TokenizedMessages, Tokens
from graphbuild.assistant.nlu.extractors.regex import RegexEntityExtractor
from graphbuild.assistant.nlu.patterns import Patterns
from graphbuild.assistant.nlu.remembering import entities_by_message, features_by_message, tokens_by_message
from graphbuild.assistant.nlu.tokenizers.tokenizing import Note, TokenizerOptions, tokens_of
from graphbuild.assistant.nlu.tokenizers.whitespace import tokenize
from graphbuild.contract.component import Component, Context, Operation, signature
from graphbuild.contract.loading import load_class
from graphbuild.contract.memory import Earlier
from tests.assistant.nlu.optional import mitie_model, skip_without_extra
from tests.assistant.nlu.samples import EXAMPLES, ODD_TEXTS, inputs_for, messages_of, tokenized

REMEMBERING = sorted(
    name
    for name, one in COMPONENTS.items()
    if one.startswith("graphbuild.assistant.nlu.") and load_class(one).remembers is not None
)
TEXTS = st.lists(st.sampled_from(["", "a", "b a", "b", "c c c", "😀"]), max_size=6)


@dataclass
class Notebook:
    """A memory in a list: what `execution.row_memory` does with a store."""

    results: list[Earlier] = field(default_factory=list)
    computed: list[int] = field(default_factory=list)
    _last: tuple[Sequence[bytes], Sequence[int]] | None = None

    def earlier(self) -> Sequence[Earlier]:
        return self.results

    def remember(self, keys: Sequence[bytes], lengths: Sequence[int], computed: int) -> None:
        self._last = (keys, lengths)
        self.computed.append(computed)

    def keep(self, output: Any) -> None:
        assert self._last is not None
        decoded = None if output is None else type(output).decode(output.encode())
        self.results.insert(0, Earlier(*self._last, lambda: decoded))


def features_of(messages: TokenizedMessages) -> Features:
    """Something of every token, and of every message."""
    words = [[float(len(word)), float(ord(word[0]))] for i in range(len(messages)) for word in messages.tokens.row(i)]
    sentence = [[float(len(text))] for text in messages.texts]
    return Features(
        np.array(words, dtype=np.float32).reshape(-1, 2), np.array(sentence, dtype=np.float32).reshape(-1, 1)
    )


def tokens_with_notes(messages: Messages) -> Tokens:
    rows = [tokenize(text) for text in messages.texts]
    notes = [[Note(word.upper(), word[:1]) for word, _, _ in row] for row in rows]
    return tokens_of(rows, TokenizerOptions(), notes)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_gathered_features_equal_those_computed_at_once(corpora: list[list[str]]) -> None:
    notebook = Notebook()
    for texts in corpora:
        messages = tokenized(*texts)
        made = features_by_message(notebook, messages, features_of)
        assert made.encode() == features_of(messages).encode()
        notebook.keep(made)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_gathered_tokens_equal_those_computed_at_once(corpora: list[list[str]]) -> None:
    notebook = Notebook()
    for texts in corpora:
        messages = messages_of(*texts)
        made = TokenizedMessages.of(messages, tokens_by_message(notebook, messages, tokens_with_notes))
        assert made.encode() == TokenizedMessages.of(messages, tokens_with_notes(messages)).encode()
        notebook.keep(made)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_gathered_entities_equal_those_computed_at_once(corpora: list[list[str]]) -> None:
    extractor = RegexEntityExtractor()
    state = Patterns((("letter", "[ab]"), ("run", "c c?")))
    notebook = Notebook()
    for texts in corpora:
        messages = messages_of(*texts)
        made = entities_by_message(notebook, messages, lambda new: extractor.apply(state, new))
        assert made.encode() == extractor.apply(state, messages).encode()
        notebook.keep(made)


def test_each_new_message_is_computed_once() -> None:
    notebook = Notebook()
    given: list[tuple[str, ...]] = []

    def compute(messages: TokenizedMessages) -> Features:
        given.append(messages.texts)
        return features_of(messages)

    for texts in (("a", "b", "a"), ("b", "c"), ("c", "a", "b")):
        notebook.keep(features_by_message(notebook, tokenized(*texts), compute))
    assert given == [("a", "b"), ("c",)]
    assert notebook.computed == [2, 1, 0]


def test_equal_texts_with_other_tokens_are_other_messages() -> None:
    notebook = Notebook()
    whole, cut = tokenized("ab"), TokenizedMessages.of(messages_of("ab"), Tokens.of([[("a", 0, 1), ("b", 1, 2)]]))
    for messages in (whole, cut):
        notebook.keep(features_by_message(notebook, messages, features_of))
    assert notebook.computed == [1, 1]


def test_a_lost_result_is_passed_over() -> None:
    notebook = Notebook()
    features_by_message(notebook, tokenized("a"), features_of)
    notebook.keep(None)
    features_by_message(notebook, tokenized("a"), features_of)
    assert notebook.computed == [1, 1]


@pytest.mark.parametrize("name", REMEMBERING)
def test_components_that_remember_make_the_same_as_without(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    component: type[Component] = load_class(COMPONENTS[name])
    skip_without_extra(component)
    mitie_model(monkeypatch)
    texts = (*ODD_TEXTS, *(text for text, _ in EXAMPLES))
    ports = signature(component, Operation.APPLY)
    assert component.remembers in ports.inputs
    notebook = Notebook()
    for part in (texts[:5], texts[3:9], texts, tuple(reversed(texts)), ()):
        inputs = inputs_for(ports, messages_of(*part))
        plain: Any = component()
        remembering: Any = component(None, Context(memory=notebook))
        made = remembering.apply(**inputs)
        assert made.encode() == plain.apply(**inputs).encode()
        notebook.keep(made)
    assert notebook.computed == [5, 4, len(set(texts)) - 9, 0, 0]
