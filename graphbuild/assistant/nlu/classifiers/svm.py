"""Support vector machines with probabilities: scikit-learn fits, numpy predicts. Knows no messages and no intents.

One machine for each pair of k classes, as in libsvm; the sign of its decision is the vote, positive for the first of
the pair. A sigmoid for each pair makes probabilities of held-out decisions (Platt 1999; Lin, Lin, Weng, "A Note on
Platt's Probabilistic Outputs", 2007), and pairs are coupled to one probability a class (Wu, Lin, Weng, "Probability
Estimates for Multi-class Classification by Pairwise Coupling", JMLR 5, 2004, the second method). We do this ourselves
because scikit-learn ends `SVC(probability=True)` with version 1.11.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.contract.columns import Array

Doubles = NDArray[np.float64]
Kernel = Literal["linear", "poly", "rbf", "sigmoid"]
_FOLDS = 5
_STEPS = 100
_LEAST = 1e-7
"""Probabilities of a pair are kept this far from 0 and 1 (libsvm's number)."""


@dataclass(frozen=True)
class Machines:
    """What was fitted: s support vectors of d features, k classes, p pairs of them in the order of combinations."""

    vectors: NDArray[np.float32]  # [s, d] by class
    counts: NDArray[np.int64]  # [k] support vectors of each class
    weights: Doubles  # [k - 1, s] of each vector in the machines of its class
    intercepts: Doubles  # [p]
    slopes: Doubles  # [p] of the sigmoids
    shifts: Doubles  # [p]
    kernel: str
    gamma: float

    def arrays(self) -> dict[str, Array]:
        """The arrays by name."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in found.items() if isinstance(value, np.ndarray)}

    @classmethod
    def of(cls, arrays: Mapping[str, Array], kernel: str, gamma: float) -> Self:
        """The machines again."""
        return cls(**arrays, kernel=kernel, gamma=gamma)

    def decisions(self, rows: NDArray[np.float32]) -> Doubles:
        """The decisions of all pairs. rows [n, d] -> [n, p]. A row's are the same whatever stands beside it."""
        classes = len(self.counts)
        ends = np.cumsum(self.counts)
        first, second = _pairs(classes)
        found = np.empty((len(rows), len(first)), dtype=np.float64)
        vectors = self.vectors.astype(np.float64)
        for number, row in enumerate(rows.astype(np.float64)):
            likeness = self._likeness(vectors, row)  # [s]
            sums = [
                self.weights[:, end - count : end] @ likeness[end - count : end]  # [k - 1]
                for end, count in zip(ends.tolist(), self.counts.tolist(), strict=True)
            ]
            votes = np.stack(sums)  # [k, k - 1]: of class i against all others, in order
            found[number] = votes[first, second - 1] + votes[second, first] + self.intercepts
        return found

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows [n, d] -> [n, k], each row adding up to 1."""
        classes = len(self.counts)
        first, second = _pairs(classes)
        wins = np.zeros((len(rows), classes, classes))
        for_first = np.clip(_sigmoid(self.decisions(rows) * self.slopes + self.shifts), _LEAST, 1 - _LEAST)
        wins[:, first, second], wins[:, second, first] = for_first, 1 - for_first
        return coupled(wins).astype(np.float32)

    def _likeness(self, vectors: Doubles, row: Doubles) -> Doubles:
        if self.kernel == "rbf":
            return np.asarray(np.exp(-self.gamma * ((vectors - row) ** 2).sum(axis=1)))
        products = vectors @ row
        if self.kernel == "linear":
            return np.asarray(products)
        # scikit-learn's defaults: degree 3, coef0 0.
        return np.asarray((self.gamma * products) ** 3 if self.kernel == "poly" else np.tanh(self.gamma * products))


def fit(rows: NDArray[np.float32], labels: NDArray[np.int64], C: float, gamma: float, kernel: str) -> Machines:  # noqa: N803 - its name
    """Rows [n, d] with labels from 0 to k - 1, each of which occurs; k is at least 2."""
    with _quietly():
        model = _machine(C, gamma, kernel).fit(rows, labels)
        held_out = _held_out(model, rows, labels)
    # Of two classes scikit-learn turns the signs.
    sign = -1 if len(model.classes_) == 2 else 1
    sigmoids = [
        fit_sigmoid(*_of_pair(held_out[:, number], labels, pair))
        for number, pair in enumerate(itertools.combinations(range(len(model.classes_)), 2))
    ]
    return Machines(
        np.asarray(model.support_vectors_, dtype=np.float32),
        np.asarray(model.n_support_, dtype=np.int64),
        sign * np.asarray(model.dual_coef_),
        sign * np.asarray(model.intercept_),
        np.array([slope for slope, _ in sigmoids]),
        np.array([shift for _, shift in sigmoids]),
        kernel,
        gamma,
    )


def search(
    rows: NDArray[np.float32],
    labels: NDArray[np.int64],
    grid: Mapping[str, Sequence[Any]],
    folds: int,
    scoring: str,
    threads: int,
) -> dict[str, Any]:
    """The best of the grid's options by cross-validation: C, gamma, kernel. Raises ValueError for an unknown score."""
    from sklearn.model_selection import GridSearchCV

    given: dict[str, Any] = {name: list(values) for name, values in grid.items()}
    first = {name: values[0] for name, values in given.items()}
    if all(len(values) == 1 for values in given.values()) or np.bincount(labels).max() < folds:
        return first
    with _quietly():
        found = GridSearchCV(_machine(**first), given, cv=folds, scoring=scoring, n_jobs=threads, refit=False)
        return dict(found.fit(rows, labels).best_params_)


def coupled(wins: Doubles) -> Doubles:
    """How probable it is of a pair that it is the first, [n, k, k] -> of each class [n, k]."""
    count, classes, _ = wins.shape
    # The p with the least sum of (wins[j, i] p[i] - wins[i, j] p[j])^2 that adds up to 1, as a linear system.
    matrix = np.ones((count, classes + 1, classes + 1))
    matrix[:, :classes, :classes] = -wins.transpose(0, 2, 1) * wins
    diagonal = np.arange(classes)
    matrix[:, diagonal, diagonal] = (wins.transpose(0, 2, 1) ** 2).sum(axis=2)
    matrix[:, classes, classes] = 0
    wanted = np.zeros((count, classes + 1, 1))
    wanted[:, classes] = 1
    found = np.clip(np.linalg.solve(matrix, wanted)[:, :classes, 0], 0, 1)
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def fit_sigmoid(decisions: Doubles, is_first: NDArray[np.bool_]) -> tuple[float, float]:
    """(slope, shift) of the sigmoid that says how probable the first class is, by Newton's method."""
    firsts = int(is_first.sum())
    others = len(is_first) - firsts
    # Targets a little inside 0 and 1, as if one more of each had been seen.
    targets = np.where(is_first, (firsts + 1) / (firsts + 2), 1 / (others + 2))
    now = np.array([0.0, np.log((firsts + 1) / (others + 1))])
    loss = _loss(now, decisions, targets)
    for _ in range(_STEPS):
        p = _sigmoid(decisions * now[0] + now[1])
        error, curve = p - targets, p * (1 - p)
        gradient = np.array([(error * decisions).sum(), error.sum()])
        if np.abs(gradient).max() < 1e-5:
            break
        mixed = (curve * decisions).sum()
        hessian = np.array([[(curve * decisions**2).sum(), mixed], [mixed, curve.sum()]]) + 1e-12 * np.eye(2)
        step, size = np.linalg.solve(hessian, gradient), 1.0
        while size >= 1e-10 and (new := _loss(now - size * step, decisions, targets)) >= loss - 1e-4 * size * (
            gradient @ step
        ):
            size /= 2
        if size < 1e-10:
            break
        now, loss = now - size * step, new
    return float(now[0]), float(now[1])


def _held_out(model: Any, rows: Array, labels: Array) -> Doubles:
    """Decisions [n, p] of machines that have not seen the row; of the whole model where these lack a class."""
    from sklearn.base import clone
    from sklearn.model_selection import StratifiedKFold

    pairs = {pair: number for number, pair in enumerate(itertools.combinations(range(len(model.classes_)), 2))}
    found = _first_positive(model, rows)
    folds = min(_FOLDS, int(np.bincount(labels).max()))
    for seen, held in StratifiedKFold(folds).split(rows, labels) if folds > 1 else ():
        there = np.unique(labels[seen]).tolist()
        if len(there) > 1:
            columns = [pairs[pair] for pair in itertools.combinations(there, 2)]
            found[np.ix_(held, columns)] = _first_positive(clone(model).fit(rows[seen], labels[seen]), rows[held])
    return found


def _first_positive(model: Any, rows: Array) -> Doubles:
    """Decisions [n, p]. Of two classes scikit-learn gives one column, of the other sign."""
    found = np.array(model.decision_function(rows), dtype=np.float64)
    return -found[:, None] if found.ndim == 1 else found


def _machine(C: float, gamma: float, kernel: str) -> Any:  # noqa: N803 - its name
    from sklearn.svm import SVC

    return SVC(C=C, gamma=gamma, kernel=kernel, class_weight="balanced", decision_function_shape="ovo")


def _of_pair(decisions: Doubles, labels: Array, pair: tuple[int, int]) -> tuple[Doubles, NDArray[np.bool_]]:
    rows = np.isin(labels, pair)
    return decisions[rows], labels[rows] == pair[0]


def _pairs(classes: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first, second = np.triu_indices(classes, 1)
    return first, second


def _sigmoid(values: Doubles) -> Doubles:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)))  # does not overflow


def _loss(sigmoid: Doubles, decisions: Doubles, targets: Doubles) -> float:
    values = decisions * sigmoid[0] + sigmoid[1]
    return float((np.logaddexp(0, values) - targets * values).sum())


@contextmanager
def _quietly() -> Iterator[None]:
    """Fits with one thread of the linear algebra library, and without scikit-learn's remarks on small classes."""
    from threadpoolctl import threadpool_limits

    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        yield
