"""What the shared options of tokenizers mean (RASA.md 5.2)."""

from __future__ import annotations

import pytest

from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.nlu.tokenizers.tokenizing import Note, TokenizerOptions, split_label, tokenized, tokens_of
from graphbuild.contract.options import read_options
from tests.assistant.nlu.samples import messages_of

PREFIX = TokenizerOptions(intent_tokenization_flag=True, intent_split_symbol="+", prefix_separator_symbol="!")


@pytest.mark.parametrize(
    ("label", "options", "words"),
    [
        ("a_b+c", TokenizerOptions(), ("a_b+c",)),
        ("a_b+c", TokenizerOptions(intent_tokenization_flag=True), ("a", "b+c")),
        ("faq/ask_name", TokenizerOptions(intent_tokenization_flag=True), ("faq", "ask", "name")),
        ("faq/ask_name", TokenizerOptions(), ("faq/ask_name",)),
        ("prefix!Forecast_for_LUNCH", PREFIX, ("prefix", "Forecast_for_LUNCH")),
        ("main+other!faq/ask+language", PREFIX, ("main", "other", "faq", "ask", "language")),
        ("_", TokenizerOptions(intent_tokenization_flag=True), ("_",)),
    ],
)
def test_names_of_intents_are_split_as_rasa_does(label: str, options: TokenizerOptions, words: tuple[str, ...]) -> None:
    assert split_label(label, options) == words


def test_the_words_of_names_travel_with_the_messages() -> None:
    messages = messages_of("hi", "hello", "x", intents=["greet_me", "bye", None])
    made = tokenized(messages, [[], [], []], TokenizerOptions(intent_tokenization_flag=True))
    again = TokenizedMessages.decode(made.encode())
    assert again.label_words == (("bye", ("bye",)), ("greet_me", ("greet", "me")))
    assert again.words_of("greet_me") == ("greet", "me")
    assert again.words_of("never seen") == ("never seen",)


def test_without_splitting_the_encoding_says_nothing_of_names() -> None:
    plain = tokenized(messages_of("hi", intents=["greet_me"]), [[]], TokenizerOptions())
    assert plain.label_words == ()
    assert plain.words_of("greet_me") == ("greet_me",)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"[a-z]+|\d+", [("ab", 0, 2), ("12", 2, 4), ("ÄÄ", 5, 7)]),
        (r"([a-z])\d*", [("a", 0, 1), ("b", 1, 2), ("ÄÄ", 5, 7)]),
        (r"x*", [("ab12", 0, 4), ("ÄÄ", 5, 7)]),
    ],
)
def test_a_token_pattern_splits_again(pattern: str, expected: list[tuple[str, int, int]]) -> None:
    tokens = tokens_of([[("ab12", 0, 4), ("ÄÄ", 5, 7)]], TokenizerOptions(token_pattern=pattern))
    assert list(zip(tokens.row(0), tokens.starts.tolist(), tokens.ends.tolist(), strict=True)) == expected


def test_pieces_of_a_token_share_its_lemma_and_part_of_speech() -> None:
    options = TokenizerOptions(token_pattern=r"\w+")
    tokens = tokens_of([[("co-ops", 0, 6), ("run", 7, 10)]], options, [[Note("co-op", "NNS"), Note("run", "VB")]])
    assert tokens.row(0) == ["co", "ops", "run"]
    assert tokens.lemmas is not None
    assert tokens.lemmas.decoded() == ["co-op", "co-op", "run"]
    assert tokens.tags is not None
    assert tokens.tags.decoded() == ["NNS", "NNS", "VB"]
    made = TokenizedMessages.of(messages_of("co-ops run"), tokens)
    again = TokenizedMessages.decode(made.encode())
    assert again.encode() == made.encode()
    assert again.tokens.tags is not None


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"token_pattern": "("}, "`token_pattern` is no regular expression: "),
        ({"intent_split_symbol": ""}, "`intent_split_symbol` is empty"),
        ({"prefix_separator_symbol": ""}, "`prefix_separator_symbol` is empty"),
    ],
)
def test_wrong_options_are_told_before_anything_runs(given: dict[str, str], what: str) -> None:
    (problem,) = read_options(TokenizerOptions, given)[1]
    assert problem.what.startswith(what)
