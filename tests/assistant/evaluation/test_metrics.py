"""Metrics are scikit-learn's, whatever the labels."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.assistant.evaluation.metrics import AVERAGES, NO_ENTITY, Confusion, exact, flat, report_of

LABELS = st.sampled_from(["a", "b", "c", "city.from", NO_ENTITY])
PAIRS = st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40)


@settings(deadline=None)
@given(PAIRS)
def test_figures_are_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    from sklearn.metrics import accuracy_score, classification_report

    targets, predictions = zip(*pairs, strict=True)
    for without in (None, NO_ENTITY):
        ours = report_of(Confusion.of(targets, predictions), without)
        labels = sorted(set(targets) - {without})
        assert list(ours["labels"]) == labels
        assert ours["accuracy"] == pytest.approx(accuracy_score(targets, predictions))
        if not labels:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = classification_report(targets, predictions, labels=labels, output_dict=True, zero_division=0)
        for name in (*labels, *AVERAGES):
            if name == "micro avg" and name not in theirs:
                continue  # scikit-learn gives the accuracy alone where both are equal
            mine = {key: value for key, value in flat(ours)[name].items() if key != "confused_with"}
            assert mine == pytest.approx(theirs[name]), name


@given(PAIRS, PAIRS)
def test_a_sum_of_confusions_is_the_confusion_of_all(first: list[tuple[str, str]], second: list) -> None:
    parts = [Confusion.of(*zip(*pairs, strict=True)) for pairs in (first, second)]
    whole = Confusion.of(*zip(*first, *second, strict=True))
    summed = Confusion.summed(parts)
    assert summed.labels == whole.labels
    assert summed.cells() == whole.cells()


def test_nothing_at_all() -> None:
    report = report_of(Confusion.of((), ()))
    assert report["accuracy"] == 0
    assert report["labels"] == {}
    assert all(report[name] == {"precision": 0, "recall": 0, "f1-score": 0, "support": 0} for name in AVERAGES)


def test_the_most_frequent_mistakes_are_named() -> None:
    targets = ["a"] * 10
    predictions = ["b", "b", "b", "c", "c", "d", "e", "a", "a", "a"]
    report = report_of(Confusion.of(targets, predictions))
    assert report["labels"]["a"]["confused_with"] == {"b": 3, "c": 2, "d": 1}
    assert list(report["labels"]) == ["a"]
    assert report["accuracy"] == pytest.approx(0.3)
    assert report["micro avg"]["precision"] == 1.0
    assert report["micro avg"]["recall"] == pytest.approx(0.3)


def test_exact_counts() -> None:
    assert exact(2, 4, 5) == {"precision": 0.5, "recall": 0.4, "f1-score": pytest.approx(4 / 9), "support": 5}
    assert exact(0, 0, 0) == {"precision": 0.0, "recall": 0.0, "f1-score": 0.0, "support": 0}
