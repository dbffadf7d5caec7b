"""Program: a package's predict graph made runnable. Values in memory in, values out; nothing is built or kept.

Components are made once, with the options of the package; states are decoded once, when they are first needed.
Loading a package executes nothing of it: which class decodes and applies is decided by names of components and the
ports that these declare. Knows nothing of what the nodes do.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from graphbuild.contract.artifact import Artifact, Ports
from graphbuild.contract.component import OUTPUT, STATE, Component, Context, InputPort, Operation, signature, state_type
from graphbuild.contract.digest import Digest
from graphbuild.contract.options import read_options
from graphbuild.errors import ComponentError, PackageError, Problem
from graphbuild.execution.values import class_of
from graphbuild.graph.graph import Binding, PredictNode
from graphbuild.graph.plain import predict_from_plain
from graphbuild.package.components import Made, component_of
from graphbuild.package.package import Package, read_package

_Kind = TypeVar("_Kind", bound=Artifact)


class Output(NamedTuple):
    """An output of a node: what a program is asked for."""

    node: str
    port: str


class _Kept(NamedTuple):
    """An artifact of the package, and the class that decodes it."""

    digest: Digest
    kind: type[Artifact]


@dataclass(frozen=True)
class _Argument:
    """What an input port of a step is filled with, in order."""

    port: InputPort
    sources: tuple[Output | _Kept | str, ...]
    """Outputs of other steps, artifacts of the package, names of what is given at run time."""


@dataclass(frozen=True)
class _Step:
    """One node of the predict graph, ready to be applied."""

    node: PredictNode
    component: Component
    state: _Kept | None
    arguments: tuple[_Argument, ...]
    outputs: Mapping[str, type[Artifact]]

    @property
    def needs(self) -> list[str]:
        """The nodes whose outputs it takes."""
        return [one.node for argument in self.arguments for one in argument.sources if isinstance(one, Output)]


class Program:
    """A package at work. Safe for threads, as far as its components are."""

    def __init__(self, package: Package, steps: Mapping[str, _Step], place: str) -> None:
        self._steps = steps
        self._manifest = package.manifest
        self._place = place
        self._blobs = dict(package.artifacts)
        self._values: dict[tuple[Digest, str], Artifact] = {}
        self._lock = threading.Lock()

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the package says of itself."""
        return self._manifest

    @property
    def language(self) -> str | None:
        """The language of the recipe."""
        language: str | None = self._manifest.get("language")
        return language

    def made(self, kind: type[Artifact]) -> list[Output]:
        """All outputs of a type, in the order of the graph."""
        return [
            Output(node, port)
            for node, step in self._steps.items()
            for port, made in step.outputs.items()
            if issubclass(made, kind)
        ]

    def uses(self, node: str) -> str:
        """The component of a node, as the recipe names it."""
        return self._steps[node].node.uses

    def takes(self, node: str, kind: type[Artifact]) -> list[Output]:
        """Outputs of other nodes that a node takes at its ports for a type."""
        arguments = [one for one in self._steps[node].arguments if issubclass(one.port.type, kind)]
        return [one for argument in arguments for one in argument.sources if isinstance(one, Output)]

    def needs(self, node: str) -> list[str]:
        """The nodes whose outputs a node takes."""
        return self._steps[node].needs

    def inputs(self, node: str) -> set[str]:
        """What a node, and all that it needs, is given at run time."""
        steps = [self._steps[one] for one in self._needed([node])]
        sources = [one for step in steps for argument in step.arguments for one in argument.sources]
        return {one for one in sources if isinstance(one, str)}

    def kept(self, kind: type[_Kind]) -> list[_Kind]:
        """All artifacts of a type that the package keeps. Raises PackageError for bytes that are no such thing."""
        found = [one for one in self._manifest["artifacts"] if one["type"] == kind.type_name]
        return [self._value(_Kept(one["digest"], kind)) for one in found]  # type: ignore[misc]  # kind.decode made it

    def run(
        self, targets: Sequence[tuple[str, str]], inputs: Mapping[str, Artifact]
    ) -> dict[tuple[str, str], Artifact]:
        """The wanted outputs. Only what they need is applied, each node once.

        `inputs`: what is given at run time, by name. Raises PackageError for states that cannot be read, and KeyError
        where an input is not given; what a component raises passes through.
        """
        made: dict[tuple[str, str], Artifact] = {}
        for node in self._needed([node for node, _ in targets]):
            step = self._steps[node]
            found = self._applied(step, made, inputs)
            made.update((Output(node, port), value) for port, value in found.items())
        return {target: made[target] for target in targets}

    def warm(self, targets: Iterable[tuple[str, str]]) -> None:
        """Decodes all states that some outputs need, so that the first run is as fast as the next."""
        for node in self._needed([node for node, _ in targets]):
            step = self._steps[node]
            sources = [one for argument in step.arguments for one in argument.sources]
            for one in (step.state, *sources):
                if isinstance(one, _Kept):
                    self._value(one)

    def _needed(self, nodes: Sequence[str]) -> list[str]:
        """Some nodes and all that they need, in the order of the graph."""
        found = set(nodes)
        queue = list(nodes)
        for node in queue:
            new = set(self._steps[node].needs) - found
            found |= new
            queue.extend(new)
        return [node for node in self._steps if node in found]

    def _applied(
        self, step: _Step, made: Mapping[tuple[str, str], Artifact], inputs: Mapping[str, Artifact]
    ) -> Mapping[str, Artifact]:
        arguments: dict[str, Any] = {}
        if step.state is not None:
            arguments[STATE] = self._value(step.state)
        for one in step.arguments:
            values = [self._filled(source, made, inputs) for source in one.sources]
            arguments[one.port.name] = values if one.port.many else values[0]
        result = step.component.apply(**arguments)  # type: ignore[attr-defined]  # signature() found it
        return result.values() if isinstance(result, Ports) else {OUTPUT: result}

    def _filled(
        self, source: Output | _Kept | str, made: Mapping[tuple[str, str], Artifact], inputs: Mapping[str, Artifact]
    ) -> Artifact:
        if isinstance(source, Output):
            return made[source]
        return self._value(source) if isinstance(source, _Kept) else inputs[source]

    def _value(self, kept: _Kept) -> Artifact:
        key = (kept.digest, kept.kind.type_name)
        found = self._values.get(key)
        if found is not None:
            return found
        with self._lock:
            if key not in self._values:
                try:
                    self._values[key] = kept.kind.decode(self._blobs[kept.digest])
                except Exception as error:  # bytes may be anything, and so what decoders raise
                    what = f"an artifact of the package is no {kept.kind.type_name}: {error}"
                    raise PackageError(Problem(what, facts=(("package", self._place),))) from error
                # No other type reads these bytes: they begin with the name of theirs.
                del self._blobs[kept.digest]
            return self._values[key]


