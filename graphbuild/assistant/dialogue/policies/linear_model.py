"""Logistic regression with scikit-learn's own options: scikit-learn fits, numpy predicts. Knows no dialogues.

With the solver `liblinear` one machine for each of k classes tells it from the rest (newer releases of scikit-learn
leave that to the caller), with any other solver one tells them all apart.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Options = Mapping[str, Any]
_EACH = "liblinear"


@dataclass(frozen=True)
class Linear:
    """What was fitted: weights [d, k] of d features, intercepts [k]."""

    weights: NDArray[np.float32]
    intercepts: NDArray[np.float32]
    is_each: bool
    """Whether each class was told from the rest by itself."""

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows [n, d] -> [n, k], each row adding up to 1."""
        scores = rows @ self.weights + self.intercepts
        if self.is_each:
            likely = np.exp(-np.logaddexp(0, -scores))  # the sigmoid
        else:
            likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(likely / likely.sum(axis=1, keepdims=True), dtype=np.float32)


def fit(rows: NDArray[np.float32], labels: NDArray[np.int64], options: Options) -> Linear:
    """Rows [n, d] with labels from 0 to k - 1, each of which occurs; k is at least 2."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    matrix = csr_matrix(rows)
    count = int(labels.max()) + 1
    is_each = options["solver"] == _EACH
    weights, intercepts = [], []
    with _quietly():
        if not is_each:
            model = LogisticRegression(**_as_known(options)).fit(matrix, labels)
            weights, intercepts = list(model.coef_), list(np.broadcast_to(model.intercept_, len(model.coef_)))
            if count == 2:  # scikit-learn keeps one row, the second class's odds against the first
                weights, intercepts = [np.zeros_like(weights[0]), *weights], [0.0, *intercepts]
        else:
            for label in range(count):
                model = LogisticRegression(**_as_known(options)).fit(matrix, labels == label)
                weights.append(model.coef_[0])
                intercepts.append(float(np.ravel(model.intercept_)[0]))
    return Linear(np.array(weights, dtype=np.float32).T, np.array(intercepts, dtype=np.float32), is_each)


def search(
    rows: NDArray[np.float32], labels: NDArray[np.int64], options: Options, grid: Any, folds: int, scoring: str
) -> dict[str, Any]:
    """The options with which held-out samples are told apart best: the first of those that are equally good.

    `grid` is scikit-learn's: lists of values by option, or several such mappings.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import ParameterGrid, cross_val_score
    from sklearn.multiclass import OneVsRestClassifier

    matrix = csr_matrix(rows)
    folds = max(2, min(folds, int(np.bincount(labels).max())))
    best: tuple[float, dict[str, Any]] = (-math.inf, dict(options))
    for chosen in ParameterGrid(grid):
        tried = {**options, **chosen}
        model = LogisticRegression(**_as_known(tried))
        if tried["solver"] == _EACH:
            model = OneVsRestClassifier(model)
        with _quietly():
            score = float(np.mean(cross_val_score(model, matrix, labels, cv=folds, scoring=scoring)))
        if score > best[0]:  # not so where a fold could not be told apart at all (nan)
            best = score, tried
    return best[1]


def _as_known(options: Options) -> dict[str, Any]:
    """Options as the installed scikit-learn takes them: newer releases have `l1_ratio` and `C` for `penalty`."""
    from sklearn.linear_model import LogisticRegression

    known = inspect.signature(LogisticRegression).parameters
    if known["penalty"].default == "l2":
        ratio = options["l1_ratio"] if options["penalty"] == "elasticnet" else None
        return {**options, "l1_ratio": ratio}
    found = {name: value for name, value in options.items() if name != "penalty"}
    if options["penalty"] is None:
        return {**found, "C": math.inf, "l1_ratio": 0.0}
    ratios = {"l1": 1.0, "l2": 0.0}
    return {**found, "l1_ratio": ratios.get(options["penalty"], options["l1_ratio"])}


@contextmanager
def _quietly() -> Iterator[None]:
    from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
    from threadpoolctl import threadpool_limits

    # Threads of the linear algebra library split sums, so their number would be in the result.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FitFailedWarning)
        # Of actions with fewer samples than folds.
        warnings.filterwarnings("ignore", message="The least populated class")
        warnings.filterwarnings("ignore", message="Label .* is present in all training examples")
        warnings.filterwarnings("ignore", message="One or more of the test scores are non-finite")
        yield
