from __future__ import annotations

import json
from dataclasses import replace

from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import Operation
from graphbuild.errors import Location, Problem
from graphbuild.graph.graph import Graph, NodeId, Variant
from graphbuild.history.record import Output
from graphbuild.plan.decision import Reason, ReasonKind
from graphbuild.report.comparison import compare
from graphbuild.report.page.document import page_document
from graphbuild.report.page.facts import BuildFacts, ComponentFacts, NodeFacts, Told, facts_of_plan, unbuilt
from graphbuild.report.page.groups import Group, groups_of
from graphbuild.report.page.page import as_page
from tests.report.test_svg import layered
from tests.report.toy_graphs import KEY, assistant, edited, graph_of, node

TRAIN = Operation.TRAIN


def by_id(document: dict[str, object]) -> dict[str, dict[str, object]]:
    return {one["id"]: one for one in document["nodes"]}  # type: ignore[attr-defined]


def dialogues() -> Graph:
    """An assistant with dialogues, a check that nothing needs, and one that a policy does."""
    return graph_of(
        *assistant().nodes.values(),
        node("trackers", "trackers", "TrackerGenerator", {"domain": "domain"}),
        node("histories", "featurizer", "MaxHistory", {"dialogues": "trackers:apply"}),
        node("book", "check", "RuleBook", {"dialogues": "trackers:apply"}),
        node("rules", "policy", "RulePolicy", {"book": "book:apply", "histories": "histories:apply"}, TRAIN),
        node("check_domain", "check", "DomainCheck", {"domain": "domain"}),
        node("make", "command", "Command", {}),
        targets=("rules:train",),
    )


def test_nodes_are_grouped_by_what_they_work_on() -> None:
    groups = groups_of(dialogues())
    told = {group: [node_id for node_id, one in groups.items() if one is group] for group in Group}
    assert told[Group.IMPORTERS] == ["domain", "nlu_file@data/nlu-0.yml", "nlu_file@data/nlu-1.yml"]
    assert {"tokens:apply", "words:train", "words:apply", "intent:train"} <= set(told[Group.NLU])
    assert told[Group.DIALOGUE] == ["memo:train", "trackers:apply", "histories:apply", "book:apply", "rules:train"]
    assert told[Group.CHECKS] == ["check_domain:apply"]
    assert "make:apply" in told[Group.STEPS]


def test_nodes_name_each_other_by_their_places() -> None:
    graph = dialogues()
    document = page_document(graph, unbuilt(graph))
    ids = [one["id"] for one in document["nodes"]]
    assert ids == list(graph.nodes)
    inputs = by_id(document)["intent:train"]["inputs"]
    assert [(port, ids[place]) for port, place, _ in inputs] == [  # type: ignore[attr-defined]
        ("messages", "tokens:apply"),
        ("features", "words:apply"),
    ]


def test_what_the_package_keeps_leads_to_a_box_of_its_own() -> None:
    graph = replace(assistant(), kept=((NodeId("intent:train"), "output"),))
    document = page_document(graph, unbuilt(graph))
    package = document["nodes"][-1]
    assert (package["group"], package["inputs"]) == (
        "package",
        [["output", list(graph.nodes).index(NodeId("intent:train")), "output"]],
    )
    assert document["facts"][-1] is None


def test_options_stand_beside_the_defaults_of_their_component() -> None:
    graph = assistant()
    known = {"DIETClassifier": ComponentFacts("Learns intents.", {"epochs": 300}, {"epochs": "Rounds."})}
    document = page_document(graph, unbuilt(graph), known)
    assert document["options"][by_id(document)["intent:train"]["options"]] == {  # type: ignore[index]
        "epochs": "100",
        "dense_dimension": '{"text": 64}',
    }
    assert document["components"] == {
        "DIETClassifier": {"says": "Learns intents.", "defaults": {"epochs": "300"}, "help": {"epochs": "Rounds."}}
    }


def test_facts_of_a_plan() -> None:
    plan = edited(assistant())
    document = page_document(plan.graph, facts_of_plan(plan, {}, {}))
    told = dict(zip(by_id(document), document["facts"], strict=True))
    assert told["intent:train"]["outcome"] == "run"
    assert told["intent:train"]["reasons"] == [
        {"kind": "config", "detail": "epochs 100 -> 200", "place": "graphbuild.yml:9"}
    ]
    assert told["domain"]["made"] == {"output": [KEY, None]}
    assert document["build"]["critical"] == [list(plan.graph.nodes).index(NodeId("intent:train"))]


def test_facts_of_a_build_with_its_problems_and_earlier_times() -> None:
    graph = assistant()
    failed = NodeFacts(
        "failed",
        (Reason(ReasonKind.CODE, "module m changed"),),
        2.5,
        (("2026-01-02T03:04:05+0000", 2.0),),
        KEY,
        {"output": Output(KEY, "Json.v1", 12)},
        (Problem("it broke", Location("a.yml", 3), (("exit code", "1"),), "mend it"),),
        "1 of 20 messages",
        "a line\n",
    )
    facts = BuildFacts(Told.BUILD, "b1", {NodeId("intent:train"): failed}, "2026-01-02T03:05:00+0000", 3.0)
    (told,) = [one for one in page_document(graph, facts)["facts"] if one]
    assert told["earlier"] == [["2026-01-02T03:04:05+0000", 2.0]]
    assert told["made"] == {"output": [KEY, 12]}
    assert told["problems"] == [
        {"what": "it broke", "place": "a.yml:3", "hint": "mend it", "facts": [["exit code", "1"]]}
    ]
    assert (told["rows"], told["log"]) == ("1 of 20 messages", "a line\n")


