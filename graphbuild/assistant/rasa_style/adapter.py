"""Adapter: a class in Rasa's style as a component of ours, wired by its type, with the options that it has.

`create` and `train` make a state of the files that the class writes; `load` and its other methods work on views of our
columns. Random numbers are drawn from the action's seed. The operations by type are in nlu_adapter and policy_adapter.
"""

from __future__ import annotations

import importlib.util
import keyword
import random
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import make_dataclass
from functools import lru_cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np

from graphbuild.assistant.rasa_style.engine import (
    ComponentType,
    ExecutionContext,
    GraphComponent,
    ModelStorage,
    Resource,
    registered,
)
from graphbuild.assistant.rasa_style.nlu import EntityExtractorMixin, IntentClassifier, Tokenizer, _Featurizer
from graphbuild.assistant.rasa_style.policy import Policy
from graphbuild.assistant.rasa_style.resource import RasaResource
from graphbuild.contract.component import Component, Named, Options
from graphbuild.contract.options import OptionProblem, option, to_plain
from graphbuild.contract.temporaries import new_folder, temporary_folder
from graphbuild.errors import ComponentError, Problem

TOKENIZER, FEATURIZER, CLASSIFIER, EXTRACTOR, POLICY = "tokenizer", "featurizer", "classifier", "extractor", "policy"
_BY_TYPE = {
    ComponentType.MESSAGE_TOKENIZER: TOKENIZER,
    ComponentType.MESSAGE_FEATURIZER: FEATURIZER,
    ComponentType.INTENT_CLASSIFIER: CLASSIFIER,
    ComponentType.ENTITY_EXTRACTOR: EXTRACTOR,
    ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT: POLICY,
    ComponentType.POLICY_WITH_END_TO_END_SUPPORT: POLICY,
}
_BY_BASE = (
    (Tokenizer, TOKENIZER),
    (_Featurizer, FEATURIZER),
    (IntentClassifier, CLASSIFIER),
    (EntityExtractorMixin, EXTRACTOR),
    (Policy, POLICY),
)
_CHOSEN = "featurizers"
_DISPLAY_ONLY = ("alias",)
"""Options that change nothing but what others call it."""


class Adapted(Component):
    """Base of what a class in Rasa's style becomes."""

    style: ClassVar[Any]
    """The class."""

    def __init__(self, config: Any = None, context: Any = None) -> None:
        super().__init__(config, context)
        self._made: tuple[RasaResource | None, Any] | None = None

    @classmethod
    def named(cls, config: Any, project: Path) -> Named:  # noqa: ARG003 - nothing of it is in the project
        """The packages whose modules the class says that it imports."""
        modules = [str(one).partition(".")[0] for one in cls.style.required_packages()]
        missing = [name for name in modules if importlib.util.find_spec(name) is None]
        if missing:
            what = f"`{cls.__name__}` needs {', '.join(f'`{name}`' for name in missing)}, which cannot be imported"
            return Named(missing=(OptionProblem((), what, "install what it says in `required_packages`"),))
        known = packages_distributions() if modules else {}
        return Named(distributions=tuple(sorted({one for name in modules for one in known.get(name, [])})))

    def learnt(self, *arguments: Any, **named: Any) -> RasaResource:
        """Trains a new one with some arguments -> the files that it wrote."""
        self._draw()
        with temporary_folder() as folder:
            storage, resource = ModelStorage(folder), Resource(type(self).__name__)
            made = self.style.create(self._config(), storage, resource, self._execution(resource))
            said = made.train(*arguments, **named)
            name = said.name if isinstance(said, Resource) else resource.name
            place = folder / name
            return RasaResource.of_folder(place) if place.is_dir() else RasaResource()

    def loaded(self, state: RasaResource | None) -> Any:
        """The trained one; the same again for the same state."""
        self._draw()
        if self._made is None or self._made[0] is not state:
            folder = new_folder(tempfile.gettempdir())
            storage, resource = ModelStorage(Path(folder)), Resource(type(self).__name__)
            if state is not None:
                with storage.write_to(resource) as place:
                    state.write_to(place)
            made = self.style.load(self._config(), storage, resource, self._execution(resource))
            if made is None:
                raise ComponentError(Problem(f"`{type(self).__name__}.load` gave nothing"))
            # What it loaded may read its files later.
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._made = (state, made)
        return self._made[1]

    def _config(self) -> dict[str, Any]:
        config = to_plain(self.config)
        # The wiring has chosen among featurizers already: whatever features there are, are those.
        return {**config, _CHOSEN: []} if config.get(_CHOSEN) else config

    @staticmethod
    def _execution(resource: Resource) -> ExecutionContext:
        return ExecutionContext(node_name=resource.name, model_id=resource.name)

    def _draw(self) -> None:
        """Begins the random numbers of Python and numpy anew, so that the seed decides what they are."""
        random.seed(self.context.seed)
        np.random.seed(self.context.seed % 2**32)


