"""What all tokenizers share: Rasa's options (RASA.md 5.2), and how the words found in texts become an output."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from graphbuild.assistant.data.messages import Coded, Messages, Token, TokenizedMessages, Tokens
from graphbuild.contract.component import Options
from graphbuild.contract.options import option

_RETRIEVAL = "/"
"""Between an intent and the key of its response."""


@dataclass(frozen=True)
class TokenizerOptions(Options):
    """Options, with Rasa's names and defaults."""

    intent_tokenization_flag: bool = option(False, "Split intent names too, for classifiers that use their words.")
    intent_split_symbol: str = option("_", "Where intent names are split.")
    token_pattern: str | None = option(None, "Splits every token again, into the matches of this pattern.")
    prefix_separator_symbol: str | None = option(None, "Where the prefix of an intent name ends; it is split apart.")

    def __post_init__(self) -> None:
        for name in ("intent_split_symbol", "prefix_separator_symbol"):
            if getattr(self, name) == "":
                raise ValueError(f"`{name}` is empty")
        try:
            re.compile(self.token_pattern or "")
        except re.error as error:
            raise ValueError(f"`token_pattern` is no regular expression: {error}") from error


@dataclass(frozen=True)
class Note:
    """What a tokenizer knows of a token beside its text."""

    lemma: str
    tag: str


def tokenized(messages: Messages, rows: Sequence[Sequence[Token]], options: TokenizerOptions) -> TokenizedMessages:
    """Messages with the tokens found in each, split again and with their intents' words as the options say."""
    return TokenizedMessages.of(messages, tokens_of(rows, options), label_words(messages, options))


def tokens_of(
    rows: Sequence[Sequence[Token]], options: TokenizerOptions, notes: Sequence[Sequence[Note]] | None = None
) -> Tokens:
    """The tokens found in each text, split again as the options say.

    `notes` are of the tokens as they were found; the pieces of one token share its note.
    """
    numbered = [list(enumerate(row)) for row in rows]
    if options.token_pattern is not None:
        pattern = re.compile(options.token_pattern)
        numbered = [[(i, piece) for i, token in row for piece in _pieces(token, pattern)] for row in numbered]
    tokens = Tokens.of([[token for _, token in row] for row in numbered])
    if notes is None:
        return tokens
    found = [notes[message][i] for message, row in enumerate(numbered) for i, _ in row]
    lemmas, tags = Coded.of([note.lemma for note in found]), Coded.of([note.tag for note in found])
    return replace(tokens, lemmas=lemmas, tags=tags)


def split_label(label: str, options: TokenizerOptions) -> tuple[str, ...]:
    """The words of an intent's name: `main!faq/ask_name` is main, faq, ask, name with the prefix separator `!`."""
    if not options.intent_tokenization_flag:
        return (label,)
    parts = [label] if options.prefix_separator_symbol is None else label.split(options.prefix_separator_symbol)
    parts = list(itertools.chain.from_iterable(part.split(_RETRIEVAL) for part in parts))
    words = itertools.chain.from_iterable(part.split(options.intent_split_symbol) for part in parts)
    return tuple(word for word in words if word) or (label,)


def label_words(messages: Messages, options: TokenizerOptions) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Words of the names of all intents, where the options have them split."""
    if not options.intent_tokenization_flag:
        return ()
    labels = sorted({*messages.intents.names, *messages.response_keys.names})
    return tuple((label, split_label(label, options)) for label in labels)


def _pieces(token: Token, pattern: re.Pattern[str]) -> Iterator[Token]:
    """What the pattern finds in a token, its group where it has just one, as in `re.findall`; else the token."""
    word, start, _ = token
    group = 1 if pattern.groups == 1 else 0
    found = [match for match in pattern.finditer(word) if match.group(group)]
    for match in found:
        yield match.group(group), start + match.start(group), start + match.end(group)
    if not found:
        yield token
