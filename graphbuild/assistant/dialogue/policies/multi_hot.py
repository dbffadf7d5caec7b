"""States as numbers, for policies of Rasa 1: one column for each thing that may be so. RASA.md 4.2, 4.5.

Columns are the features that occur in training: one that was never seen has nothing to learn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.dialogue.featurizers.single_state import features_of
from graphbuild.assistant.dialogue.policies.helpers import state_featurizer_of

_PADDING = -1.0
_PREFIXES = {
    "intent": "intent",
    "text": "text",
    "entities": "entity",
    "slots": "slot",
    "active_loop": "active_loop",
    "action_name": "prev_action_name",
    "action_text": "prev_action_text",
}
"""How names of features begin, by the attribute of the state."""
_SPLIT = {"intent": "user", "entities": "user", "action_name": "bot"}
"""Attributes whose names may be taken apart, and whose words these are then."""
_LABEL_TOKENIZER = "LabelTokenizerSingleStateFeaturizer"
STATE_FEATURIZERS = ("BinarySingleStateFeaturizer", _LABEL_TOKENIZER, "SingleStateFeaturizer")
"""Those that are read here."""


def split_symbol(featurizer: Sequence[Mapping[str, Any]]) -> str | None:
    """Where names are taken apart, as the `featurizer` of a policy says; None where they stay whole."""
    chosen = state_featurizer_of(featurizer)
    return str(chosen.get("split_symbol", "_")) if chosen.get("name") == _LABEL_TOKENIZER else None


def features_in(states: Sequence[str], split: str | None = None) -> tuple[str, ...]:
    """The names of all features of some states, sorted."""
    return tuple(sorted({name for state in states for name in state_features(state, split)}))


def state_features(state: str, split: str | None = None) -> dict[str, float]:
    """A state as named numbers: one for each thing that is so, and the features of slots.

    What the user said counts only right after it was said. With `split`, names of intents, entities and actions are
    bags of the parts between these symbols (RASA.md 4.2, 4.5).
    """
    found: dict[str, float] = {}
    for attribute, features in features_of(state).items():
        prefix = _PREFIXES[attribute]
        for name, value in features.items():
            if split is None or attribute not in _SPLIT:
                found[f"{prefix}:{name}"] = value
                continue
            for part in name.split(split):
                word = f"{_SPLIT[attribute]}:{part}"
                found[word] = found.get(word, 0.0) + value
    return found


def encode_states(states: tuple[str, ...], features: tuple[str, ...], split: str | None = None) -> NDArray[np.float32]:
    """V states -> [v, f]; features that are not known are passed over."""
    index = {name: column for column, name in enumerate(features)}
    encoded = np.zeros((len(states), len(features)), dtype=np.float32)
    for row, state in enumerate(states):
        for name, value in state_features(state, split).items():
            if name in index:
                encoded[row, index[name]] = value
    return encoded


def encode_windows(windows: NDArray[np.int32], states: NDArray[np.float32]) -> NDArray[np.float32]:
    """[m, w] and [v, f] -> [m, w, f], -1 where there is no state."""
    padded = np.concatenate([states, np.full((1, states.shape[1]), _PADDING, dtype=np.float32)])
    encoded: NDArray[np.float32] = padded[windows]
    return encoded
