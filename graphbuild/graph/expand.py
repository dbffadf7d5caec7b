"""Expanding: a recipe node becomes one graph node an operation, an importer one a file.

Computes the static part of each action manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphbuild.contract import digest
from graphbuild.contract.code_version import CodeVersion, Sources, code_version, roots_of
from graphbuild.contract.component import STATE, Operation, Signature, has_mentions
from graphbuild.contract.source import SourceFile
from graphbuild.contract.toolchain import interpreter, variables, versions
from graphbuild.graph.graph import Edge, GraphNode, NodeId, SourceSpec
from graphbuild.graph.resolve import ResolvedNode
from graphbuild.graph.wire import Wiring

_IMPORTER = "importer"


class Known:
    """What is known of components: the same for all graphs that are compiled at one moment."""

    def __init__(self) -> None:
        self.facts: dict[tuple[str, tuple[str, ...], int], Mapping[str, Any]] = {}
        self.code: dict[str, CodeVersion] = {}
        self.sources = Sources()


class Expander:
    """Makes graph nodes of resolved and wired recipe nodes, each once."""

    def __init__(
        self, project: Path, nodes: Mapping[str, ResolvedNode], wiring: Wiring, known: Known | None = None
    ) -> None:
        self._project = project
        self._nodes = nodes
        self._wiring: dict[tuple[str, Operation], dict[str, list[tuple[str, str]]]] = {}
        for (name, operation, port), producers in wiring.inputs.items():
            ports = self._wiring.setdefault((name, operation), {})
            ports[port] = [(producer.node, producer.port) for producer in producers]
        self._made: dict[NodeId, GraphNode] = {}
        self._applied: dict[str, list[GraphNode]] = {}
        self._known = known or Known()
        self._code: dict[str, CodeVersion] = {}

    @property
    def modules(self) -> tuple[Path, ...]:
        """Every source file behind the code versions computed so far."""
        return tuple(dict.fromkeys(file for code in self._code.values() for file in code.files.values()))

    @property
    def code(self) -> dict[digest.Digest, Mapping[str, digest.Digest]]:
        """Code version -> its modules and their digests."""
        return {code.digest: code.modules for code in self._code.values()}

    def code_named(self, name: str) -> digest.Digest | None:
        """The code version of the module by which a recipe node's component was named; None for a registered name.

        That module may only pass on the class of another: it is what is loaded when the package is used.
        """
        node = self._nodes[name]
        if ":" not in node.spec.uses:
            return None
        module = node.reference.partition(":")[0]
        return self._code_of(module, module).digest

    def node(self, node_id: NodeId) -> GraphNode:
        """A node made before."""
        return self._made[node_id]

    def expand(self, name: str) -> None:
        """Makes all graph nodes of a recipe node; those of the nodes that it needs must have been made."""
        if self._nodes[name].train is not None:
            self.train(name)
        self.applied(name)

    def train(self, name: str) -> GraphNode:
        """The node that learns the state of a trainable recipe node."""
        node = self._nodes[name]
        assert node.train is not None
        node_id = NodeId(f"{name}:train")
        if node_id not in self._made:
            self._made[node_id] = self._make(node, node_id, Operation.TRAIN, node.train, None)
        return self._made[node_id]

    def applied(self, name: str) -> list[GraphNode]:
        """The nodes that apply a recipe node: one, or one a file."""
        if name not in self._applied:
            self._applied[name] = self._apply(self._nodes[name])
        return self._applied[name]

    def _apply(self, node: ResolvedNode) -> list[GraphNode]:
        is_importer = node.component.kind == _IMPORTER
        operation = Operation.IMPORT if is_importer else Operation.APPLY
        base = node.name if is_importer else f"{node.name}:apply"
        source = node.apply.source
        if source is not None and node.listing is not None and source.type is SourceFile:
            one_each = [(NodeId(f"{base}@{file}"), SourceSpec(source.name, (file,))) for file in node.listing.files]
            made = [self._make(node, node_id, operation, node.apply, spec) for node_id, spec in one_each]
        else:
            spec = None
            if source is not None and node.listing is not None:
                spec = SourceSpec(source.name, node.listing.files, root=".")
            made = [self._make(node, NodeId(base), operation, node.apply, spec)]
        for one in made:
            self._made[one.id] = one
        return made

    def _make(
        self, node: ResolvedNode, node_id: NodeId, operation: Operation, ports: Signature, source: SourceSpec | None
    ) -> GraphNode:
        facts = self._facts_of(node)
        counted = {name: value for name, value in node.options.items() if name not in node.hidden}
        suffix = Path(source.files[0]).suffix.lower() if source is not None and source.root is None else None
        static = static_digest(facts, operation, counted, suffix)
        return GraphNode(
            id=node_id,
            name=node.name,
            operation=operation,
            kind=node.component.kind,
            uses=node.spec.uses,
            reference=node.reference,
            version=node.component.version,
            options=node.options,
            given=node.spec.options,
            inputs=self._edges(node, operation),
            source=source,
            outputs={port: made.type_name for port, made in ports.outputs.items()},
            facts=facts,
            static=static,
            hidden=node.hidden,
            waits=node.component.waits,
            mentions=has_mentions(node.component),
            remembers=None if operation is Operation.TRAIN else node.component.remembers,
            location=node.spec.location,
            places={
                str(path[1]): place for path, place in node.spec.places.items() if len(path) == 2 and path[0] == "with"
            },
        )

    def _edges(self, node: ResolvedNode, operation: Operation) -> tuple[Edge, ...]:
        edges = []
        learnt_by = node.name if node.train is not None else node.learnt_by
        if operation is not Operation.TRAIN and learnt_by is not None:
            edges.append(Edge(STATE, self.train(learnt_by).id, STATE))
        wired = self._wiring.get((node.name, Operation.TRAIN if operation is Operation.TRAIN else Operation.APPLY), {})
        for port in sorted(wired):
            for producer, output in wired[port]:
                edges.extend(Edge(port, made.id, output) for made in self.applied(producer))
        return tuple(edges)

    def _facts_of(self, node: ResolvedNode) -> Mapping[str, Any]:
        key = (node.reference, node.distributions, node.seed)
        code = self._code_of(node.reference, node.component.__module__)
        if key not in self._known.facts:
            self._known.facts[key] = {
                "format": digest.FORMAT_VERSION,
                "component": node.reference.partition(":")[2],
                "version": node.component.version,
                "code": code.digest,
                "toolchain": {
                    **interpreter(),
                    **versions(node.distributions),
                    **variables(node.component.environment),
                },
                "seed": node.seed,
            }
        return self._known.facts[key]

    def _code_of(self, name: str, module: str) -> CodeVersion:
        """The code version of a module, by the name that it is known by."""
        if name not in self._known.code:
            self._known.code[name] = code_version(module, roots_of(module, self._project), self._known.sources)
        return self._code.setdefault(name, self._known.code[name])


def static_digest(
    facts: Mapping[str, Any], operation: Operation, options: Mapping[str, Any], suffix: str | None
) -> digest.Digest:
    """Digest of the part of an action manifest that is known without its inputs."""
    return digest.of_value(["static", facts, operation.value, options, suffix])
