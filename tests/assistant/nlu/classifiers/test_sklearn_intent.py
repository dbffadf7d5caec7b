"""SklearnIntentClassifier, and the machines behind it beside scikit-learn's own."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.nlu.classifiers.sklearn_intent import SklearnIntentClassifier, SklearnIntentState
from graphbuild.assistant.nlu.classifiers.svm import coupled, fit, fit_sigmoid
from graphbuild.errors import ComponentError
from tests.assistant.nlu.samples import messages_of, ranking


def clouds(classes: int, each: int = 20, seed: int = 0) -> tuple[Any, Any]:
    """Rows around a point for each class."""
    chance = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), each)
    centres = chance.normal(size=(classes, 6)) * 1.5
    return (centres[labels] + chance.normal(size=(len(labels), 6))).astype(np.float32), labels


def trained(rows: Any, labels: Any, **options: Any) -> tuple[SklearnIntentClassifier, SklearnIntentState]:
    classifier = SklearnIntentClassifier(SklearnIntentClassifier.Config(**options))
    messages = messages_of(*map(str, range(len(rows))), intents=[f"intent_{label}" for label in labels])
    return classifier, classifier.train(messages, [Features(None, rows)])


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly", "sigmoid"])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_decisions_are_scikit_learns(kernel: str, classes: int) -> None:
    from sklearn.svm import SVC

    rows, labels = clouds(classes)
    theirs = SVC(C=2, gamma=0.1, kernel=kernel, class_weight="balanced", decision_function_shape="ovo")
    wanted = theirs.fit(rows, labels).decision_function(rows)
    wanted = -wanted[:, None] if classes == 2 else wanted
    assert fit(rows, labels, 2, 0.1, kernel).decisions(rows) == pytest.approx(wanted, rel=1e-5, abs=1e-5)


def test_probabilities_are_about_scikit_learns() -> None:
    from sklearn.svm import SVC

    rows, labels = clouds(4, 40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # from 1.11 on this has to go
        theirs = SVC(C=1, kernel="linear", class_weight="balanced", probability=True, random_state=0)
        wanted = theirs.fit(rows, labels).predict_proba(rows)
    ours = fit(rows, labels, 1, 0.1, "linear").probabilities(rows)
    assert ours.sum(axis=1) == pytest.approx(np.ones(len(rows)))
    assert np.abs(ours - wanted).mean() < 0.02
    assert (ours.argmax(axis=1) == wanted.argmax(axis=1)).mean() > 0.97


def test_pairs_that_agree_are_coupled_to_what_they_say() -> None:
    p = np.array([0.5, 0.3, 0.2])
    wins = p[:, None] / (p[:, None] + p[None, :]) * (1 - np.eye(3))
    assert coupled(wins[None])[0] == pytest.approx(p)


def test_a_sigmoid_finds_what_decisions_mean() -> None:
    chance = np.random.default_rng(1)
    decisions = chance.normal(size=5000) * 2
    is_first = chance.random(5000) < 1 / (1 + np.exp(-(1.5 * decisions - 0.5)))
    assert fit_sigmoid(decisions, is_first) == pytest.approx((1.5, -0.5), abs=0.15)


def test_the_best_of_the_grid_is_learnt_and_ranks_intents() -> None:
    rows, labels = clouds(3)
    classifier, state = trained(rows, labels, kernels=["linear", "rbf"])
    state = SklearnIntentState.decode(state.encode())
    made = classifier.apply(state, messages_of("a", "b"), [Features(None, rows[[0, -1]])])
    assert [made.top(row)[0] for row in range(2)] == ["intent_0", "intent_2"]
    assert len(ranking(made, 0)) == 3


def test_few_examples_are_enough() -> None:
    for labels in ([0, 1], [0, 0, 1], [0, 1, 2], [0, 0, 0, 1, 2]):
        rows = clouds(3)[0][[20 * label + number for number, label in enumerate(labels)]]
        classifier, state = trained(rows, labels)
        made = classifier.apply(state, messages_of(*map(str, labels)), [Features(None, rows)])
        assert [made.top(row)[0] for row in range(len(rows))] == [f"intent_{label}" for label in labels]


def test_one_intent_is_always_the_answer_and_none_never() -> None:
    rows, _ = clouds(2)
    classifier, state = trained(rows, np.zeros(len(rows), dtype=int))
    assert classifier.apply(state, messages_of("x"), [Features(None, rows[:1])]).top(0) == ("intent_0", 1.0)
    nothing = classifier.train(messages_of("x"), [Features(None, rows[:1])])
    assert classifier.apply(nothing, messages_of("x"), [Features(None, rows[:1])]).top(0) == (None, 0.0)


def test_without_dense_features_it_says_what_to_add() -> None:
    with pytest.raises(ComponentError, match="needs dense features") as caught:
        SklearnIntentClassifier().train(messages_of("a", intents=["b"]), [])
    assert "LanguageModelFeaturizer" in str(caught.value.problems[0].hint)
