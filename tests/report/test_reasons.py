from __future__ import annotations

import pytest

from graphbuild.graph.graph import NodeId
from graphbuild.history.explanation import Explanation
from graphbuild.plan.causes import Chain
from graphbuild.plan.decision import Change, Reason, ReasonKind, Verdict
from graphbuild.report.explanation import explanation_text
from graphbuild.report.reasons import place, plan_text
from tests.golden import golden
from tests.report.toy_graphs import assistant, decision, edited, plan_of

TRAIN = NodeId("intent:train")
CONFIG = Reason(ReasonKind.CONFIG, "epochs 100 -> 200", "graphbuild.yml", 9, "epochs")
CODE = Reason(ReasonKind.CODE, "module my_project.helpers changed", subject="my_project.helpers")
INPUT = Reason(ReasonKind.INPUT, "input `messages` from nlu:apply changed", subject="messages")
ADDED = Reason(ReasonKind.SOURCE, 'example "hi there" of greet added', "data/nlu.yml", 12, change=Change.ADDED)
FILE = Reason(ReasonKind.SOURCE, "data/nlu.yml changed", "data/nlu.yml")


def test_a_plan_with_nothing_to_do() -> None:
    assert plan_text(plan_of(assistant())) == "nothing to do: every node is a hit (9 nodes)\n"


def test_a_plan_is_a_table_with_costs_and_the_critical_path() -> None:
    golden.check("console/plan.txt", plan_text(edited(assistant())))


def test_a_plan_of_what_never_ran_has_no_costs() -> None:
    new = decision(Verdict.RUN, Reason(ReasonKind.NEW, "it was never built here"))
    text = plan_text(plan_of(assistant(), dict.fromkeys(assistant().nodes, new)))
    assert "expected unknown" in text
    assert "critical path" not in text
    assert "pending:" not in text


def test_reasons_of_a_run_are_grouped_the_users_own_deeds_first() -> None:
    # FILE comes twice, as a reason and among the records.
    one = decision(Verdict.RUN, INPUT, CODE, CONFIG, FILE, expected_s=12.5)
    golden.check("console/explain-run.txt", explanation_text(Explanation(TRAIN, one, (ADDED, FILE))))


def test_a_hit_says_why_it_ran_the_last_time() -> None:
    one = decision(Verdict.HIT)
    known = Explanation(TRAIN, one, (), last_reasons=(CONFIG,), last_run="2026-01-02T03:04:05+0000")
    golden.check("console/explain-hit.txt", explanation_text(known))


def test_a_hit_of_another_builds_result_has_no_last_time() -> None:
    assert "last ran" not in explanation_text(Explanation(TRAIN, decision(Verdict.HIT), ()))


@pytest.mark.parametrize("verdict", [Verdict.HIT, Verdict.RUN])
def test_rows_that_were_computed_are_told(verdict: Verdict) -> None:
    last = {"last_reasons": (CONFIG,), "last_run": "2026-01-02", "last_rows": "1 of 20,000 messages"}
    told = explanation_text(Explanation(NodeId("words:apply"), decision(verdict), (), **last))
    assert "It computed 1 of 20,000 messages" in told


def test_a_pending_node_says_what_it_waits_for() -> None:
    upstream = Reason(ReasonKind.UPSTREAM, "words:train runs first", subject="words:train")
    assert explanation_text(Explanation(NodeId("words:apply"), decision(Verdict.PENDING, upstream), ())) == (
        "words:apply is decided when what it needs has run:\n  waits for\n    words:train runs first\n"
    )


def test_a_place_is_a_path_with_or_without_a_line() -> None:
    assert [place(one) for one in (CONFIG, FILE, CODE)] == ["graphbuild.yml:9", "data/nlu.yml", ""]


def test_every_kind_of_reason_has_a_heading() -> None:
    for kind in ReasonKind:
        assert "detail" in explanation_text(Explanation(NodeId("n"), decision(Verdict.RUN, Reason(kind, "detail")), ()))


def test_a_changed_input_is_followed_to_where_the_change_began() -> None:
    path = (NodeId("nlu:apply"), NodeId("nlu_file@data/nlu.yml"))
    chains = (Chain("messages", path, (FILE,)), Chain("features", path, (FILE,)))
    one = Explanation(TRAIN, decision(Verdict.RUN, INPUT), (), chains=chains)
    assert explanation_text(one) == (
        "intent:train would run, because of\n  inputs\n    input `messages` from nlu:apply changed\n"
        "      <- nlu_file@data/nlu.yml: data/nlu.yml changed\n"
    )
