"""Choosing among policies: the surest counts, then the one of the highest priority, then the first. RASA.md 4.3.

A prediction that holds whatever the user said goes before all others, and one by the text of the user before those by
what was meant. An action that just refused is not chosen again. Vectorised over dialogues.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions, Mark
from graphbuild.assistant.dialogue.states import LISTEN


def choose(predictions: Sequence[ActionPredictions], refused: Sequence[str]) -> ChosenActions:
    """P policies on n dialogues -> n actions. `refused` [n]: the action that just refused, empty for none."""
    count = len(refused)
    found = [_best(one, refused) for one in predictions]
    sure = np.array([confidence for _, confidence in found], dtype=np.float32).reshape(len(found), count)  # [p, n]
    marks = np.array([_marks(one, count) for one in predictions], dtype=np.uint8).reshape(len(found), count)  # [p, n]
    priorities = np.array([one.priority for one in predictions], dtype=np.float64)
    eligible = _strongest(marks)
    chosen = np.full(count, -1)
    if found:
        for_sure = np.where(eligible, sure, -1.0)
        tied = eligible & (for_sure == for_sure.max(axis=0))
        weight = np.where(tied, priorities[:, None], -np.inf)
        chosen = weight.argmax(axis=0)  # the first of equals
    actions, policies, confidences = [], [], np.zeros(count, dtype=np.float32)
    kept = np.zeros(count, dtype=np.uint8)
    for row, policy in enumerate(chosen.tolist()):
        one = predictions[policy] if policy >= 0 else None
        confidences[row] = sure[policy, row] if one is not None else 0.0
        # Where all are silent, nothing is done.
        actions.append(one.actions[found[policy][0][row]] if one is not None and confidences[row] > 0 else LISTEN)
        policies.append(one.policy if one is not None else "")
        kept[row] = marks[policy, row] & ~np.uint8(Mark.LOOP_INTERRUPTED) if one is not None else 0
    if found:
        kept |= np.bitwise_or.reduce(marks & np.uint8(Mark.LOOP_INTERRUPTED), axis=0)
    return ChosenActions(tuple(actions), tuple(policies), confidences, kept)


def _best(one: ActionPredictions, refused: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The most probable action of each dialogue, and how probable it is."""
    code = {name: column for column, name in enumerate(one.actions)}
    probabilities = one.probabilities
    if any(name in code for name in refused):
        probabilities = probabilities.copy()
        for row, name in enumerate(refused):
            if name in code:
                probabilities[row, code[name]] = 0.0
    if not one.actions:
        return np.zeros(len(refused), dtype=np.int64), np.zeros(len(refused), dtype=np.float32)
    best = probabilities.argmax(axis=1)
    return best, probabilities[np.arange(len(best)), best]


def _marks(one: ActionPredictions, count: int) -> NDArray[np.uint8]:
    return np.zeros(count, dtype=np.uint8) if one.marks is None else one.marks


def _strongest(marks: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """[p, n]: which predictions of a dialogue are of the kind that goes before the others."""
    no_user = (marks & np.uint8(Mark.NO_USER)).astype(np.bool_)
    by_text = (marks & np.uint8(Mark.END_TO_END)).astype(np.bool_)
    allowed = no_user == no_user.any(axis=0)
    with_text = by_text == by_text.any(axis=0)
    strongest: NDArray[np.bool_] = allowed & (with_text | no_user.any(axis=0))
    return strongest
