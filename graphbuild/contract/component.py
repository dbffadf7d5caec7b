"""Components: the classes that can be a node, and what their signatures say about ports.

A component has up to two pure operations. One that learns has `train(self, **inputs) -> State` and
`apply(self, state, **inputs) -> output`; one that doesn't has `apply(self, **inputs) -> output` alone. Ports are the
keyword parameters and their annotations: an Artifact type, `Sequence[T]` for a port that takes many, `T | None` with
a default for an optional one, SourceFile or SourceTree for what an importer reads. The return annotation is an
Artifact type (one output port, "output", or "state" for train) or a Ports dataclass (a port a field).

A `train` that can go on from an earlier training says so with a parameter `start: State | None = None`. It is no port:
no node fills it, but the state of a package that the user names. Beside it there may be `fits(self, start, **inputs)`
with some of the ports of `train`, best those that cost little to make: it raises DataError where the training would
refuse the state, and is run before anything trains.

Heavy libraries (TensorFlow, scikit-learn) are imported inside the operations, never at the head of a component's
module: planning imports that module, and must not pay for them (docs/decisions/0002).

Model: thinc's registry of layers, one file a layer, same parts in the same order.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Union, cast, get_args, get_origin, get_type_hints

from graphbuild.contract.artifact import Artifact, Ports
from graphbuild.contract.checkpoints import Checkpoints, NoCheckpoints
from graphbuild.contract.memory import Forgetful, Memory
from graphbuild.contract.operation import CHECK, MODEL, OUTPUT, START, STATE, Operation
from graphbuild.contract.options import OptionProblem
from graphbuild.contract.source import Mentions, SourceFile, SourceTree
from graphbuild.errors import ComponentError, Problem

__all__ = [
    "CHECK",
    "MODEL",
    "OUTPUT",
    "START",
    "STATE",
    "Component",
    "Context",
    "Helper",
    "InputPort",
    "Named",
    "Operation",
    "Options",
    "Signature",
    "has_fits",
    "has_holdings",
    "has_mentions",
    "is_trainable",
    "method_of",
    "signature",
    "state_type",
]


@dataclass(frozen=True)
class Options:
    """Base of every component's Config: frozen, with a default for each field."""


def _ignore_progress(done: int, total: int, facts: Mapping[str, float]) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Context:
    """What an action is told beside its inputs. Only the seed may change the result."""

    seed: int = 0
    threads: int = 1
    progress: Callable[[int, int, Mapping[str, float]], None] = _ignore_progress
    """Called as (steps done, steps in all, facts such as {"loss": 0.3}); long trainings call it once an epoch."""
    project: Path = Path()
    """The folder that relative paths among the options begin at."""
    memory: Memory = field(default_factory=Forgetful)
    """Earlier results by row, of a component that `remembers`."""
    checkpoints: Checkpoints = field(default_factory=NoCheckpoints)
    """What a long training was when it was killed, and where it keeps what it is."""


@dataclass(frozen=True)
class Helper:
    """A node that a component adds for an input port that its recipe leaves open."""

    uses: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Resources:
    """What an action takes of the machine that it runs on, where there are several: no result depends on it."""

    memory: int = 0
    """Bytes; 0 where that is not known."""
    threads: int = 1
    gpus: int = 0


@dataclass(frozen=True)
class Named:
    """What a node's options name that its result depends on too."""

    reads: tuple[str, ...] = ()
    """Files and folders for the source port, where the recipe itself says no `reads`. `WORD | `: if it is there."""
    distributions: tuple[str, ...] = ()
    """Like `requires`, for this node alone; they may be absent."""
    missing: tuple[OptionProblem, ...] = ()
    """What is not there and cannot be done without: told where the node is needed."""


