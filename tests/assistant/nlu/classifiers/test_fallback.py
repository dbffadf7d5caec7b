import numpy as np
import pytest

from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.assistant.nlu.classifiers.fallback import FallbackClassifier
from tests.assistant.nlu.samples import ranking


def after(*confidences: float, threshold: float = 0.25, ambiguity: float = 0.125) -> list[tuple[str, float]]:
    names = ("a", "b", "z")[: len(confidences)]
    codes = np.arange(len(confidences), dtype=np.int32)[None, :]
    intents = IntentPredictions(names, codes, np.array([confidences], dtype=np.float32))
    config = FallbackClassifier.Config(threshold=threshold, ambiguity_threshold=ambiguity)
    return ranking(FallbackClassifier(config).apply(intents), 0)


def test_a_sure_prediction_stays() -> None:
    assert after(0.75, 0.25) == [("a", 0.75), ("b", 0.25)]


@pytest.mark.parametrize("confidences", [(0.125, 0.0), (0.5, 0.4375), (0.125,)])
def test_an_unsure_or_ambiguous_one_falls_back(confidences: tuple[float, ...]) -> None:
    assert after(*confidences)[0] == ("nlu_fallback", 0.25)
    assert [confidence for _, confidence in after(*confidences)[1:]] == list(confidences)


def test_the_thresholds_themselves_are_enough() -> None:
    assert after(0.25)[0][0] == "a"
    assert after(0.625, 0.5)[0][0] == "a"


def test_no_prediction_falls_back() -> None:
    assert after() == [("nlu_fallback", 0.25)]
    none = IntentPredictions((), np.full((2, 1), -1, dtype=np.int32), np.zeros((2, 1), dtype=np.float32))
    assert FallbackClassifier().apply(none).top(1) == ("nlu_fallback", pytest.approx(0.3))


def test_where_the_last_classifier_is_silent_the_ones_before_count() -> None:
    earlier = IntentPredictions(("a",), np.int32([[0], [0]]), np.float32([[0.75], [0.5]]))
    last = IntentPredictions(("k",), np.int32([[-1], [0]]), np.float32([[0], [1]]))
    made = FallbackClassifier().apply(last, [earlier, last])
    assert [made.top(row) for row in range(2)] == [("a", 0.75), ("k", 1.0)]
