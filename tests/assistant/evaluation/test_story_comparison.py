"""StoryExclusion and StoryComparison: ever fewer stories, and what configurations make of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.stories import Event, StoryGraph
from graphbuild.assistant.data.story_steps import StoryNames
from graphbuild.assistant.evaluation.comparison import Comparison
from graphbuild.assistant.evaluation.outcomes import EventOutcome, PredictedAction, StoryOutcome, StoryOutcomes
from graphbuild.assistant.evaluation.page import ComparisonPage
from graphbuild.assistant.evaluation.pictures import CurvePicture
from graphbuild.assistant.evaluation.story_comparison import StoryComparison, StoryExclusion
from graphbuild.assistant.evaluation.text import comparison_lines
from tests.assistant.dialogue.tales import act, step, user


def stories(count: int) -> tuple[StoryGraph, StoryNames]:
    steps = tuple(step(user("greet"), act(f"utter_{number}")) for number in range(count))
    return StoryGraph(steps), StoryNames(tuple((f"story {number}",) for number in range(count)))


def left(percentage: int, seed: int, count: int = 20) -> set[str]:
    config = StoryExclusion.Config(percentage=percentage, seed=seed)
    made = StoryExclusion(config).apply(*stories(count))
    assert len(made.graph.steps) == len(made.names.of_steps)
    return {name for names in made.names.of_steps for name in names}


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 5))
def test_a_higher_percentage_leaves_out_more_of_the_same(one: int, other: int, seed: int) -> None:
    less, more = sorted((one, other))
    assert left(more, seed) <= left(less, seed)
    assert len(left(one, seed)) == 20 - round(one * 20 / 100)


def test_another_run_leaves_out_others() -> None:
    assert len({frozenset(left(50, seed)) for seed in range(4)}) > 1
    assert left(0, 1) == left(0, 2)


def outcomes(*wrong: bool) -> StoryOutcomes:
    return StoryOutcomes(
        tuple(
            StoryOutcome(
                f"story {number}",
                (),
                (EventOutcome(Event("action", "a"), PredictedAction("b" if is_wrong else "a", "P", 1.0)),),
            )
            for number, is_wrong in enumerate(wrong)
        )
    )


def test_configurations_side_by_side() -> None:
    config = StoryComparison.Config(configs=["x", "y"], percentages=[0, 50])
    good, half, bad = outcomes(False, False), outcomes(False, True), outcomes(True, True)
    names = [stories(4)[1], stories(2)[1]]
    made = StoryComparison(config).apply([good, half, good, bad, half, bad, half, bad], names)
    assert Comparison.decode(made.encode()) == made
    assert made.results() == {"x": [[1.0, 0.5], [1.0, 0.0]], "y": [[0.5, 0.0], [0.5, 0.0]]}
    assert made.examples == (4, 2)
    lines = list(comparison_lines(made))
    assert lines[0] == "share of test stories that went right, trained on 4, 2 stories and rules:"
    assert lines[1] == "x  1.000 ± 0.000  0.250 ± 0.250"
    page = ComparisonPage().apply(made).data.decode()
    assert "stories and rules to train on" in page
    assert "Share of test stories that went right: mean over runs" in page
    assert CurvePicture().apply(made).data.startswith(b"\x89PNG")
