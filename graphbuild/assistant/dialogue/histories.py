"""Histories: conversations so far, as the columns in which policies are asked for the next action.

The same code for the one conversation of an assistant that talks and for all steps of many told stories.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.dialogues import Dialogues, Present
from graphbuild.assistant.data.stories import Event
from graphbuild.assistant.dialogue.chains import NOTHING
from graphbuild.assistant.dialogue.states import StateMaker
from graphbuild.assistant.dialogue.teller import History
from graphbuild.contract.columns import row_splits

USER, LOOP = "@user", "@loop"
"""What may change before an action, beside slots."""


@dataclass(frozen=True)
class Moment:
    """One conversation, about to go on."""

    history: History
    """The present, and the events before it; its own event, what came next where that is known, is to be foreseen."""
    is_rejected: bool = False
    """Whether the active loop refused to go on."""
    refused: str = ""
    """The action that was to come next and refused to."""
    confidence: float = 1.0
    """How sure NLU was of what the user meant."""
    hidden: tuple[bool, ...] = ()
    """For each action so far, whether policies that learn from stories do not see its turn; none when empty."""


def histories(maker: StateMaker, moments: Sequence[Moment]) -> Dialogues:
    """N conversations -> n dialogues that each end with the present state."""
    rows = [_row(maker, moment) for moment in moments]
    states = sorted({state for row in rows for state, _, _ in row})
    actions = sorted({action for row in rows for _, action, _ in row})
    changes = sorted({change for row in rows for _, _, change in row})
    state_of, action_of, change_of = (
        {name: code for code, name in enumerate(one)} for one in (states, actions, changes)
    )
    steps = [step for row in rows for step in row]
    present = Present(
        is_hidden=np.array(
            [hides for row, one in zip(rows, moments, strict=True) for hides in _hidden(one, len(row))], dtype=np.bool_
        ),
        is_rejected=np.array([one.is_rejected for one in moments], dtype=np.bool_),
        refused=tuple(one.refused for one in moments),
        texts=tuple(_text(one) for one in moments),
        confidences=np.array([one.confidence for one in moments], dtype=np.float64),
        changes=tuple(changes),
        change_ids=np.array([change_of[change] for _, _, change in steps], dtype=np.int32),
        beginning=maker.state(maker.begin()),
    )
    return Dialogues(
        tuple(states),
        tuple(actions),
        row_splits(np.array([len(row) for row in rows], dtype=np.int64)),
        np.array([state_of[state] for state, _, _ in steps], dtype=np.int32),
        np.array([action_of[action] for _, action, _ in steps], dtype=np.int32),
        np.zeros(len(rows), dtype=np.bool_),
        np.zeros(len(rows), dtype=np.bool_),
        present=present,
    )


def _row(maker: StateMaker, moment: Moment) -> list[tuple[str, str, str]]:
    """(state, action taken in it, what changed since the action before) of each action so far, and of the present."""
    row = []
    changed: set[str] = set()
    for one in _told(moment.history):
        if one.is_action or one is moment.history:
            name = str(one.event.text if one.event.type == "bot" else one.event.name)
            row.append((maker.state(one.now), name, json.dumps(sorted(changed))))
            changed = set()
        else:
            changed.update(_changes(maker, one.event))
    return row


def _told(last: History) -> list[History]:
    """All moments, oldest first; without a first action that no turn of the user comes before, as in training."""
    found = []
    moment: History | None = last
    while moment is not None:
        found.append(moment)
        moment = moment.before
    found.reverse()
    acts = [place for place, one in enumerate(found) if one.is_action or one is last]
    if len(acts) > 1 and found[acts[1]].link == NOTHING:
        return found[acts[0] + 1 :]
    return found


def _changes(maker: StateMaker, event: Event) -> Iterator[str]:
    if event.type == "user":
        yield USER
        yield from (str(filled.name) for filled in maker.filled_by(event))
    elif event.type == "slot":
        yield str(event.name)
    elif event.type == "loop":
        yield LOOP


def _text(moment: Moment) -> str:
    now = moment.history.now
    return now.text if now.text is not None and now.intent is not None else ""


def _hidden(moment: Moment, length: int) -> tuple[bool, ...]:
    # The present has no action yet.
    return (*moment.hidden[-(length - 1) :], False) if moment.hidden and length > 1 else (False,) * length
