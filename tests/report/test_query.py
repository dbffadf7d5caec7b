from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.errors import UsageError
from graphbuild.report.problems import render_problems
from graphbuild.report.query import FUNCTIONS, evaluate
from tests.report.toy_graphs import assistant, graph_of, node

GRAPH = assistant()
EVERYTHING = set(GRAPH.nodes)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("domain", "domain"),
        ("words", "words:train words:apply"),
        ("words:train", "words:train"),
        ("*:train", "words:train intent:train memo:train"),
        ("m[aeiou]mo", "memo:train"),
        ("nlu_file@data/nlu-1.yml", "nlu_file@data/nlu-1.yml"),
        ("deps(memo)", "domain memo:train"),
        ("deps(words:apply, 1)", "tokens:apply words:train words:apply"),
        ("deps(words:apply, 0)", "words:apply"),
        ("rdeps(tokens)", "tokens:apply words:train words:apply intent:train"),
        ("rdeps(tokens, 1)", "tokens:apply words:train words:apply intent:train"),
        ("somepath(nlu, intent)", "nlu:apply tokens:apply intent:train"),
        ("somepath(intent, nlu)", "nlu:apply tokens:apply intent:train"),
        ("somepath(domain, intent)", ""),
        ("allpaths(tokens, intent)", "tokens:apply words:train words:apply intent:train"),
        ("allpaths(domain, intent)", ""),
        ("kind(policy)", "memo:train"),
        ("kind('p*')", "memo:train"),
        ("kind(importer, deps(memo))", "domain"),
        ("component(DIETClassifier)", "intent:train"),
        ("targets()", "intent:train memo:train"),
        ("targets() - memo", "intent:train"),
        ("targets()-memo", "intent:train"),
        ("domain + memo", "domain memo:train"),
        ("domain union memo except memo", "domain"),
        ("domain + memo & memo", "memo:train"),
        ("domain + (memo & memo)", "domain memo:train"),
        ("rdeps(domain) intersect kind(policy)", "memo:train"),
        ("'domain'", "domain"),
    ],
)  # fmt: skip
def test_an_expression_means_these_nodes_in_build_order(expression: str, expected: str) -> None:
    assert " ".join(evaluate(expression, GRAPH)) == expected


def test_all_is_every_node() -> None:
    assert set(evaluate("all()", GRAPH)) == EVERYTHING == set(evaluate("*", GRAPH))


def test_a_node_may_be_called_like_a_function_or_an_operator() -> None:
    graph = graph_of(node("deps", "toy", "Toy", suffix=""), node("union", "toy", "Toy", suffix=""))
    assert evaluate("deps", graph) == ("deps",)
    assert evaluate('"union" + deps(deps)', graph) == ("deps", "union")


@pytest.mark.parametrize(
    ("expression", "column", "what", "hint"),
    [
        ("deps(intend)", 6, "there is no node `intend`", "did you mean `intent`?"),
        ("xyz", 1, "there is no node `xyz`", "see `graphbuild graph`"),
        ("x*z", 1, "no node matches `x*z`", "see `graphbuild graph`"),
        ("dep(intent)", 1, "there is no function `dep`", "did you mean `deps`?"),
        ("deps(intent", 12, "expected `)`, found the end", None),
        ("", 1, "expected a name, found the end", None),
        ("domain memo", 8, "expected an operator or the end, found `memo`", None),
        ("domain + )", 10, "expected a name, found `)`", None),
        ("'domain", 1, "a quote is not closed", None),
        ("domain  'memo", 9, "a quote is not closed", None),
        ("somepath(domain)", 16, "expected `,`, found `)`", None),
        ("deps(domain, many)", 14, "expected a number of steps, found `many`", None),
        ("kind(polcy)", 6, "no node is of kind `polcy`", "did you mean `policy`?"),
        ("targets(domain)", 9, "expected `)`, found `domain`", None),
        ("deps(domain, 1, 2)", 15, "`deps` takes no more arguments", "deps(x[, depth]): x and all that it needs"),
    ],
)
def test_what_is_wrong_is_told_with_its_column(expression: str, column: int, what: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        evaluate(expression, GRAPH)
    (problem,) = caught.value.problems
    assert (problem.what, problem.hint) == (what, hint)
    assert problem.location is not None
    assert problem.location.column == column


def test_the_error_screen_has_a_caret() -> None:
    with pytest.raises(UsageError) as caught:
        evaluate("deps(intend)", GRAPH)
    screen = render_problems(caught.value.problems, caught.value.texts)
    assert "  1 | deps(intend)" in screen
    assert "\n    |      ^\n" in screen


names = st.sampled_from(sorted({one.name for one in GRAPH.nodes.values()}))


@given(names, names)
def test_deps_and_rdeps_are_each_others_inverse(a: str, b: str) -> None:
    for one in evaluate(a, GRAPH):
        for other in evaluate(b, GRAPH):
            assert (one in evaluate(f"deps({other})", GRAPH)) == (other in evaluate(f"rdeps({one})", GRAPH))


@given(names, names)
def test_some_path_is_among_all_paths(a: str, b: str) -> None:
    some = set(evaluate(f"somepath({a}, {b})", GRAPH))
    assert some <= set(evaluate(f"allpaths({a}, {b})", GRAPH))


@given(st.text(alphabet="ad(),+&-'\" *", max_size=12))
def test_any_text_gives_nodes_or_a_usage_error(text: str) -> None:
    try:
        assert set(evaluate(text, GRAPH)) <= EVERYTHING
    except UsageError as error:
        (problem,) = error.problems
        assert problem.location is not None
        assert 1 <= problem.location.column <= len(text) + 1


def test_every_function_is_explained() -> None:
    assert all(text.startswith(f"{name}(") for name, text in FUNCTIONS.items())