def load_program(path: Path, project: Path | None = None) -> Program:
    """The program of a package, all of its components found and its types compared. Decodes and runs nothing.

    `project`: the folder that components of a user's own are imported from; the current one by default. Raises
    GraphbuildError where the package is not whole, PackageError where it cannot be used here.
    """
    package = read_package(path)
    folder = (project or Path()).resolve()
    try:
        nodes = predict_from_plain(package.manifest["predict"])
        origin = package.manifest["provenance"]
        pythons = [one["manifest"].get("toolchain", {}).get("python") for one in origin["nodes"].values()]
        made = Made(str(path), origin["code"], next(iter(pythons), None))
        kept = {
            Output(one["node"], one["port"]): (Digest(one["digest"]), str(one["type"]))
            for one in package.manifest["artifacts"]
        }
        steps: dict[str, _Step] = {}
        for node in nodes:
            steps[node.id] = _step(node, steps, kept, folder, made)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PackageError(Problem(f"{path} is damaged: its predict graph cannot be read")) from error
    return Program(package, steps, str(path))


def _step(
    node: PredictNode,
    earlier: Mapping[str, _Step],
    kept: Mapping[Output, tuple[Digest, str]],
    project: Path,
    made: Made,
) -> _Step:
    component = component_of(node, project, made)
    maker = _Maker(node, component.__name__, earlier, kept, made.place)
    config, wrong = read_options(component.Config, node.options)
    if wrong:
        raise maker.unfit(f"its options are those of another version: {wrong[0].what}")
    try:
        declared = signature(component, Operation.APPLY)
        learnt = state_type(component) if node.state is not None else None
    except (ComponentError, KeyError) as error:
        raise maker.unfit(str(error)) from error
    state = None
    if learnt is not None:
        state = maker.kept(Output(str(node.state), STATE), learnt, "its state")
    arguments = [maker.argument(port) for port in declared.inputs.values() if not port.is_source]
    unknown = {one.port for one in node.inputs} - declared.inputs.keys()
    if unknown:
        raise maker.unfit(f"it has no input port `{min(unknown)}`")
    makes = {port: kind.type_name for port, kind in declared.outputs.items()}
    if makes != dict(node.outputs):
        raise maker.unfit(f"it makes {_listed(makes)}, and is to make {_listed(node.outputs)}")
    context = Context(project=project)
    filled = tuple(one for one in arguments if one is not None)
    return _Step(node, component(config, context), state, filled, declared.outputs)


