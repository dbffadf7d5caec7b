import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.nlu.tokenizers.whitespace import WhitespaceTokenizer, tokenize
from tests.assistant.nlu.samples import messages_of


def words(text: str) -> list[str]:
    return [word for word, _, _ in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, world!", [("Hello", 0, 5), ("world", 7, 12)]),
        ("😀 hi 😀ok", [("hi", 2, 4), ("ok", 6, 8)]),
        ("?!", [("?!", 0, 2)]),
        ("", []),
        (" \n", []),
    ],
)
def test_tokens_and_their_places_are_rasas(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert tokenize(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm 3.5% off (now)...", "I m 3.5 off now"),
        ("mail me@x.com or http://a.b/c?d=1", "mail me@x.com or http://a.b/c?d=1"),
        ("#tag @you a&b", "#tag @you a&b"),
        ("it's 12:30, ok-ay", "it s 12:30 ok-ay"),
        ("a_b c/d $5 5€", "a_b c/d $5 5"),
        ("über Straße", "über Straße"),
    ],
)
def test_words_are_rasas(text: str, expected: str) -> None:
    assert words(text) == expected.split()


def test_vowel_signs_stay_inside_their_words() -> None:
    assert words("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"]


def test_hangul_is_no_emoji() -> None:
    assert words("안녕하세요 world") == ["안녕하세요", "world"]


def test_a_text_of_emoji_alone_is_one_word() -> None:
    assert words("👩\u200d🚀🇮🇹") == ["👩\u200d🚀🇮🇹"]


def test_a_token_pattern_splits_again() -> None:
    config = WhitespaceTokenizer.Config(token_pattern=r"[a-z]+|\d+")
    tokens = WhitespaceTokenizer(config).apply(messages_of("ab12 ÄÄ")).tokens
    assert tokens.row(0) == ["ab", "12", "ÄÄ"]
    assert tokens.starts.tolist() == [0, 2, 5]


@given(st.text(st.sampled_from("ab1 .,'!?@#é\u0301😀\u200d€\n-中"), max_size=40))
def test_every_token_is_a_piece_of_its_text_in_order(text: str) -> None:
    position = 0
    for word, start, end in tokenize(text):
        assert text[start:end] == word != ""
        assert start >= position
        position = end
    assert bool(tokenize(text)) == bool(text.strip())


@given(st.text(st.sampled_from("ab1 .,'!?😀"), max_size=40))
def test_no_letter_or_digit_is_lost(text: str) -> None:
    kept = "".join(words(text))
    assert [c for c in kept if c.isalnum()] == [c for c in text if c.isalnum()]
