from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.nlu.classifiers.logistic_regression import LogisticRegressionClassifier
from tests.assistant.nlu.samples import messages_of, ranking


def sentence(rows: Any) -> Features:
    return Features(None, np.array(rows, dtype=np.float32))


X = np.random.default_rng(1).integers(0, 3, (30, 4)).astype(np.float32)
WITH_EQUAL_COLUMNS = np.concatenate([X, X[:, :2], X[:, :1]], axis=1)
DOUBLES = WITH_EQUAL_COLUMNS.astype(float)
TEXTS = tuple(f"text {i}" for i in range(30))


@pytest.mark.parametrize("count", [2, 3])
def test_predictions_equal_those_of_scikit_learn(count: int) -> None:
    from sklearn.linear_model import LogisticRegression

    intents = [f"intent_{int(row.sum() + row[0]) % count}" for row in X]
    theirs = LogisticRegression(class_weight="balanced", tol=1e-9, max_iter=1000).fit(DOUBLES, intents)
    classifier = LogisticRegressionClassifier(LogisticRegressionClassifier.Config(tol=1e-9, max_iter=1000))
    messages, features = messages_of(*TEXTS, intents=intents), [sentence(WITH_EQUAL_COLUMNS)]
    predictions = classifier.apply(classifier.train(messages, features), messages, features)
    for row, expected in enumerate(theirs.predict_proba(DOUBLES)):
        ours = dict(ranking(predictions, row))
        assert [ours[name] for name in theirs.classes_] == pytest.approx(expected.tolist(), abs=1e-4)


def test_features_of_several_featurizers_stand_side_by_side() -> None:
    intents = ["a" if row[0] > row[3] else "b" for row in X]
    classifier, messages = LogisticRegressionClassifier(), messages_of(*TEXTS, intents=intents)
    together = classifier.train(messages, [sentence(X)])
    apart = classifier.train(messages, [sentence(X[:, :1]), Features(sentence(X).sentence, None), sentence(X[:, 1:])])
    assert together.encode() == apart.encode()


def test_examples_without_an_intent_teach_nothing() -> None:
    intents = ["a" if row[0] > row[3] else "b" for row in X]
    classifier = LogisticRegressionClassifier()
    without = classifier.train(messages_of(*TEXTS[:20], intents=intents[:20]), [sentence(X[:20])])
    with_more = classifier.train(messages_of(*TEXTS, intents=[*intents[:20], *[None] * 10]), [sentence(X)])
    assert without.encode() == with_more.encode()


def test_the_only_intent_is_always_the_answer() -> None:
    classifier, messages = LogisticRegressionClassifier(), messages_of("a", "b", intents=["greet", None])
    features = [sentence([[1.0], [0.0]])]
    predictions = classifier.apply(classifier.train(messages, features), messages, features)
    assert ranking(predictions, 1) == [("greet", 1.0)]


def test_a_ranking_names_as_many_intents_as_asked_for() -> None:
    intents = [f"intent_{i % 5}" for i in range(30)]
    messages, features = messages_of(*TEXTS, intents=intents), [sentence(X)]
    for length, expected in ((2, 2), (10, 5), (0, 5)):
        classifier = LogisticRegressionClassifier(LogisticRegressionClassifier.Config(ranking_length=length))
        predictions = classifier.apply(classifier.train(messages, features), messages, features)
        assert predictions.ranking.shape == (30, expected)
        assert (np.diff(predictions.confidences, axis=1) <= 0).all()
