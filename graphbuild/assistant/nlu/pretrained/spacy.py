"""SpacyNLP: finds a spaCy model, for the components that use it, and reads texts with it. RASA.md 5.2.

https://spacy.io/api/language. Each text is read alone: what spaCy says of a text among others may differ in the last
bits from what it says of it alone.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from graphbuild.assistant.nlu.pretrained.reference import Reference, identity_of, named_model
from graphbuild.contract.component import MODEL, Component, Named, Options
from graphbuild.contract.options import OptionProblem, option
from graphbuild.contract.source import SourceTree
from graphbuild.errors import ComponentError, Problem


@dataclass(frozen=True)
class SpacyModel(Reference):
    """Which spaCy model, and whether it gets to see upper case."""

    type_name: ClassVar[str] = "SpacyModel.v1"
    case_sensitive: bool = False

    def seen(self, text: str) -> str:
        """A text as the model gets it. Every character keeps its place."""
        if self.case_sensitive:
            return text
        return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


class SpacyNLP(Component):
    """Finds the spaCy model that SpacyTokenizer, SpacyFeaturizer and SpacyEntityExtractor use."""

    kind = MODEL
    requires = ("spacy",)
    extra = "spacy"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        model: str | None = option(None, "An installed model (en_core_web_md), or a folder that holds one.")
        case_sensitive: bool = option(False, "Let the model see upper case.")

    config: Config

    @classmethod
    def named(cls, config: Config, project: Path) -> Named:
        if config.model is None:
            problem = OptionProblem((), "`SpacyNLP` needs to know which model", "write `model: en_core_web_md`")
            return Named(missing=(problem,))
        hint = f"python -m spacy download {config.model}"
        what = f"there is no spaCy model `{config.model}`: no installed one, and no folder of the project"
        return named_model(config.model, project) or Named(missing=(OptionProblem(("model",), what, hint),))

    def apply(self, files: SourceTree | None = None) -> SpacyModel:
        """The model's name and identity. It is not loaded."""
        name = self.config.model or ""
        identity = identity_of(name, files)
        if identity is None:
            raise ComponentError(Problem(f"there is no spaCy model `{name}`"))
        return SpacyModel(name, identity, self.config.case_sensitive)


def open_spacy(model: SpacyModel, project: Path) -> Any:
    """The model, loaded once for all components of a process."""
    return _load(model.place(project), model.identity)


@lru_cache(maxsize=2)
def _load(place: str, identity: str) -> Any:  # noqa: ARG001 - another identity is another model
    import spacy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a model that another version of spaCy made
        return spacy.load(place, disable=["parser"])
