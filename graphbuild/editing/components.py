"""What components say of themselves to who types a recipe: a line, options with defaults and choices, ports."""

from __future__ import annotations

import enum
import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from graphbuild.contract import registry
from graphbuild.contract.component import InputPort, Operation, is_trainable, signature
from graphbuild.contract.options import default_of
from graphbuild.errors import GraphbuildError
from graphbuild.report.catalogue import component_document, first_line


@dataclass(frozen=True)
class KnownOption:
    """One option."""

    name: str
    type: str
    default: str
    """As JSON; `required` where there is none."""
    help: str
    choices: tuple[str, ...] = ()
    """The words that it may be, as YAML has them, where they are few."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Keys of one that is a mapping, with their defaults."""


@dataclass(frozen=True)
class KnownComponent:
    """One component."""

    name: str
    kind: str
    says: str
    """The first line of its docstring."""
    options: Mapping[str, KnownOption]
    ports: Mapping[str, InputPort]
    """Input ports that other nodes fill."""
    outputs: Mapping[str, type]
    is_of_text: bool = False
    """Whether it stands in the pipeline of an assistant."""


def known_component(uses: str | None, project: Path) -> KnownComponent | None:
    """The component that a recipe names; None where it cannot be loaded."""
    if not uses:
        return None
    try:
        return _known(cast(Any, registry.load(uses, project)), uses)
    except (GraphbuildError, RecursionError, ValueError):
        return None


def all_components(project: Path) -> Iterator[KnownComponent]:
    """Those that have a name of their own."""
    found = (known_component(name, project) for name in registry.catalogue())
    return (one for one in found if one is not None)


@lru_cache(maxsize=512)
def _known(component: Any, name: str) -> KnownComponent:
    document = component_document(name, component)
    hints = get_type_hints(component.Config, include_extras=True)
    defaults = {one.name: default_of(one) for one in fields(component.Config)}
    options = {
        one["name"]: KnownOption(
            one["name"],
            one["type"],
            one["default"],
            one["help"],
            tuple(dict.fromkeys(_choices(hints[one["name"]]))),
            _parts(defaults[one["name"]]),
        )
        for one in document["options"]
    }
    operations = [Operation.TRAIN, Operation.APPLY] if is_trainable(component) else [Operation.APPLY]
    inputs = {port.name: port for one in operations for port in signature(component, one).inputs.values()}
    return KnownComponent(
        name,
        component.kind,
        first_line(component),
        options,
        {name: port for name, port in inputs.items() if not port.is_source},
        dict(signature(component, Operation.APPLY).outputs),
        component.__module__.startswith("graphbuild.assistant.nlu") or name not in registry.catalogue(),
    )


def type_name(kind: type) -> str:
    """What a type of artifacts is called."""
    return str(getattr(kind, "type_name", "") or kind.__name__)


def _parts(default: Any) -> dict[str, str]:
    return (
        {str(key): json.dumps(value, default=str) for key, value in default.items()}
        if isinstance(default, dict)
        else {}
    )


def _choices(hint: Any) -> Iterator[str]:
    """The words that a value of a type may be; none for those that may be anything."""
    if hint is bool:
        yield from ("true", "false")
    elif hint is type(None):
        yield "null"
    elif isinstance(hint, type) and issubclass(hint, enum.Enum):
        yield from (str(one.value) for one in hint)
    elif get_origin(hint) is Literal:
        yield from (_word(one) for one in get_args(hint))
    elif get_origin(hint) in (Union, types.UnionType):
        for one in get_args(hint):
            yield from _choices(one)
    elif hasattr(hint, "__metadata__"):  # Annotated
        yield from _choices(get_args(hint)[0])


def _word(value: Any) -> str:
    words = {True: "true", False: "false", None: "null"}
    return words[value] if value is None or isinstance(value, bool) else str(value)