class Component:
    """Base of every component. Subclasses set `kind`, may set the rest, and write the operations."""

    kind: ClassVar[str] = "component"
    version: ClassVar[int] = 1
    """Raised when the same inputs give another result although the code version cannot see why."""
    requires: ClassVar[tuple[str, ...]] = ()
    """Distributions (as on PyPI) whose versions the result depends on; they enter the action key."""
    environment: ClassVar[tuple[str, ...]] = ()
    """Variables of the environment that the result depends on; those that are set enter the action key.

    One that is empty must mean the same as one that is not set."""
    extra: ClassVar[str | None] = None
    """The extra of graphbuild that installs them, where they are optional."""
    suffixes: ClassVar[tuple[str, ...]] = ()
    """Endings of the files that `reads` picks up in a folder; all when empty."""
    missing_hint: ClassVar[str | None] = None
    """What to do when there is nothing at `reads`."""
    runtime: ClassVar[Mapping[str, str]] = {}
    """Output ports whose value is given from outside when the package is used: port -> name of the input."""
    not_for_languages: ClassVar[tuple[str, ...]] = ()
    instead: ClassVar[str | None] = None
    """The component that those languages have."""
    waits: ClassVar[bool] = False
    """Whether the operations mostly wait for another program, so that threads run them side by side."""
    training_threads: ClassVar[int] = 1
    """How many threads a training computes in, where no option `num_threads` says so: for `resources`."""
    beside: ClassVar[tuple[type[Artifact], ...]] = ()
    """What packages keep beside the component of a config.yml, for who uses them: types that its recipe makes."""
    remembers: ClassVar[str | None] = None
    """The input port whose rows `apply` treats one by one, where that is worth remembering: docs/hashing.md."""

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Any

    def __init__(self, config: Any = None, context: Context | None = None) -> None:
        self.config = type(self).Config() if config is None else config
        self.context = context or Context()

    @classmethod
    def helpers(cls, config: Any) -> Mapping[str, Helper]:  # noqa: ARG003 - for subclasses
        """Nodes for input ports that the recipe leaves open: port -> Helper. None by default."""
        return {}

    @classmethod
    def resources(cls, config: Any, operation: Operation) -> Resources:
        """What an operation takes of a machine. By default a training has the threads that its options or class say."""
        if operation is not Operation.TRAIN:
            return Resources()
        return Resources(threads=getattr(config, "num_threads", None) or cls.training_threads)

    @classmethod
    def named(cls, config: Any, project: Path) -> Named:  # noqa: ARG003 - for subclasses
        """What the options name that the result depends on too. Nothing by default. Loads nothing heavy."""
        return Named()

    @classmethod
    def mentions(cls, content: bytes, suffix: str) -> Mentions:  # noqa: ARG003 - for subclasses
        """What a source file of this content names that its meaning depends on too. Nothing by default.

        Whatever is named here is part of the source's digest. It may name too much, never too little.
        """
        return Mentions()

    @classmethod
    def holds(cls, content: bytes, suffix: str) -> frozenset[str]:  # noqa: ARG003 - for subclasses
        """What a source file of this content has that other nodes are there for alone, by name. Nothing by default.

        A node that says so (`only_for`) is in a graph only where some file of the project holds it.
        """
        return frozenset()


@dataclass(frozen=True)
class InputPort:
    """A named input: its type, whether it takes many producers, and whether it may stay open."""

    name: str
    type: type
    many: bool = False
    optional: bool = False

    @property
    def is_source(self) -> bool:
        """Whether it is filled from the project's files and not from another node."""
        return self.type in (SourceFile, SourceTree)


@dataclass(frozen=True)
class Signature:
    """The ports of one operation."""

    inputs: Mapping[str, InputPort]
    outputs: Mapping[str, type[Artifact]]
    runtime: Mapping[str, str] = field(default_factory=dict)
    start: InputPort | None = None
    """Of a `train` that can go on from an earlier one: takes the state that it returned."""

    @property
    def source(self) -> InputPort | None:
        """The port that reads the project's files, if there is one."""
        return next((port for port in self.inputs.values() if port.is_source), None)


def has_mentions(component: type[Component]) -> bool:
    """Whether the files that the component reads may depend on more than their content."""
    return component.mentions.__func__ is not Component.mentions.__func__  # type: ignore[attr-defined]


