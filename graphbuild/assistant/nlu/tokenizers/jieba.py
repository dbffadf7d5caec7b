"""JiebaTokenizer: Chinese words, found by the library jieba and dictionaries of the project. RASA.md 5.2."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar, Self

from graphbuild.assistant.data.messages import Messages, TokenizedMessages
from graphbuild.assistant.nlu.tokenizers.tokenizing import TokenizerOptions, tokenized
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.component import Component, Helper, Named, Options
from graphbuild.contract.options import OptionProblem, option
from graphbuild.contract.source import SourceTree


@dataclass(frozen=True)
class JiebaWords(JsonArtifact):
    """Words of dictionaries as jieba reads them, a line each: `word [frequency] [tag]`."""

    type_name: ClassVar[str] = "JiebaWords.v1"
    lines: tuple[str, ...] = ()

    def to_plain(self) -> Any:
        return list(self.lines)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple(str(line) for line in plain))


class JiebaDictionary(Component):
    """Reads dictionaries for JiebaTokenizer: all files of a folder."""

    kind = "importer"

    @dataclass(frozen=True)
    class Config(Options):
        """Where they are."""

        path: str | None = option(None, "A folder of dictionaries, or one file.")

    config: Config

    @classmethod
    def named(cls, config: Config, project: Path) -> Named:
        if config.path is None:
            return Named()
        if not (project / config.path).exists():
            what = f"there is no file or folder `{config.path}`"
            return Named(missing=(OptionProblem(("path",), what, "it is what `dictionary_path` names"),))
        return Named(reads=(config.path,))

    def apply(self, source: SourceTree | None = None) -> JiebaWords:
        """Their lines, file by file in the order of the files' names."""
        files = source.files.values() if source is not None else ()
        lines = [line.strip() for file in files for line in file.read_text().splitlines()]
        return JiebaWords(tuple(line for line in lines if line))


class JiebaTokenizer(Component):
    """Splits Chinese texts into words with jieba."""

    kind = "tokenizer"
    requires = ("jieba",)
    extra = "jieba"

    @dataclass(frozen=True)
    class Config(TokenizerOptions):
        """Options, with Rasa's names and defaults."""

        dictionary_path: str | None = option(None, "A folder of dictionaries of your own.")

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        return {"words": Helper("JiebaDictionary", {"path": config.dictionary_path})}

    def apply(self, messages: Messages, words: JiebaWords) -> TokenizedMessages:
        """Messages of n texts -> the same with their tokens."""
        cut = _tokenizer(words.lines).tokenize
        rows = [[(word, start, end) for word, start, end in cut(text) if word.strip()] for text in messages.texts]
        return tokenized(messages, rows, self.config)


@lru_cache(maxsize=2)
def _tokenizer(lines: tuple[str, ...]) -> Any:
    """A tokenizer of its own, so that one project's words never reach another's.

    Made without jieba's cache, which lies in a folder that every user of the machine may write to.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.WARNING)
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    if lines:
        made.load_userdict(StringIO("\n".join(lines)))
    return made
