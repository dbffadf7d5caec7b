"""The last states of dialogues, for policies to predict from: one row a dialogue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.dialogues import DialogueColumns
from graphbuild.assistant.dialogue.featurizers.unlikely import without_unlikely


def last_runs(trackers: DialogueColumns, max_history: int | None) -> NDArray[np.int32]:
    """Codes of the last states of n dialogues, at most `max_history` or all: [n, w], padded on the right with -1."""
    trackers = without_unlikely(trackers)
    lengths = np.diff(trackers.splits)
    kept = lengths if max_history is None else np.minimum(lengths, max_history)
    at = np.arange(int(kept.max(initial=0)))
    exists = at < kept[:, None]  # [n, w]
    places = np.where(exists, (trackers.splits[1:] - kept)[:, None] + at, 0)
    return np.where(exists, trackers.state_ids[places] if len(trackers.state_ids) else -1, -1).astype(np.int32)