def test_many_files_are_a_stack() -> None:
    graph = assistant(9)
    (stack,) = page_document(graph, unbuilt(graph))["stacks"]
    assert len(stack) == 9
    assert page_document(assistant(8), unbuilt(assistant(8)))["stacks"] == []


def test_a_comparison_tells_what_was_added_removed_and_changed() -> None:
    before = graph_of(
        node("a", "toy", "Toy"), node("b", "toy", "Toy", {"x": "a:apply"}), node("c", "toy", "Toy", {"x": "b:apply"})
    )
    after = graph_of(
        node("a", "toy", "Toy", options={"size": 2}),
        node("c", "toy", "Toy", {"x": "a:apply"}),
        node("d", "toy", "Toy", {"x": "c:apply"}),
    )
    found = compare(before, after, "old.yml")
    assert found.changes == {"a:apply": "changed", "b:apply": "removed", "c:apply": "changed", "d:apply": "added"}
    assert [one.detail for one in found.reasons[NodeId("a:apply")]] == ["size (absent) -> 2"]
    assert [one.detail for one in found.reasons[NodeId("c:apply")]] == [
        "input `x` from a:apply is now added",
        "input `x` from b:apply is no longer there",
    ]
    assert [one for one in found.graph.nodes if one != "d:apply"] == ["a:apply", "b:apply", "c:apply"]
    document = page_document(found.graph, unbuilt(after), comparison=found)
    places = {one["id"]: place for place, one in enumerate(document["nodes"])}
    assert document["comparison"]["added"] == [[places["c:apply"], "x", places["a:apply"], "output"]]
    assert document["comparison"]["removed"] == [[places["c:apply"], "x", places["b:apply"], "output"]]


def test_two_graphs_that_need_each_other_the_other_way_round_are_still_a_picture() -> None:
    before = graph_of(node("a", "toy", "Toy"), node("b", "toy", "Toy", {"x": "a:apply"}))
    after = graph_of(node("b", "toy", "Toy"), node("a", "toy", "Toy", {"x": "b:apply"}))
    found = compare(before, after, "old.yml")
    assert set(found.changes.values()) == {"changed"}
    order = list(found.graph.nodes)
    assert all(order.index(one.node) < order.index(name) for name, a in found.graph.nodes.items() for one in a.inputs)


def test_data_of_two_builds_is_compared_too() -> None:
    graph = graph_of(node("a", "toy", "Toy"), node("b", "toy", "Toy", {"x": "a:apply"}))
    one, other = ({NodeId("a:apply"): {"output": Digest(f"blake3:{letter * 64}")}} for letter in "ab")
    found = compare(graph, graph, "last~1", one, other)
    assert found.changes == {"a:apply": "same", "b:apply": "changed"}
    assert [reason.detail for reason in found.reasons[NodeId("b:apply")]] == ["input `x` from a:apply changed"]


def test_names_cannot_end_the_script_that_holds_them() -> None:
    nasty = "</script><script>alert(1)</script><!--"
    graph = graph_of(node(nasty, "policy", "Uses", options={nasty: nasty}), label=nasty)
    page = as_page(page_document(graph, unbuilt(graph))).decode()
    assert page.count("</script>") == 2
    assert "<!--" not in page
    assert "&lt;/script&gt;" in page.partition("</title>")[0]


def test_nothing_of_the_page_comes_from_elsewhere() -> None:
    graph = assistant()
    page = as_page(page_document(graph, unbuilt(graph))).decode()
    policy = page.partition('Content-Security-Policy" content="')[2].partition('"')[0]
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    # The name of a markup language is no address.
    assert "//" not in page.replace("http://www.w3.org/2000/svg", "").partition("<script>")[0]
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_two_thousand_nodes_are_less_than_three_megabytes() -> None:
    graph = graph_of(*(replace(one, options={"command": one.id}) for one in layered(2000, 40)))
    reason = Reason(ReasonKind.INPUT, "input `messages` from tokens:apply changed")
    told = NodeFacts(
        "run", (reason,) * 3, 1.5, (("2026-01-02T03:04:05+0000", 2.0),) * 8, KEY, {"output": Output(KEY, "J", 1)}
    )
    facts = BuildFacts(Told.BUILD, "b1", dict.fromkeys(graph.nodes, told), "2026-01-02T03:05:00+0000", 3.0)
    assert len(as_page(page_document(graph, facts))) < 3_000_000


def test_the_document_is_plain_json() -> None:
    graph = dialogues()
    document = page_document(graph, unbuilt(graph))
    assert json.loads(json.dumps(document)) == document


def test_variants_of_a_node_are_a_stack_and_there_is_no_package() -> None:
    graph = assistant(2)
    one, other = (Variant((value,), tuple(graph.targets)) for value in (1, 2))
    steps = [node for node in graph.nodes.values() if node.inputs][-1:]
    twins = {NodeId(f"{node.id}@x=2"): replace(node, id=NodeId(f"{node.id}@x=2")) for node in steps}
    graph = replace(graph, nodes={**graph.nodes, **twins}, axes=("a.x",), variants=(one, other))
    document = page_document(graph, unbuilt(graph))
    (stack,) = document["stacks"]
    assert [document["nodes"][place]["id"] for place in stack] == [steps[0].id, f"{steps[0].id}@x=2"]
    assert document["variants"] == 2
    assert "package" not in [node["kind"] for node in document["nodes"]]