def component_of(style: type[GraphComponent]) -> type[Component]:
    """The component of ours that a class is. Raises ComponentError that says what it lacks."""
    return _component_of(cast(Any, style))


@lru_cache(maxsize=256)
def _component_of(style: Any) -> type[Component]:
    from graphbuild.assistant.rasa_style.nlu_adapter import nlu_base
    from graphbuild.assistant.rasa_style.policy_adapter import policy_base

    said = registered(style)
    if said is not None and (said.model_from is not None or ComponentType.MODEL_LOADER in said.types):
        hint = "write it as a component of graphbuild: docs/components.md"
        raise _wrong(style, "loads a model for others or uses one of a model loader, which is not adapted", hint)
    kinds = _kinds(style)
    learns = _learns(style)
    base = policy_base(learns=learns) if kinds == {POLICY} else nlu_base(kinds, learns=learns)
    if base is None:
        hint = (
            "derive from Tokenizer, DenseFeaturizer, SparseFeaturizer, IntentClassifier, EntityExtractorMixin or Policy"
        )
        raise _wrong(style, f"is {' and '.join(sorted(kinds)) or 'of no type that is known'}", hint)
    refused = style.not_supported_languages() or []
    body: Mapping[str, Any] = {
        "style": style,
        "kind": next(kind for _, kind in _BY_BASE if kind in kinds),
        "Config": _options(style),
        "not_for_languages": tuple(refused),
        "__module__": style.__module__,
        "__qualname__": style.__qualname__,
        "__doc__": style.__doc__ or "A component in Rasa's style.",
    }
    return cast(type[Component], type(style.__name__, (base,), dict(body)))


def _kinds(style: type) -> set[str]:
    said = registered(style)
    if said is not None and said.types:
        return {_BY_TYPE[one] for one in said.types}
    return {kind for base, kind in _BY_BASE if issubclass(style, base)}


def _learns(style: type) -> bool:
    said = registered(style)
    method = getattr(style, "train", None)
    return callable(method) and method is not Policy.train and (said is None or said.is_trainable)


def _options(style: type[GraphComponent]) -> type:
    """The options that `get_default_config` names, of any type."""
    defaults = style.get_default_config()
    wrong = [str(name) for name in defaults if not str(name).isidentifier() or keyword.iskeyword(str(name))]
    if wrong:
        raise _wrong(style, f"has options that are no names: {', '.join(wrong)}", None)
    hidden = {name for name in _DISPLAY_ONLY if name in defaults}
    fields: list[Any] = [
        (name, Any, option(_plain(value), display_only=name in hidden)) for name, value in defaults.items()
    ]
    if issubclass(style, _Featurizer) and "alias" not in defaults:
        fields.append(("alias", Any, option(None, "The name that `featurizers` lists know it by.", display_only=True)))
    return make_dataclass("Config", fields, bases=(Options,), frozen=True, namespace={"__module__": style.__module__})


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | set | frozenset) else value


def _wrong(style: type, what: str, hint: str | None) -> ComponentError:
    return ComponentError(Problem(f"`{style.__name__}` {what}", facts=(("in", style.__module__),), hint=hint))
