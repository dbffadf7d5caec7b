"""WhitespaceTokenizer: splits a text at white space, and drops punctuation that is not inside a word.

What counts as a word is Rasa's (RASA.md 5.2, goldens in 9.4): punctuation beside white space or at the ends goes,
apostrophes between letters split, `# @ &` stay, and so does what is inside addresses, numbers and times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from graphbuild.assistant.data.messages import Messages, TokenizedMessages, Tokens
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option

_KEPT = r"\w#@&"
_SPLIT = re.compile(
    # Something that is no word character, beside white space or an end of the text,
    rf"[^{_KEPT}]+(?=\s|$)|(?:\s|^)[^{_KEPT}]+(?=[^0-9\s])"
    # or apostrophes and other marks that stand between letters where they join nothing.
    rf"|(?<=[^0-9\s])[^{_KEPT}._~:/?\[\]()!$*+,;=-]+(?=[^0-9\s])"
)
_EMOJI = re.compile(
    "[\U0001f600-\U0001f64f\U0001f300-\U0001f5ff\U0001f680-\U0001f6ff\U0001f1e0-\U0001f1ff\U00002702-\U000027b0"
    "\U000024c2-\U0001f251\u200d\u200c]+"
)

Token = tuple[str, int, int]


class WhitespaceTokenizer(Component):
    """Splits texts into words at white space and punctuation."""

    kind = "tokenizer"
    not_for_languages = ("zh", "ja", "th")

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        intent_tokenization_flag: bool = option(False, "Split intent names too, for classifiers that use their words.")
        intent_split_symbol: str = option("_", "Where intent names are split.")
        token_pattern: str | None = option(None, "Splits every token again, into the matches of this pattern.")
        prefix_separator_symbol: str | None = option(None, "Where prefixes of labels end.")

    config: Config

    def apply(self, messages: Messages) -> TokenizedMessages:
        """Messages of n texts -> the same with their tokens."""
        return TokenizedMessages.of(messages, Tokens.of([self._tokens(text) for text in messages.texts]))

    def _tokens(self, text: str) -> list[Token]:
        tokens = tokenize(text)
        if self.config.token_pattern is None:
            return tokens
        pattern = re.compile(self.config.token_pattern)
        return [piece for token in tokens for piece in _pieces(token, pattern)]


def tokenize(text: str) -> list[Token]:
    """The words of a text as (word, start, end). A text of punctuation alone is one word; an empty one has none."""
    words = [word for word in (_EMOJI.sub("", word) for word in _SPLIT.sub(" ", text).split()) if word]
    if not words and text.strip():
        return [(text, 0, len(text))]
    tokens = []
    position = 0
    for word in words:
        start = text.find(word, position)
        if start < 0:
            continue  # Emoji stood inside it.
        position = start + len(word)
        tokens.append((word, start, position))
    return tokens


def _pieces(token: Token, pattern: re.Pattern[str]) -> list[Token]:
    word, start, _ = token
    found = [(match.group(), start + match.start(), start + match.end()) for match in pattern.finditer(word)]
    return [piece for piece in found if piece[0]] or [token]
