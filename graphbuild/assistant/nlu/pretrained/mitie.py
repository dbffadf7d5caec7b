"""MitieNLP: finds MITIE's word features, for the components that use them. RASA.md 5.2.

https://github.com/mit-nlp/MITIE/blob/master/mitielib/mitie.py is the library's interface.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from graphbuild.assistant.nlu.pretrained.reference import Reference, identity_of
from graphbuild.contract.component import MODEL, Component, Named, Options
from graphbuild.contract.options import OptionProblem, option
from graphbuild.contract.source import SourceTree
from graphbuild.errors import ComponentError, Problem


@dataclass(frozen=True)
class MitieModel(Reference):
    """Which file of word features (total_word_feature_extractor.dat)."""

    type_name: ClassVar[str] = "MitieModel.v1"


class MitieNLP(Component):
    """Finds the word features that MitieFeaturizer and the other MITIE components use."""

    kind = MODEL
    requires = ("mitie",)
    extra = "mitie"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        model: str = option("data/total_word_feature_extractor.dat", "The file of word features.")

    config: Config

    @classmethod
    def named(cls, config: Config, project: Path) -> Named:
        if (project / config.model).is_file():
            return Named(reads=(config.model,))
        hint = "MITIE's models are released at github.com/mit-nlp/MITIE"
        return Named(missing=(OptionProblem(("model",), f"there is no file `{config.model}`", hint),))

    def apply(self, files: SourceTree | None = None) -> MitieModel:
        """The file's name and identity. It is not loaded."""
        identity = identity_of(self.config.model, files)
        if identity is None:
            raise ComponentError(Problem(f"there is no file `{self.config.model}`"))
        return MitieModel(self.config.model, identity)


def open_mitie(model: MitieModel, project: Path) -> Any:
    """MITIE's feature extractor, loaded once for all components of a process."""
    return _load(model.place(project), model.identity)


@lru_cache(maxsize=1)
def _load(place: str, identity: str) -> Any:  # noqa: ARG001 - another identity is another model
    import mitie

    return mitie.total_word_feature_extractor(place)
