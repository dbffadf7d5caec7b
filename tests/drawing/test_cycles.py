from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from graphbuild.drawing.cycles import without_cycles


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    names = [f"n{number}" for number in range(draw(st.integers(1, 9)))]
    ends = st.sampled_from(names)
    return names, draw(st.lists(st.tuples(ends, ends), unique=True))


@given(graphs())
def test_all_edges_lead_on_once_those_that_lead_back_are_turned(
    graph: tuple[list[str], list[tuple[str, str]]],
) -> None:
    names, edges = graph
    order, back = without_cycles(names, edges)
    place = {name: at for at, name in enumerate(order)}
    assert sorted(order) == sorted(names)
    assert back <= set(edges)
    for start, end in edges:
        if start != end:
            assert (place[start] > place[end]) == ((start, end) in back)


def test_nothing_is_turned_without_a_cycle() -> None:
    order, back = without_cycles(["d", "c", "b", "a"], [("a", "b"), ("b", "c"), ("a", "d")])
    assert back == frozenset()
    assert order.index("a") < order.index("b") < order.index("c")


def test_what_comes_first_stays_in_front() -> None:
    order, back = without_cycles(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a"), ("b", "b")])
    assert order == ["a", "b", "c"]
    assert back == {("c", "a")}


def test_a_long_chain_is_no_deep_recursion() -> None:
    names = [f"n{number}" for number in range(20_000)]
    order, _ = without_cycles(names, list(pairwise(names)))
    assert order == names
