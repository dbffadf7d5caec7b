"""Rankings: intents by descending confidence, equal ones by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.predictions import IntentPredictions


def ranked(names: tuple[str, ...], confidences: NDArray[np.float32], length: int) -> IntentPredictions:
    """From a confidence for every name: confidences [n, k] -> ranking [n, min(k, length)]; length 0 for all."""
    keep = min(length, len(names)) if length > 0 else len(names)
    order = np.argsort(-confidences, axis=1, kind="stable")[:, :keep]
    return IntentPredictions(names, order.astype(np.int32), np.take_along_axis(confidences, order, axis=1))
