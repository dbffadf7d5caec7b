"""Dialogues without `action_unlikely_intent`: policies that learn from stories do not see that it was there.

RASA.md 4.3. It says that a user turn was unexpected; what comes next follows from the turn itself.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.dialogues import DialogueColumns

UNLIKELY = "action_unlikely_intent"

_Columns = TypeVar("_Columns", bound=DialogueColumns)


def without_unlikely(trackers: _Columns) -> _Columns:
    """The dialogues without states after it, and without the steps that it was. Open ends keep their last label."""
    is_after = np.array([_comes_after(state) for state in trackers.states], dtype=np.bool_)
    if not is_after.any() and UNLIKELY not in trackers.actions:
        return trackers
    stays = ~is_after[trackers.state_ids]
    names = np.array([action == UNLIKELY for action in trackers.actions], dtype=np.bool_)
    is_told = ~names[trackers.labels]
    splits = _counted(stays, trackers.splits)
    if np.array_equal(splits, _counted(is_told, trackers.splits)):
        labels = trackers.labels[is_told]
    else:  # only the states count where something is to be predicted
        labels = trackers.labels[stays]
    return replace(trackers, splits=splits, state_ids=trackers.state_ids[stays], labels=labels)


def _counted(stays: NDArray[np.bool_], splits: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.concatenate([[0], np.cumsum(stays)]).astype(np.int64)
    return sums[splits]


def _comes_after(state: str) -> bool:
    return UNLIKELY in state and json.loads(state).get("prev_action", {}).get("action_name") == UNLIKELY
