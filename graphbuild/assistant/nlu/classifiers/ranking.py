"""Rankings: intents by descending confidence, equal ones by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.predictions import IntentPredictions


def confidences_of(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax over names: [n, k] -> [n, k]."""
    if not logits.shape[1]:
        return logits
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def ranked(
    names: tuple[str, ...], confidences: NDArray[np.float32], length: int, *, renormalise: bool = False
) -> IntentPredictions:
    """From a confidence for every name: confidences [n, k] -> ranking [n, min(k, length)]; length 0 for all.

    `renormalise`: the confidences of those that are kept add up to 1.
    """
    keep = min(length, len(names)) if length > 0 else len(names)
    order = np.argsort(-confidences, axis=1, kind="stable")[:, :keep]
    kept = np.take_along_axis(confidences, order, axis=1)
    if renormalise and keep:
        kept = kept / np.maximum(kept.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return IntentPredictions(names, order.astype(np.int32), kept)
