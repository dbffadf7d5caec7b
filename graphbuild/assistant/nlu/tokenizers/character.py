"""CharacterTokenizer: characters of scripts written without spaces each apart, words of all others whole.

For Chinese, Japanese, Thai (and Lao, Khmer, Burmese) without a dictionary or a model: entities can begin and end at any
character, and classifiers learn from n-grams of characters. What counts as a word elsewhere, and what is dropped, is
WhitespaceTokenizer's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from graphbuild.assistant.data.messages import Messages, Token, TokenizedMessages
from graphbuild.assistant.nlu.tokenizers.tokenizing import TokenizerOptions, tokenized
from graphbuild.assistant.nlu.tokenizers.whitespace import EMOJI, tokenize
from graphbuild.contract.component import Component

_HAN = "\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"
_VOICED = "\u3099\u309a\uff9e\uff9f"
"""Marks that voice the kana before them."""
_SOUTHEAST = (range(0x0E01, 0x0E5C), range(0x0E81, 0x0EE0), range(0x1000, 0x10A0), range(0x1780, 0x17F4))
"""Thai, Lao, Burmese, Khmer."""
_AM = "\u0e33\u0eb3"
"""Vowels that are written after their consonant and belong to its cluster all the same."""


class CharacterTokenizer(Component):
    """Splits Chinese, Japanese and Thai into characters, and what stands between into words."""

    kind = "tokenizer"

    @dataclass(frozen=True)
    class Config(TokenizerOptions):
        """Options, with Rasa's names."""

    config: Config

    def apply(self, messages: Messages) -> TokenizedMessages:
        """Messages of n texts -> the same with their tokens."""
        return tokenized(messages, [characters(text) for text in messages.texts], self.config)


def characters(text: str) -> list[Token]:
    """The characters and words of a text as (word, start, end). Never none, unless it is white space."""
    words = tokenize(text)
    return [piece for word in words for piece in _pieces(word)] or words


def _pieces(token: Token) -> Iterator[Token]:
    """A token cut at each character of an unspaced script; punctuation that is then left alone goes."""
    word, start, _ = token
    at = 0
    for match in _clusters().finditer(word):
        yield from _between(word, at, match.start(), start)
        yield match.group(), start + match.start(), start + match.end()
        at = match.end()
    if not at:
        yield token
    else:
        yield from _between(word, at, len(word), start)


def _between(word: str, begin: int, end: int, start: int) -> Iterator[Token]:
    inside = word[begin:end]
    if any(letter.isalnum() for letter in inside) and not EMOJI.fullmatch(inside):
        yield inside, start + begin, start + end


@cache
def _clusters() -> re.Pattern[str]:
    """One character as a reader sees it, with the marks that stand on it."""
    codes = [chr(code) for block in _SOUTHEAST for code in block]
    marks = "".join(letter for letter in codes if unicodedata.category(letter) in ("Mn", "Mc"))
    letters = "".join(letter for letter in codes if unicodedata.category(letter) in ("Lo", "Lm") and letter not in _AM)
    return re.compile(f"[{_KANA}][{_VOICED}]?|[{_HAN}][\ufe00-\ufe0f\U000e0100-\U000e01ef]*|[{letters}][{marks}{_AM}]*")
