"""SentenceEncoder: finds a pretrained model of the library sentence-transformers.

https://sbert.net. A model is a folder of the project, or a name on the hub, which is downloaded once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from graphbuild.assistant.nlu.pretrained.batches import PROBES, Vectors, in_batches, steady_size
from graphbuild.assistant.nlu.pretrained.hub import from_hub
from graphbuild.assistant.nlu.pretrained.reference import Reference, identity_of, named_model
from graphbuild.contract.component import MODEL, Component, Named, Options
from graphbuild.contract.options import option
from graphbuild.contract.source import SourceTree

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"


@dataclass(frozen=True)
class SentenceEncoderReference(Reference):
    """Which sentence encoder."""

    type_name: ClassVar[str] = "SentenceEncoderReference.v1"


class SentenceEncoder(Component):
    """Finds the sentence encoder of SentenceEncoderFeaturizer: a folder, or a name on the hub."""

    kind = MODEL
    requires = ("sentence-transformers", "torch", "transformers")
    extra = "sentence-transformers"

    @dataclass(frozen=True)
    class Config(Options):
        """Options of SentenceEncoderFeaturizer."""

        model: str = option(DEFAULT_MODEL, "A folder, or a name on the hub.")
        cache_dir: str | None = option(None, "Where downloads are kept.", display_only=True)

    config: Config

    @classmethod
    def named(cls, config: Config, project: Path) -> Named:
        return named_model(config.model, project) or Named(reads=(f"{config.model} | ",))

    def apply(self, files: SourceTree | None = None) -> SentenceEncoderReference:
        """The model's name and identity; it is downloaded if need be."""
        name = self.config.model
        identity = identity_of(name, files)
        if identity is None:
            identity = from_hub(name, lambda: _revision(_load(name, None, self.config.cache_dir)))
        return SentenceEncoderReference(name, identity)


class Encoder:
    """A loaded model: texts in, vectors out."""

    def __init__(self, model: Any) -> None:
        self.model = model
        backwards = [" ".join(probe.split()[::-1]) for probe in PROBES]
        self._size = steady_size(self._run, list(zip(PROBES, backwards, strict=True)))

    def encode(self, texts: Sequence[str], told: Callable[[int, int], None]) -> Vectors:
        """N texts -> [n, d]. `told` hears how many are done."""
        # A batch of texts is padded to the longest: those of one length are not padded.
        lengths = [len(self.model.tokenizer(text)["input_ids"]) for text in texts]
        made = in_batches(texts, lengths, self._run, self._size, told)
        return np.stack(made) if made else self._run([""])[:0]

    def _run(self, batch: list[str]) -> Vectors:
        rows = self.model.encode(batch, batch_size=len(batch), show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32)


def open_sentence_encoder(model: SentenceEncoderReference, project: Path, cache_dir: str | None) -> Encoder:
    """The model, loaded once for all components of a process."""
    place = model.place(project)
    if place != model.name:
        return _load(place, None, None, model.identity)
    return from_hub(model.name, lambda: _load(model.name, model.identity, cache_dir))


@lru_cache(maxsize=1)
def _load(
    place: str,
    revision: str | None,
    cache_dir: str | None,
    identity: str = "",  # noqa: ARG001 - another identity is another model
) -> Encoder:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    # The number of threads changes the last bits of a vector.
    torch.set_num_threads(1)
    return Encoder(SentenceTransformer(place, device="cpu", revision=revision, cache_folder=cache_dir))


def _revision(encoder: Encoder) -> str:
    return str(encoder.model[0].auto_model.config._commit_hash)  # noqa: SLF001 - there is no other way to ask
