"""WhitespaceTokenizer: splits a text at white space, and drops punctuation that is not inside a word.

What counts as a word is Rasa's (RASA.md 5.2, goldens in 9.4): punctuation beside white space or at the ends goes,
apostrophes between letters split, `# @ &` stay, and so does what is inside addresses, numbers and times. A word of
emoji alone goes too; Rasa takes Hangul and other scripts for emoji, which this does not.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from graphbuild.assistant.data.messages import Messages, Token, TokenizedMessages
from graphbuild.assistant.nlu.tokenizers.tokenizing import TokenizerOptions, tokenized
from graphbuild.contract.component import Component

_WORDS = re.compile(r"\S+")
EMOJI = re.compile(
    # Letterlike ones, symbols and arrows, pictographs; then what joins and varies them, and the tags of flags.
    "[\u24c2\u2500-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
    "\u200c\u200d\u20e3\ufe0e\ufe0f\U000e0020-\U000e007f]+"
)
_MARKS_END = 0x1E950
"""Where the last combining marks of scripts end (Unicode 15); variation selectors are apart."""


class WhitespaceTokenizer(Component):
    """Splits texts into words at white space and punctuation."""

    kind = "tokenizer"
    not_for_languages = ("zh", "ja", "th")
    instead = "CharacterTokenizer"

    @dataclass(frozen=True)
    class Config(TokenizerOptions):
        """Options, with Rasa's names."""

    config: Config

    def apply(self, messages: Messages) -> TokenizedMessages:
        """Messages of n texts -> the same with their tokens."""
        return tokenized(messages, [tokenize(text) for text in messages.texts], self.config)


def tokenize(text: str) -> list[Token]:
    """The words of a text as (word, start, end). A text of punctuation alone is one word; an empty one has none."""
    # Blanks of the same length, so that every word keeps its place.
    blanked = _punctuation().sub(lambda match: " " * len(match.group()), text)
    words = [match for match in _WORDS.finditer(blanked) if not EMOJI.fullmatch(match.group())]
    if not words and text.strip():
        return [(text, 0, len(text))]
    return [(match.group(), match.start(), match.end()) for match in words]


@cache
def _punctuation() -> re.Pattern[str]:
    """What is dropped."""
    # Python's \w leaves out the vowel signs of many scripts, and what joins or parts letters.
    kept = rf"\w\u200c\u200d{_marks()}#@&"
    return re.compile(
        # Something that is no word character, beside white space or an end of the text,
        rf"[^{kept}]+(?=\s|$)|(?:\s|^)[^{kept}]+(?=[^0-9\s])"
        # or apostrophes and other marks that stand between letters where they join nothing.
        rf"|(?<=[^0-9\s])[^{kept}._~:/?\[\]()!$*+,;=-]+(?=[^0-9\s])"
    )


def _marks() -> str:
    """All combining marks, as ranges for a class of characters."""
    codes = [*range(0x300, _MARKS_END), *range(0xE0100, 0xE01F0)]
    marks = [code for code in codes if unicodedata.category(chr(code)).startswith("M")]
    starts = [code for before, code in zip([-1, *marks], marks, strict=False) if code != before + 1]
    ends = [code for code, after in zip(marks, [*marks[1:], -1], strict=True) if after != code + 1]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
