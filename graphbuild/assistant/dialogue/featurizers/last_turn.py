"""The last turn of the user by what was meant or by what was said: what a policy that knows texts asks of both.

RASA.md 4.3, TEDPolicy. n dialogues, each of which ends with the present state.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.dialogue.states import LISTEN, with_text
from graphbuild.contract.columns import gather_rows


@dataclass(frozen=True)
class LastTurns:
    """Dialogues as their last turns were meant, and as they were said."""

    meant: Dialogues
    """Without the texts of the last turns."""
    said: Dialogues
    """With the texts alone: neither intents nor entities."""
    texts: tuple[str | None, ...]
    """[n] the texts; None where the user did not speak last, or it is not known what was said."""

    @classmethod
    def of(cls, trackers: Dialogues, texts: Sequence[str]) -> LastTurns:
        """`texts` [n]: what was said last, where its meaning is known, too; else empty."""
        last = [_last(trackers, number) for number in range(len(trackers))]
        said = [_said(state, text) for state, text in zip(last, texts, strict=True)]
        return cls(
            _with_last(trackers, [None if state is None else _without_text(state) for state in last]),
            _with_last(
                trackers,
                [
                    None if state is None or text is None else with_text(json.dumps(state), text)
                    for state, text in zip(last, said, strict=True)
                ],
            ),
            tuple(said),
        )

    def rows(self) -> NDArray[np.int64]:
        """The dialogues of which it is known what was said last."""
        return np.flatnonzero([text is not None for text in self.texts])


def picked(trackers: Dialogues, rows: NDArray[np.int64]) -> Dialogues:
    """Some dialogues by number, of which nothing is known but their states."""
    found, splits = gather_rows(trackers.splits, rows)
    return replace(
        trackers,
        splits=splits,
        state_ids=trackers.state_ids[found],
        labels=trackers.labels[found],
        is_rule=trackers.is_rule[rows],
        is_augmented=trackers.is_augmented[rows],
        present=None,
    )


def _last(trackers: Dialogues, number: int) -> dict[str, Any] | None:
    """The last state of a dialogue, if the bot listened before it."""
    first, last = int(trackers.splits[number]), int(trackers.splits[number + 1])
    if first == last:
        return None
    state: dict[str, Any] = json.loads(trackers.states[trackers.state_ids[last - 1]])
    return state if state.get("prev_action", {}).get("action_name") == LISTEN else None


def _said(state: dict[str, Any] | None, text: str) -> str | None:
    if state is None:
        return None
    said: str | None = state.get("user", {}).get("text")
    return text or said


def _without_text(state: dict[str, Any]) -> str:
    user = {name: one for name, one in state.get("user", {}).items() if name != "text"}
    kept = {name: one for name, one in state.items() if name != "user"}
    return json.dumps({**kept, "user": user} if user else kept, sort_keys=True, ensure_ascii=False)


def _with_last(trackers: Dialogues, states: Sequence[str | None]) -> Dialogues:
    """The dialogues with other last states; None leaves one as it is."""
    code_of = {state: code for code, state in enumerate(trackers.states)}
    ids = trackers.state_ids.copy()
    for number, state in enumerate(states):
        if state is not None:
            ids[int(trackers.splits[number + 1]) - 1] = code_of.setdefault(state, len(code_of))
    return replace(trackers, states=tuple(code_of), state_ids=ids)
