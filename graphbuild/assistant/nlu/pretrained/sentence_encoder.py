"""SentenceEncoder: finds a pretrained model of the library sentence-transformers.

https://sbert.net. A model is a folder of the project, or a name on the hub, which is downloaded once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

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


def open_sentence_encoder(model: SentenceEncoderReference, project: Path, cache_dir: str | None) -> Any:
    """The model, loaded once for all components of a process."""
    place = model.place(project)
    if place != model.name:
        return _load(place, None, None, model.identity)
    return from_hub(model.name, lambda: _load(model.name, model.identity, cache_dir))


@lru_cache(maxsize=1)
def _load(place: str, revision: str | None, cache_dir: str | None, identity: str = "") -> Any:  # noqa: ARG001 - another identity is another model
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    # The number of threads changes the last bits of a vector.
    torch.set_num_threads(1)
    return SentenceTransformer(place, device="cpu", revision=revision, cache_folder=cache_dir)


def _revision(encoder: Any) -> str:
    return str(encoder[0].auto_model.config._commit_hash)  # noqa: SLF001 - there is no other way to ask
