"""Graphs, plans and results made by hand of the value classes, for the tests of the reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import Operation
from graphbuild.errors import Location
from graphbuild.execution.result import BuildResult, NodeResult, Outcome
from graphbuild.graph.graph import Edge, Graph, GraphNode, NodeId, SourceSpec
from graphbuild.plan.decision import Decision, Reason, ReasonKind, Verdict
from graphbuild.plan.plan import Plan

KEY = Digest("blake3:" + "ab" * 32)


def node(
    name: str,
    kind: str,
    uses: str,
    needs: Mapping[str, str] | None = None,
    operation: Operation = Operation.APPLY,
    options: Mapping[str, Any] | None = None,
    files: tuple[str, ...] = (),
    suffix: str | None = None,
) -> GraphNode:
    """A node whose id is `name:operation`, or the name alone for importers."""
    ending = suffix if suffix is not None else "" if operation is Operation.IMPORT else f":{operation.value}"
    return GraphNode(
        id=NodeId(f"{name}{ending}"),
        name=name,
        operation=operation,
        kind=kind,
        uses=uses,
        reference=f"toys:{uses}",
        version=1,
        options=options or {},
        given=options or {},
        inputs=tuple(Edge(port.rstrip("12"), NodeId(producer), "output") for port, producer in (needs or {}).items()),
        source=SourceSpec("source", files) if files else None,
        outputs={"output": "Json.v1"},
        facts={},
        static=KEY,
        location=Location("graphbuild.yml", 4, 3),
    )


def graph_of(*nodes: GraphNode, targets: tuple[str, ...] = (), label: str = "toy") -> Graph:
    """A graph of nodes given in topological order."""
    return Graph(label, {one.id: one for one in nodes}, {}, tuple(NodeId(name) for name in targets), ())


def assistant(files: int = 2) -> Graph:
    """A small assistant: `files` training files, an NLU half, a policy."""
    names = [f"data/nlu-{i}.yml" for i in range(files)]
    read = Operation.IMPORT
    parts = [node("nlu_file", "importer", "TrainingFile", None, read, {}, (name,), f"@{name}") for name in names]
    trained = Operation.TRAIN
    return graph_of(
        node("domain", "importer", "DomainFile", operation=Operation.IMPORT, files=("domain.yml",)),
        *parts,
        node("nlu", "merge", "NLUData", {f"parts{i}": part.id for i, part in enumerate(parts)}),
        node("tokens", "tokenizer", "WhitespaceTokenizer", {"messages": "nlu:apply"}),
        node("words", "featurizer", "CountVectorsFeaturizer", {"messages": "tokens:apply"}, trained),
        node("words", "featurizer", "CountVectorsFeaturizer", {"messages": "tokens:apply", "state": "words:train"}),
        node(
            "intent", "classifier", "DIETClassifier", {"messages": "tokens:apply", "features": "words:apply"},
            trained, {"epochs": 100, "dense_dimension": {"text": 64}},
        ),
        node("memo", "policy", "MemoizationPolicy", {"domain": "domain"}, trained),
        targets=("intent:train", "memo:train"),
        label="config.yml",
    )  # fmt: skip


def decision(verdict: Verdict, *reasons: Reason, expected_s: float | None = None) -> Decision:
    """A decision with a key where one is known."""
    key = None if verdict is Verdict.PENDING else KEY
    return Decision(verdict, key, {"output": KEY} if verdict is Verdict.HIT else None, reasons, expected_s)


def plan_of(graph: Graph, told: Mapping[str, Decision] | None = None, **costs: Any) -> Plan:
    """A plan: what is told, and hits."""
    hit = decision(Verdict.HIT, expected_s=0.5)
    return Plan(graph, {node_id: (told or {}).get(node_id, hit) for node_id in graph.nodes}, **costs)


def edited(graph: Graph) -> Plan:
    """The plan after an option of the classifier and a story were edited."""
    config = Reason(ReasonKind.CONFIG, "epochs 100 -> 200", "graphbuild.yml", 9, "epochs")
    data = Reason(ReasonKind.INPUT, "input `domain` from domain changed", subject="domain")
    return plan_of(
        graph,
        {
            "intent:train": decision(Verdict.RUN, config, expected_s=12.5),
            "memo:train": decision(Verdict.PENDING, data, expected_s=0.04),
        },
        expected_s=12.54,
        critical_s=12.5,
        critical_path=(NodeId("intent:train"),),
    )


def result_of(plan: Plan, told: Mapping[str, Outcome] | None = None, **more: Any) -> BuildResult:
    """A result: what the plan said, or what is told."""
    nodes = {}
    for node_id, one in plan.decisions.items():
        default = Outcome.HIT if one.verdict is Verdict.HIT else Outcome.RUN
        outcome = (told or {}).get(node_id, default)
        outputs = {"output": KEY} if outcome in (Outcome.HIT, Outcome.RUN) else {}
        nodes[node_id] = NodeResult(outcome, one.key or KEY, outputs, one.expected_s or 0.0, one.reasons)
    return BuildResult(plan, nodes, 1.0, **more)
