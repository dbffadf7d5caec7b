"""NaiveBayesClassifier: the multinomial naive Bayes classifier of texts, in plain numpy.

C. D. Manning, P. Raghavan, H. Schuetze, Introduction to Information Retrieval (2008), chapter 13.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import Positive, option
from graphbuild.errors import DataError, Problem
from graphbuild.general.texts import LabelledTexts, TextMatrix, TextPredictions, WordLikelihoods


class NaiveBayesClassifier(Component):
    """Learns how probable each word is under each label; gives the most probable label of each text."""

    kind = "classifier"

    @dataclass(frozen=True)
    class Config(Options):
        """How it learns."""

        smoothing: Positive = option(1.0, "Added to the weight of every word under every label.")

    def train(self, features: TextMatrix, texts: LabelledTexts) -> WordLikelihoods:
        """Sums weights by label. Texts without a label are passed over; raises DataError if none has one."""
        labels, codes = texts.label_codes()
        if not labels:
            raise DataError(Problem("no text has a label", hint="a classifier learns from labelled texts"))
        known = codes >= 0
        rows = features.rows()
        kept = known[rows]
        cells = codes[rows[kept]] * features.width + features.columns[kept]
        sums = np.bincount(cells, weights=features.values[kept], minlength=len(labels) * features.width)
        weights = sums.reshape(len(labels), features.width) + self.config.smoothing  # (k, v)
        priors = np.bincount(codes[known], minlength=len(labels)) / known.sum()
        return WordLikelihoods(labels, np.log(priors), np.log(weights / weights.sum(axis=1, keepdims=True)))

    def apply(self, state: WordLikelihoods, features: TextMatrix) -> TextPredictions:
        """The best label of each row and its probability; the first in the alphabet where two are equal."""
        rows = features.rows()
        scores = np.empty((len(state.labels), len(features)))
        for code, likelihoods in enumerate(state.likelihoods):
            weighted = features.values * likelihoods[features.columns]
            scores[code] = state.priors[code] + np.bincount(rows, weights=weighted, minlength=len(features))
        best = scores.argmax(axis=0)
        shares = np.exp(scores - scores.max(axis=0, initial=-np.inf, keepdims=True))
        confidences = 1 / shares.sum(axis=0)
        return TextPredictions([state.labels[code] for code in best.tolist()], confidences.tolist())
