"""What Rasa's engine gives to a component: a resource, a storage for it, a context; and how classes are registered.

RASA.md 2.1. `GraphComponent` says by itself which component of ours it is; the engine knows nothing of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

_Class = TypeVar("_Class", bound=type)
_REGISTERED = "registered_as"


@dataclass(frozen=True)
class Resource:
    """A name for what a component keeps."""

    name: str


class ModelStorage:
    """Folders of files, one a resource."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def write_to(self, resource: Resource) -> Iterator[Path]:
        """The folder of a resource, to write files into."""
        folder = self._folder / resource.name
        folder.mkdir(parents=True, exist_ok=True)
        yield folder

    @contextmanager
    def read_from(self, resource: Resource) -> Iterator[Path]:
        """The folder of a resource. Raises ValueError where nothing was written."""
        folder = self._folder / resource.name
        if not folder.is_dir():
            raise ValueError(f"there is no resource `{resource.name}`: nothing was written for it in training")
        yield folder


@dataclass(frozen=True)
class ExecutionContext:
    """Where a component is used."""

    node_name: str | None = None
    model_id: str | None = None
    graph_schema: Any = None
    should_add_diagnostic_data: bool = False
    is_finetuning: bool = False


class ComponentType(Enum):
    """Where in Rasa's default recipe a component may stand."""

    MESSAGE_TOKENIZER = 0
    MESSAGE_FEATURIZER = 1
    INTENT_CLASSIFIER = 2
    ENTITY_EXTRACTOR = 3
    POLICY_WITHOUT_END_TO_END_SUPPORT = 4
    POLICY_WITH_END_TO_END_SUPPORT = 5
    MODEL_LOADER = 6


@dataclass(frozen=True)
class Registered:
    """What the decorator said of a class."""

    types: tuple[ComponentType, ...] = ()
    is_trainable: bool = False
    model_from: str | None = None


_Type = ComponentType  # the class below has an attribute of the name


class DefaultV1Recipe:
    """Rasa's default recipe, as far as components name it."""

    name = "default.v1"
    ComponentType = ComponentType

    @classmethod
    def register(
        cls,
        component_types: _Type | Sequence[_Type],
        is_trainable: bool,
        model_from: str | None = None,
    ) -> Callable[[_Class], _Class]:
        """Says of a class what it is; it stands in a config.yml by the path of its module all the same."""
        types = (component_types,) if isinstance(component_types, _Type) else tuple(component_types)

        def decorate(registered: _Class) -> _Class:
            setattr(registered, _REGISTERED, Registered(types, is_trainable, model_from))
            return registered

        return decorate


def registered(style: type) -> Registered | None:
    """What the decorator said of the class itself or of the closest of its bases; None without one."""
    found: Registered | None = getattr(style, _REGISTERED, None)
    return found


class GraphComponent:
    """Base of all components in Rasa's style."""

    @classmethod
    def __graphbuild_component__(cls) -> Any:
        """The component of ours that it is (contract.loading)."""
        from graphbuild.assistant.rasa_style.adapter import component_of

        return component_of(cls)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Any:
        """A new component. Raises NotImplementedError where a subclass has none."""
        raise NotImplementedError(f"`{cls.__name__}` has no `create`")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,  # noqa: ARG003 - Rasa's signature
    ) -> Any:
        """A trained one; a new one unless a subclass says more."""
        return cls.create(config, model_storage, resource, execution_context)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Options and their defaults."""
        return {}

    @classmethod
    def required_components(cls) -> list[type]:
        """Classes of which one must come before."""
        return []

    @staticmethod
    def supported_languages() -> list[str] | None:
        """All where it is None."""
        return None

    @staticmethod
    def not_supported_languages() -> list[str] | None:
        """None are refused where it is None."""
        return None

    @staticmethod
    def required_packages() -> list[str]:
        """Modules that it imports, and whose versions count."""
        return []
