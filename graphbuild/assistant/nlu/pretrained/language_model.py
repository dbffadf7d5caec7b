"""LanguageModel: finds a pretrained model of the library transformers, and turns words into vectors with it.

https://huggingface.co/docs/transformers. A model is a folder of the project, or a name on the hub, which is downloaded
once; its revision there is its identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.nlu.pretrained.batches import PROBES, Vectors, in_batches, steady_size
from graphbuild.assistant.nlu.pretrained.hub import from_hub
from graphbuild.assistant.nlu.pretrained.reference import Reference, identity_of, named_model
from graphbuild.contract.component import MODEL, Component, Named, Options
from graphbuild.contract.options import option
from graphbuild.contract.source import SourceTree

Family = Literal["bert", "gpt", "gpt2", "xlnet", "distilbert", "roberta", "camembert"]
DEFAULT_WEIGHTS: Mapping[str, str] = {
    "bert": "rasa/LaBSE",
    "gpt": "openai-gpt",
    "gpt2": "gpt2",
    "xlnet": "xlnet-base-cased",
    "distilbert": "distilbert-base-uncased",
    "roberta": "roberta-base",
    "camembert": "camembert-base",
}
_LONGEST = 512
"""Sub-tokens of a message, special ones among them; xlnet alone has no limit."""
_WITHOUT_LIMIT = ("xlnet",)
_WITH_PREFIX_SPACE = ("gpt2", "roberta")
"""Families whose words begin with the space before them."""


@dataclass(frozen=True)
class LanguageModelReference(Reference):
    """Which language model, and of which family."""

    type_name: ClassVar[str] = "LanguageModelReference.v1"
    family: str = "bert"


class LanguageModel(Component):
    """Finds the language model of LanguageModelFeaturizer: a folder, or a name on the hub."""

    kind = MODEL
    requires = ("transformers", "torch")
    extra = "transformers"

    @dataclass(frozen=True)
    class Config(Options):
        """Options of LanguageModelFeaturizer."""

        model_name: Family = option("bert", "The family of the model.")
        model_weights: str | None = option(None, "A folder, or a name on the hub.")
        cache_dir: str | None = option(None, "Where downloads are kept.", display_only=True)

        @property
        def name(self) -> str:
            """The model's name, the family's usual one where none is given."""
            return self.model_weights or DEFAULT_WEIGHTS[self.model_name]

    config: Config

    @classmethod
    def named(cls, config: Config, project: Path) -> Named:
        return named_model(config.name, project) or Named(reads=(f"{config.name} | ",))

    def apply(self, files: SourceTree | None = None) -> LanguageModelReference:
        """The model's name and identity; it is downloaded if need be."""
        name, family = self.config.name, self.config.model_name
        identity = identity_of(name, files)
        if identity is None:
            identity = from_hub(name, lambda: _revision(_load(name, family, None, self.config.cache_dir)))
        return LanguageModelReference(name, identity, family)


class Encoder:
    """A loaded model: words in, vectors out."""

    def __init__(self, tokenizer: Any, model: Any, family: str) -> None:
        self._tokenizer = tokenizer
        self._family = family
        self.model = model
        probes = [probe.split() for probe in PROBES]
        self._size = steady_size(self._run, [(self._read(words), self._read(words[::-1])) for words in probes])

    @property
    def width(self) -> int:
        """Length of a vector."""
        return int(self.model.config.hidden_size)

    def encode(
        self, texts: Sequence[Sequence[str]], told: Callable[[int, int], None]
    ) -> Iterator[tuple[Vectors, Vectors]]:
        """Of each text, given as words: vectors of its t words [t, d], and of all together [d].

        Words beyond what the model can take have zeros, as has a text without words. `told` hears how many are done.
        """
        rows = [row for row, words in enumerate(texts) if words]
        read = [self._read(texts[row]) for row in rows]
        states = in_batches(read, [len(one["input_ids"]) for one in read], self._run, self._size, told)
        made = {
            row: self._by_word(state, one, len(texts[row])) for row, one, state in zip(rows, read, states, strict=True)
        }
        for row, words in enumerate(texts):
            zeros = np.zeros((len(words), self.width), dtype=np.float32), np.zeros(self.width, dtype=np.float32)
            yield made.get(row, zeros)

    def _read(self, words: Sequence[str]) -> Any:
        """Sub-tokens of words, and whose they are."""
        limit = {} if self._family in _WITHOUT_LIMIT else {"truncation": True, "max_length": self._longest()}
        return self._tokenizer(list(words), is_split_into_words=True, **limit)

    def _run(self, batch: list[Any]) -> Vectors:
        """Texts of one length s -> [batch, s, d]."""
        import torch

        inputs = {name: torch.tensor([one[name] for one in batch]) for name in batch[0]}
        with torch.inference_mode():
            return np.asarray(self.model(**inputs).last_hidden_state.numpy(), dtype=np.float32)

    def _by_word(self, states: Vectors, read: Any, count: int) -> tuple[Vectors, Vectors]:
        """States [s, d] of the sub-tokens -> the mean of each word's [count, d], and the whole text's [d]."""
        owners = np.array([-1 if word is None else word for word in read.word_ids()], dtype=np.int64)
        vectors = np.zeros((count, states.shape[1]), dtype=np.float32)
        for word in np.unique(owners[owners >= 0]).tolist():
            vectors[word] = states[owners == word].mean(axis=0)
        return vectors, self._whole(states, owners)

    def _whole(self, states: Vectors, owners: NDArray[np.int64]) -> Vectors:
        """The vector of the classification token; the mean of the words' for families without one."""
        if self._family in ("gpt", "gpt2"):
            return np.asarray(states[owners >= 0].mean(axis=0), dtype=np.float32)
        return np.asarray(states[-1 if self._family == "xlnet" else 0], dtype=np.float32)

    def _longest(self) -> int:
        return min(_LONGEST, int(self._tokenizer.model_max_length))


def open_language_model(model: LanguageModelReference, project: Path, cache_dir: str | None) -> Encoder:
    """The model, loaded once for all components of a process."""
    place = model.place(project)
    if place != model.name:
        return _load(place, model.family, None, None, model.identity)
    return from_hub(model.name, lambda: _load(model.name, model.family, model.identity, cache_dir))


@lru_cache(maxsize=1)
def _load(place: str, family: str, revision: str | None, cache_dir: str | None, identity: str = "") -> Encoder:  # noqa: ARG001 - another identity is another model
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    # The number of threads changes the last bits of a vector.
    torch.set_num_threads(1)
    told: dict[str, Any] = {"revision": revision or "main", "cache_dir": cache_dir}
    spaced = {"add_prefix_space": True} if family in _WITH_PREFIX_SPACE else {}
    return Encoder(
        AutoTokenizer.from_pretrained(place, **told, **spaced), AutoModel.from_pretrained(place, **told).eval(), family
    )


def _revision(encoder: Encoder) -> str:
    return str(encoder.model.config._commit_hash)  # noqa: SLF001 - there is no other way to ask
