"""SpacyTokenizer: the tokens of a spaCy model, with their lemmas and parts of speech. RASA.md 5.2."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.assistant.data.messages import Messages, Token, TokenizedMessages, Tokens
from graphbuild.assistant.nlu.pretrained.spacy import SpacyModel, open_spacy
from graphbuild.assistant.nlu.remembering import tokens_by_message
from graphbuild.assistant.nlu.tokenizers.tokenizing import Note, TokenizerOptions, label_words, tokens_of
from graphbuild.contract.component import Component


class SpacyTokenizer(Component):
    """Splits texts as a spaCy model does, and keeps lemma and part of speech of each word."""

    kind = "tokenizer"
    requires = ("spacy",)
    extra = "spacy"
    remembers = "messages"

    @dataclass(frozen=True)
    class Config(TokenizerOptions):
        """Options, with Rasa's names and defaults."""

    config: Config

    def apply(self, messages: Messages, model: SpacyModel) -> TokenizedMessages:
        """Messages of n texts -> the same with their tokens, in lower case unless the model sees upper case."""
        tokens = tokens_by_message(self.context.memory, messages, lambda new: self._tokens(new, model))
        return TokenizedMessages.of(messages, tokens, label_words(messages, self.config))

    def _tokens(self, messages: Messages, model: SpacyModel) -> Tokens:
        nlp = open_spacy(model, self.context.project)
        rows: list[list[Token]] = []
        notes: list[list[Note]] = []
        for text in messages.texts:
            words = [word for word in nlp(model.seen(text), disable=["ner"]) if word.text.strip()]
            rows.append([(word.text, word.idx, word.idx + len(word.text)) for word in words])
            notes.append([Note(word.lemma_, word.tag_) for word in words])
        return tokens_of(rows, self.config, notes)
