"""Tokenizers of optional libraries: what they find, and that options reach them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from graphbuild.assistant.nlu.tokenizers.jieba import JiebaDictionary, JiebaTokenizer, JiebaWords
from graphbuild.assistant.nlu.tokenizers.mitie import MitieTokenizer
from graphbuild.assistant.nlu.tokenizers.spacy import SpacyTokenizer
from graphbuild.contract.source import SourceFile, SourceTree
from tests.assistant.nlu.optional import needs, spacy_model
from tests.assistant.nlu.samples import messages_of

# jieba


def test_jieba_finds_chinese_words_and_their_places() -> None:
    needs("jieba")
    tokens = JiebaTokenizer().apply(messages_of("我想去北京 hi"), JiebaWords()).tokens
    assert tokens.row(0) == ["我", "想", "去", "北京", "hi"]
    assert tokens.starts.tolist() == [0, 1, 2, 3, 6]


def test_words_of_a_dictionary_stay_whole_and_in_their_project() -> None:
    needs("jieba")
    messages = messages_of("我要订个聊天机")
    with_words = JiebaTokenizer().apply(messages, JiebaWords(("聊天机 1000 n",)))
    assert "聊天机" in with_words.tokens.row(0)
    assert "聊天机" not in JiebaTokenizer().apply(messages, JiebaWords()).tokens.row(0)


def test_dictionaries_are_read_line_by_line(tmp_path: Path) -> None:
    for name, text in (("b.txt", "\ufeff云计算 5\n"), ("a.txt", "创新办 3 i\n\n  李小福 2\n")):
        (tmp_path / name).write_text(text, "utf-8")
    tree = SourceTree({name: SourceFile(tmp_path / name, name) for name in ("a.txt", "b.txt")})
    assert JiebaDictionary().apply(tree).lines == ("创新办 3 i", "李小福 2", "云计算 5")
    assert JiebaDictionary().apply().lines == ()


def test_a_dictionary_that_is_not_there_is_told_before_anything_runs(tmp_path: Path) -> None:
    (problem,) = JiebaDictionary.named(JiebaDictionary.Config(path="words"), tmp_path).missing
    assert problem.what == "there is no file or folder `words`"
    (tmp_path / "words").mkdir()
    assert JiebaDictionary.named(JiebaDictionary.Config(path="words"), tmp_path).reads == ("words",)


# spaCy


def test_spacy_tells_lemmas_and_parts_of_speech() -> None:
    needs("spacy")
    tokens = SpacyTokenizer().apply(messages_of("I don't fly apples", "  "), spacy_model()).tokens
    assert tokens.row(0) == ["i", "do", "n't", "fly", "apples"]
    assert tokens.row(1) == []
    assert tokens.starts.tolist() == [0, 2, 4, 8, 12]
    assert tokens.lemmas is not None
    assert tokens.lemmas.decoded()[3:] == ["fly", "apple"]
    assert tokens.tags is not None
    assert tokens.tags.decoded()[3:] == ["VB", "NNS"]


def test_spacy_sees_upper_case_only_when_asked() -> None:
    needs("spacy")
    model = spacy_model(case_sensitive=True)
    assert SpacyTokenizer().apply(messages_of("Hello İstanbul"), model).tokens.row(0) == ["Hello", "İstanbul"]
    assert SpacyTokenizer().apply(messages_of("Hello İstanbul"), spacy_model()).tokens.row(0) == ["hello", "İstanbul"]


# MITIE


def in_bytes(encoded: bytes) -> list[tuple[bytes, int]]:
    """What MITIE's interface promises: words and their places, in bytes."""
    found, at = [], 0
    for word in encoded.split(b" "):
        found += [(word, at)] if word else []
        at += len(word) + 1
    return found


def test_mitie_counts_bytes_and_we_count_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mitie", SimpleNamespace(tokenize_with_offsets=in_bytes))
    tokens = MitieTokenizer().apply(messages_of("größer 😀 weiß\0x", "")).tokens
    assert tokens.row(0) == ["größer", "😀", "weiß", "x"]
    assert tokens.starts.tolist() == [0, 7, 9, 14]
    assert tokens.ends.tolist() == [6, 8, 13, 15]


def test_mitie_itself_splits_words() -> None:
    needs("mitie")
    tokens = MitieTokenizer().apply(messages_of("Größe, isn't 5€?")).tokens
    assert tokens.row(0)[0] == "Größe"
    assert all(0 <= a < b <= 16 for a, b in zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True))
