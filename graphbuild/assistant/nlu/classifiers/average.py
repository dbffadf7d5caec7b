"""IntentAverage: what several classifiers say of intents, as one: the mean of their confidences.

Classifiers of different kinds (a linear one, a network) err on different messages, so together they are right more
often than the better of them (Kittler et al., On Combining Classifiers, IEEE PAMI 20(3), 1998: the sum rule).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.assistant.nlu.classifiers.ranking import ranked
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import NotNegative, option


class IntentAverage(Component):
    """Averages what several classifiers say of intents."""

    kind = "classifier"

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        ranking_length: NotNegative = option(10, "How many intents are ranked; 0 for all.")

    config: Config

    def apply(self, intents: Sequence[IntentPredictions]) -> IntentPredictions:
        """Rankings [n, r] of several classifiers -> one [n, min(k, ranking_length)].

        Intents that a classifier does not rank have no confidence with it; of a message of which it says nothing at
        all, the others decide.
        """
        said = [one for one in intents if one.names and one.ranking.shape[1]]
        names = tuple(sorted({name for one in said for name in one.names}))
        count = max((len(one.ranking) for one in intents), default=0)
        if not names:
            return IntentPredictions((), np.full((count, 0), -1, np.int32), np.zeros((count, 0), np.float32))
        code = {name: number for number, name in enumerate(names)}
        sums = np.zeros((count, len(names)), dtype=np.float64)
        voices = np.zeros(count, dtype=np.int64)
        for one in said:
            rows, ranks = np.nonzero(one.ranking >= 0)
            recode = np.array([code[name] for name in one.names], dtype=np.int64)
            np.add.at(sums, (rows, recode[one.ranking[rows, ranks]]), one.confidences[rows, ranks])
            voices += one.ranking[:, 0] >= 0
        means = (sums / np.maximum(voices, 1)[:, None]).astype(np.float32)
        found = ranked(names, means, self.config.ranking_length)
        silent = voices == 0
        found.ranking[silent] = -1
        return found
