"""N-grams of words and characters, as scikit-learn's CountVectorizer analyses texts (its user guide, section 6.2.3)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from typing import Literal

Analyzer = Literal["word", "char", "char_wb"]
WORD = r"(?u)\b\w+\b"
"""What a word is unless told otherwise: a single letter is one, too."""
_WORD = re.compile(WORD)
_SPACES = re.compile(r"\s\s+")


def analyse(
    text: str, analyzer: Analyzer, low: int, high: int, stop_words: Collection[str] = (), word: re.Pattern[str] = _WORD
) -> list[str]:
    """The n-grams of a text for n from `low` to `high`. `word`: the pattern of words, with one group at most."""
    if analyzer == "word":
        return _joined([found for found in word.findall(text) if found not in stop_words], low, high)
    text = _SPACES.sub(" ", text)
    if analyzer == "char":
        return [text[i : i + n] for n in range(low, high + 1) for i in range(len(text) - n + 1)]
    return [gram for word in text.split() for gram in _inside(f" {word} ", low, high)]


def accents(how: str | None) -> Callable[[str], str]:
    """What removes accents: "unicode" keeps other scripts, "ascii" drops the rest, None changes nothing."""
    if how is None:
        return lambda text: text
    if how == "ascii":
        return lambda text: unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return lambda text: "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _joined(words: list[str], low: int, high: int) -> list[str]:
    if high == 1:
        return words
    return [" ".join(words[i : i + n]) for n in range(low, high + 1) for i in range(len(words) - n + 1)]


def _inside(padded: str, low: int, high: int) -> list[str]:
    """N-grams of one word with a space on each side; a word shorter than n counts once, whole."""
    found = []
    for n in range(low, high + 1):
        found.append(padded[:n])
        found.extend(padded[i : i + n] for i in range(1, len(padded) - n + 1))
        if len(padded) <= n:
            break
    return found
