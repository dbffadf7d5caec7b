"""States as features: what a network sees of each distinct state, attribute by attribute. RASA.md 4.2.

v distinct states, f features of an attribute. The user's part is seen only right after the bot listened. A feature is
known by its name; those that occur in training are learnt, others are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.dialogue.states import LISTEN

INTENT, TEXT, ENTITIES = "intent", "text", "entities"
ACTION_NAME, ACTION_TEXT = "action_name", "action_text"
SLOTS, ACTIVE_LOOP = "slots", "active_loop"
ATTRIBUTES = (INTENT, TEXT, ENTITIES, ACTION_NAME, ACTION_TEXT, SLOTS, ACTIVE_LOOP)

Seen = dict[str, dict[str, float]]
"""Attribute -> feature -> value, of one state."""
Vocabulary = Mapping[str, tuple[str, ...]]
"""Attribute -> names of its features, sorted; without attributes that no state has."""


@dataclass(frozen=True)
class AttributeRows:
    """One attribute of all states: row i has the entries [splits[i], splits[i + 1])."""

    splits: NDArray[np.int64]  # [v + 1]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]
    is_there: NDArray[np.bool_]  # [v] whether a state has the attribute at all, with known features or not


def features_of(state: str) -> Seen:
    """What is seen of a state (canonical JSON)."""
    parts: dict[str, Any] = json.loads(state)
    previous = parts.get("prev_action", {})
    found = {name: {previous[name]: 1.0} for name in (ACTION_NAME, ACTION_TEXT) if name in previous}
    if previous.get(ACTION_NAME) == LISTEN:
        user = parts.get("user", {})
        found |= {name: {user[name]: 1.0} for name in (INTENT, TEXT) if name in user}
        if user.get("entities"):
            found[ENTITIES] = dict.fromkeys(user["entities"], 1.0)
    if "slots" in parts:
        found[SLOTS] = dict(_slots(parts["slots"]))
    if "active_loop" in parts:
        found[ACTIVE_LOOP] = {parts["active_loop"]["name"]: 1.0}
    return found


def _slots(slots: Mapping[str, list[float] | str]) -> list[tuple[str, float]]:
    """Each value of each slot; what a rule says of an empty slot is a feature of its own."""
    found = []
    for name, values in slots.items():
        if isinstance(values, str):
            found.append((f"{name}:{values}", 1.0))
        else:
            found += [(f"{name}:{position}", value) for position, value in enumerate(values) if value]
    return found


def vocabulary_of(states: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The features that occur in some states."""
    names: dict[str, set[str]] = {}
    for state in states:
        for attribute, features in features_of(state).items():
            names.setdefault(attribute, set()).update(features)
    return {attribute: tuple(sorted(names[attribute])) for attribute in ATTRIBUTES if attribute in names}


def encode_states(states: Sequence[str], vocabulary: Vocabulary) -> dict[str, AttributeRows]:
    """V states -> the rows of each attribute that is learnt."""
    index = {attribute: {name: column for column, name in enumerate(names)} for attribute, names in vocabulary.items()}
    seen = [features_of(state) for state in states]
    return {attribute: _rows(seen, attribute, columns) for attribute, columns in index.items()}


def _rows(seen: Sequence[Seen], attribute: str, columns: Mapping[str, int]) -> AttributeRows:
    rows = [
        sorted((columns[name], value) for name, value in one.get(attribute, {}).items() if name in columns)
        for one in seen
    ]
    splits = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=splits[1:])
    return AttributeRows(
        splits,
        np.array([column for row in rows for column, _ in row], dtype=np.int32),
        np.array([value for row in rows for _, value in row], dtype=np.float32),
        np.array([attribute in one for one in seen], dtype=np.bool_),
    )