@dataclass(frozen=True)
class _Maker:
    """Binds the inputs of one step."""

    node: PredictNode
    component: str
    earlier: Mapping[str, _Step]
    all_kept: Mapping[Output, tuple[Digest, str]]
    place: str

    def argument(self, port: InputPort) -> _Argument | None:
        """What fills a port; None for one that may stay open."""
        bound = [one for one in self.node.inputs if one.port == port.name]
        if not bound and not port.many:
            if not port.optional:
                raise self.unfit(f"nothing fills its input port `{port.name}`")
            return None
        if len(bound) > 1 and not port.many:
            raise self.unfit(f"its input port `{port.name}` takes one input, and there are {len(bound)}")
        return _Argument(port, tuple(self._source(port, one) for one in bound))

    def _source(self, port: InputPort, bound: Binding) -> Output | _Kept | str:
        if bound.runtime is not None:
            if not isinstance(bound.runtime, str):
                raise TypeError(bound.runtime)
            return bound.runtime
        output = Output(str(bound.node), bound.output)
        step = self.earlier.get(output.node)
        if step is None:
            return self.kept(output, port.type, f"what fills its input port `{port.name}`")
        made = step.outputs.get(output.port)
        if made is None or not issubclass(made, port.type):
            raise self.unfit(f"its input port `{port.name}` cannot take the output `{output.port}` of `{output.node}`")
        return output

    def kept(self, output: Output, kind: type[Any], what: str) -> _Kept:
        """An artifact of the package for a port of some type. Raises PackageError for one of another type."""
        digest, type_name = self.all_kept[output]
        known = class_of(kind, type_name)
        if known.type_name != type_name:
            raise self.unfit(f"{what} is {type_name}, and this graphbuild reads {kind.type_name}")
        return _Kept(digest, known)

    def unfit(self, what: str) -> PackageError:
        """The error of a component that is not the one that the package was made with."""
        facts = (("node", self.node.name), ("component", self.component), ("package", self.place))
        hint = "train again, or use the graphbuild that it was made with"
        return PackageError(Problem(f"the package does not fit `{self.component}`: {what}", facts=facts, hint=hint))


def _listed(outputs: Mapping[str, str]) -> str:
    return ", ".join(f"{kind} at `{port}`" for port, kind in outputs.items())
