"""Every beginning of every story, as a policy sees it before each action."""

from __future__ import annotations

import numpy as np

from graphbuild.assistant.data.dialogues import Dialogues


def prefixes(trackers: Dialogues, only: int | None = None) -> tuple[Dialogues, list[str]]:
    """The beginnings as dialogues, or one of them, and the action that follows each. Those of rules are left out."""
    runs, actions = [], []
    for dialogue in np.flatnonzero(~trackers.is_rule).tolist():
        first, last = int(trackers.splits[dialogue]), int(trackers.splits[dialogue + 1])
        runs += [trackers.state_ids[first : end + 1] for end in range(first, last)]
        actions += [trackers.actions[label] for label in trackers.labels[first:last]]
    if only is not None:
        runs, actions = runs[only : only + 1], actions[only : only + 1]
    splits = np.cumsum([0, *map(len, runs)]).astype(np.int64)
    nothing = np.zeros(len(runs), dtype=np.bool_)
    ids = np.concatenate([np.zeros(0, dtype=np.int32), *runs])
    labels = np.zeros(len(ids), dtype=np.int32)
    return Dialogues(trackers.states, trackers.actions, splits, ids, labels, nothing, nothing), actions
