import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.nlu.tokenizers.character import CharacterTokenizer, characters
from tests.assistant.nlu.samples import messages_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好，世界！", "你 好 世 界"),
        ("我要订2张到New York的票。", "我 要 订 2 张 到 New York 的 票"),
        ("东京タワーへ", "东 京 タ ワ ー へ"),
        ("か\u3099くせい", "か\u3099 く せ い"),
        ("佐々木さん 3.5%", "佐 々 木 さ ん 3.5"),
        ("สวัสดีครับ", "ส วั ส ดี ค รั บ"),
        ("น้ำเปล่า", "น้ำ เ ป ล่ า"),
        ("ທ່ານ", "ທ່ າ ນ"),
        ("mail me@x.com 中文", "mail me@x.com 中 文"),
        ("안녕하세요 world", "안녕하세요 world"),
        ("Hello, world!", "Hello world"),
        ("中😀文", "中 文"),
        ("？！", "？！"),
        ("", ""),
    ],
)
def test_unspaced_scripts_are_cut_at_characters_and_others_at_words(text: str, expected: str) -> None:
    assert [word for word, _, _ in characters(text)] == expected.split()


@given(st.text(st.sampled_from("ab1 .,'!?中文のカสวัดี้ำเ😀\u200d\n-，"), max_size=40))
def test_every_token_is_a_piece_of_its_text_in_order(text: str) -> None:
    position = 0
    for word, start, end in characters(text):
        assert text[start:end] == word != ""
        assert start >= position
        position = end
    assert bool(characters(text)) == bool(text.strip())
    kept = "".join(word for word, _, _ in characters(text))
    assert [c for c in kept if c.isalnum()] == [c for c in text if c.isalnum()]


def test_it_is_for_the_languages_that_the_other_is_not_for() -> None:
    assert CharacterTokenizer.not_for_languages == ()
    assert CharacterTokenizer().apply(messages_of("你好")).tokens.row(0) == ["你", "好"]
