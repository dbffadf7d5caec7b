"""What policies that learn from stories see of conversations: nothing that only rules know. RASA.md 4.3.

Slots and loops that no story has are taken out of states, turns of rules that no story has are left out, and so are
those of `action_unlikely_intent`. What is left looks like the dialogues that stories tell.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.dialogue.featurizers.unlikely import UNLIKELY, without_unlikely
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.contract.columns import row_splits

State = dict[str, Any]


def seen_by_learners(trackers: Dialogues, rule_only: RuleOnly | None) -> Dialogues:
    """Dialogues as learners see them. In those that are there to be learnt from nothing is of rules alone."""
    if trackers.present is None:
        return without_unlikely(trackers)
    parsed = [json.loads(state) for state in trackers.states]
    names: dict[str, int] = {}
    written: dict[int, int] = {}
    rows: list[list[int]] = []
    labels: list[int] = []
    ids, told, hidden = trackers.state_ids.tolist(), trackers.labels.tolist(), trackers.present.is_hidden.tolist()
    splits = trackers.splits.tolist()
    for first, last in itertools.pairwise(splits):
        codes, hides = ids[first:last], hidden[first:last]
        if any(hides) or any(_previous(parsed[code]) == UNLIKELY for code in codes):
            kept = visible([parsed[code] for code in codes], hides, rule_only)
            rows.append([names.setdefault(_text(state), len(names)) for _, state in kept])
            labels += [told[first + place] for place, _ in kept]
            continue
        # Nothing is hidden: each state by itself, and each distinct one once.
        for code in codes:
            if code not in written:
                written[code] = names.setdefault(_text(without(parsed[code], rule_only)), len(names))
        rows.append([written[code] for code in codes])
        labels += told[first:last]
    order = {name: number for number, name in enumerate(sorted(names))}
    codes_of = np.array([order[name] for name in names], dtype=np.int32)
    flat = np.array([code for row in rows for code in row], dtype=np.int64)
    return replace(
        trackers,
        states=tuple(order),
        splits=row_splits(np.array([len(row) for row in rows], dtype=np.int64)),
        state_ids=codes_of[flat] if len(flat) else flat.astype(np.int32),
        labels=np.array(labels, dtype=np.int32),
        present=None,
    )


def visible(states: Sequence[State], hides: Sequence[bool], rule_only: RuleOnly | None) -> list[tuple[int, State]]:
    """The states that learners see, with their places. `hides`: whether the turn of the action after each is hidden.

    A hidden turn hides the runs of its loop after it, too. What comes after hidden turns follows the last action that
    was not hidden, and what the user said in them is not known until the user speaks again.
    """
    found: list[tuple[int, State]] = []
    is_hidden = False
    last_action: Any = None
    for place, (state, hides_turn) in enumerate(zip(states, hides, strict=True)):
        if not is_hidden:
            last_action = state.get("prev_action")
        if "prev_action" in state and _previous(state) != state.get("active_loop", {}).get("name"):
            is_hidden = hides_turn
        if is_hidden:
            continue
        seen = without(state, rule_only)
        if found and _previous(state) != LISTEN:
            seen = _with(seen, "user", found[-1][1].get("user"))
        if last_action is not None:
            seen = _with(seen, "prev_action", last_action)
        found.append((place, seen))
    return [(place, state) for place, state in found if _previous(state) != UNLIKELY]


def without(state: State, rule_only: RuleOnly | None) -> State:
    """A state without the slots and loops that only rules have."""
    if rule_only is None:
        return state
    slots = {name: value for name, value in state.get("slots", {}).items() if name not in rule_only.slots}
    state = _with(state, "slots", slots)
    if state.get("active_loop", {}).get("name") in rule_only.loops:
        state = _with(state, "active_loop", None)
    return state


def _with(state: State, part: str, value: Any) -> State:
    kept = {name: inner for name, inner in state.items() if name != part}
    return {**kept, part: value} if value else kept


def _previous(state: State) -> Any:
    action = state.get("prev_action", {})
    return action.get("action_name", action.get("action_text"))


def _text(state: State) -> str:
    return json.dumps(state, sort_keys=True, ensure_ascii=False)
