import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.assistant.nlu.classifiers.average import IntentAverage
from graphbuild.assistant.nlu.classifiers.ranking import ranked
from tests.assistant.nlu.samples import ranking

SILENT = IntentPredictions(("a",), np.int32([[-1]]), np.float32([[0]]))


def said(*names: str, of: tuple[float, ...]) -> IntentPredictions:
    return ranked(names, np.float32([of]), 0)


def test_the_mean_of_confidences_decides() -> None:
    made = IntentAverage().apply([said("a", "b", of=(0.75, 0.25)), said("a", "b", of=(0.125, 0.875))])
    assert ranking(made, 0) == [("b", 0.5625), ("a", 0.4375)]


def test_an_intent_that_one_does_not_rank_has_no_confidence_with_it() -> None:
    made = IntentAverage().apply([said("a", of=(1.0,)), said("b", "c", of=(0.75, 0.25))])
    assert ranking(made, 0) == [("a", 0.5), ("b", 0.375), ("c", 0.125)]


def test_of_a_message_of_which_one_says_nothing_the_others_decide() -> None:
    assert ranking(IntentAverage().apply([SILENT, said("b", of=(0.75,))]), 0)[0] == ("b", 0.75)


def test_where_all_are_silent_nothing_is_said() -> None:
    assert IntentAverage().apply([SILENT, SILENT]).top(0) == (None, 0.0)
    assert len(IntentAverage().apply([]).ranking) == 0
    none = IntentPredictions((), np.full((2, 0), -1, dtype=np.int32), np.zeros((2, 0), dtype=np.float32))
    assert IntentAverage().apply([none]).top(1) == (None, 0.0)


def test_no_more_are_ranked_than_asked_for() -> None:
    config = IntentAverage.Config(ranking_length=1)
    assert ranking(IntentAverage(config).apply([said("a", "b", of=(0.75, 0.25))]), 0) == [("a", 0.75)]


@given(st.lists(st.lists(st.integers(0, 64), min_size=3, max_size=3), min_size=1, max_size=4), st.randoms())
def test_the_order_of_classifiers_does_not_matter(rows: list[list[int]], random: st.DataObject) -> None:
    parts = [said("a", "b", "c", of=tuple(value / 64 for value in row)) for row in rows]
    first = IntentAverage().apply(parts)
    random.shuffle(parts)  # type: ignore[attr-defined]
    again = IntentAverage().apply(parts)
    assert first.confidences == pytest.approx(again.confidences)
    assert ranking(first, 0) == ranking(again, 0)
