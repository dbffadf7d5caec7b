"""MitieTokenizer: the tokens of the library MITIE. RASA.md 5.2.

It counts in bytes of UTF-8 and ends at a zero byte; we count characters and go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.messages import Messages, Token, TokenizedMessages
from graphbuild.assistant.nlu.tokenizers.tokenizing import TokenizerOptions, tokenized
from graphbuild.contract.component import Component


class MitieTokenizer(Component):
    """Splits texts into words with MITIE."""

    kind = "tokenizer"
    requires = ("mitie",)
    extra = "mitie"

    @dataclass(frozen=True)
    class Config(TokenizerOptions):
        """Options, with Rasa's names and defaults."""

    config: Config

    def apply(self, messages: Messages) -> TokenizedMessages:
        """Messages of n texts -> the same with their tokens."""
        import mitie

        find = mitie.tokenize_with_offsets
        return tokenized(messages, [list(_tokens(text, find)) for text in messages.texts], self.config)


def _tokens(text: str, find: Callable[[bytes], list[tuple[Any, int]]]) -> Iterator[Token]:
    encoded = [letter.encode("utf-8", "replace") for letter in text.replace("\0", " ")]
    # Of each byte, and of the end, the character that it belongs to.
    character = [at for at, letter in enumerate(encoded) for _ in letter] + [len(text)]
    for found, offset in find(b"".join(encoded)):
        word = found if isinstance(found, bytes) else str(found).encode("utf-8", "replace")
        start, end = character[offset], character[offset + len(word)]
        yield text[start:end], start, end