def has_holdings(component: type[Component]) -> bool:
    """Whether the files that the component reads may hold what other nodes are there for."""
    return component.holds.__func__ is not Component.holds.__func__  # type: ignore[attr-defined]


def is_trainable(component: type[Component]) -> bool:
    """Whether the component learns a state."""
    return callable(getattr(component, "train", None))


def signature(component: type[Component], operation: Operation) -> Signature:
    """The ports of an operation, read from its annotations. Raises ComponentError with what is wrong with them."""
    return _signature(cast(Any, component), operation)


@lru_cache(maxsize=1024)
def _signature(component: Any, operation: Operation) -> Signature:
    name = method_of(operation)
    method = getattr(component, name, None)
    if method is None:
        raise _wrong(component, f"has no `{name}` operation")
    try:
        hints = get_type_hints(method)
    except NameError as error:
        raise _wrong(component, f"has an annotation that cannot be resolved: {error}") from error
    inputs = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if name == "self" or (name == STATE and operation is Operation.APPLY and is_trainable(component)):
            continue
        if name not in hints:
            raise _wrong(component, f"has no annotation for `{name}` of `{method.__name__}`")
        inputs[name] = _input_port(component, name, hints[name], parameter)
    outputs, runtime = _outputs(component, operation, hints.get("return"))
    start = _start(inputs.get(START), outputs) if operation is Operation.TRAIN else None
    if operation is Operation.FITS:
        start = inputs.get(START)
    if start is not None:
        del inputs[START]
    return Signature(inputs, outputs, {**component.runtime, **runtime}, start)


def method_of(operation: Operation) -> str:
    """What the operation is called in a component."""
    return operation.value if operation in (Operation.TRAIN, Operation.FITS) else Operation.APPLY.value


def has_fits(component: type[Component]) -> bool:
    """Whether it can be told before a training that it will refuse to go on."""
    return callable(getattr(component, Operation.FITS.value, None))


def state_type(component: type[Component]) -> type[Artifact]:
    """The artifact type that `train` returns. Raises ComponentError."""
    return signature(component, Operation.TRAIN).outputs[STATE]


def _start(port: InputPort | None, outputs: Mapping[str, type[Artifact]]) -> InputPort | None:
    """The port, if it is for an earlier state; another that happens to have this name is one like any other."""
    return port if port is not None and port.optional and not port.many and port.type is outputs[STATE] else None


def _input_port(component: type[Component], name: str, hint: Any, parameter: inspect.Parameter) -> InputPort:
    optional = parameter.default is not inspect.Parameter.empty
    if get_origin(hint) in (Union, types.UnionType):
        plain = [arm for arm in get_args(hint) if arm is not type(None)]
        if len(plain) != 1:
            raise _wrong(component, f"port `{name}` must have one type")
        hint = plain[0]
    many = get_origin(hint) is Sequence
    if many:
        (hint,) = get_args(hint)
    if not (isinstance(hint, type) and issubclass(hint, Artifact | SourceFile | SourceTree)):
        raise _wrong(component, f"port `{name}` is annotated {hint!r}, which is no artifact type")
    return InputPort(name, hint, many, optional)


def _outputs(
    component: type[Component], operation: Operation, hint: Any
) -> tuple[dict[str, type[Artifact]], Mapping[str, str]]:
    if isinstance(hint, type) and issubclass(hint, Artifact):
        return {STATE if operation is Operation.TRAIN else OUTPUT: hint}, {}
    if isinstance(hint, type) and issubclass(hint, Ports) and is_dataclass(hint):
        if operation is Operation.TRAIN:
            raise _wrong(component, "must return one artifact, its state, from `train`")
        types_by_field = get_type_hints(hint)
        return {item.name: types_by_field[item.name] for item in fields(hint)}, hint.runtime
    raise _wrong(component, f"must annotate what `{operation}` returns with an artifact type or Ports")


def _wrong(component: type[Component], what: str) -> ComponentError:
    return ComponentError(Problem(f"component {component.__name__} {what}", facts=(("in", component.__module__),)))
